#include "json_number.hpp"

#include <kedge/json_text.hpp>

#include "decimal.hpp"
#include "json_scan.hpp"

#include <limits>
#include <optional>

namespace kedge::json {
namespace {

Error not_a_number() noexcept {
  return {ErrorKind::protocol, "JSON: not a number"};
}
Error out_of_range() noexcept {
  return {ErrorKind::protocol, "JSON: an integer out of range"};
}

std::string_view take_digits(std::string_view& rest) noexcept {
  std::size_t count = 0;
  while (count < rest.size() && is_digit(rest[count])) ++count;
  const std::string_view digits = rest.substr(0, count);
  rest.remove_prefix(count);
  return digits;
}

// The value of up to 20 digits, if it fits; more digits never do, as there are no leading zeros.
Result<std::uint64_t> magnitude(std::string_view digits) noexcept {
  std::uint64_t value = 0;
  for (const char c : digits) {
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (value > (std::numeric_limits<std::uint64_t>::max() - digit) / 10) return out_of_range();
    value = value * 10 + digit;
  }
  return value;
}

Result<NumberText> split_integer(std::string_view number) noexcept {
  const Result<NumberText> parts = split_number(number);
  if (parts && !parts->is_integer()) return Error(ErrorKind::protocol, "JSON: not an integer");
  return parts;
}

}  // namespace

Result<NumberText> split_number(std::string_view number) noexcept {
  NumberText parts;
  std::string_view rest = number;
  parts.negative = rest.starts_with('-');
  if (parts.negative) rest.remove_prefix(1);
  parts.integer = take_digits(rest);
  if (parts.integer.empty() || (parts.integer.size() > 1 && parts.integer[0] == '0')) return not_a_number();
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    parts.has_fraction = true;
    parts.fraction = take_digits(rest);
    if (parts.fraction.empty()) return not_a_number();
  }
  if (rest.starts_with('e') || rest.starts_with('E')) {
    rest.remove_prefix(1);
    parts.exponent = rest;
    if (rest.starts_with('+') || rest.starts_with('-')) rest.remove_prefix(1);
    if (take_digits(rest).empty()) return not_a_number();
  }
  if (!rest.empty()) return not_a_number();
  return parts;
}

Result<std::int64_t> to_int64(std::string_view number) noexcept {
  const Result<NumberText> parts = split_integer(number);
  if (!parts) return parts.error();
  const Result<std::uint64_t> size = magnitude(parts->integer);
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (!size || *size > most + (parts->negative ? 1U : 0U)) return out_of_range();
  if (!parts->negative) return static_cast<std::int64_t>(*size);
  // By way of -(n - 1) - 1, as the most negative value has no positive twin.
  return *size == 0 ? std::int64_t{0} : -static_cast<std::int64_t>(*size - 1) - 1;
}

Result<std::uint64_t> to_uint64(std::string_view number) noexcept {
  const Result<NumberText> parts = split_integer(number);
  if (!parts) return parts.error();
  const Result<std::uint64_t> size = magnitude(parts->integer);
  if (!size || (parts->negative && *size != 0)) return out_of_range();
  return *size;
}

Result<double> to_double(std::string_view number) noexcept {
  const Result<NumberText> parts = split_number(number);
  if (!parts) return parts.error();
  const std::optional<double> value = codec::nearest_double(*parts);
  if (!value) return Error(ErrorKind::protocol, "JSON: a number beyond the range of a double");
  return *value;
}

}  // namespace kedge::json

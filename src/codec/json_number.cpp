#include "json_number.hpp"

#include <kedge/json_text.hpp>

#include "json_scan.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <system_error>

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

// The exponent, clamped to a range that no number's digits can bring back.
std::int64_t exponent_of(std::string_view exponent) noexcept {
  constexpr std::int64_t huge = std::int64_t{1} << 40;
  std::int64_t value = 0;
  for (const char c : exponent) {
    if (is_digit(c)) value = std::min(huge, value * 10 + (c - '0'));
  }
  return !exponent.empty() && exponent[0] == '-' ? -value : value;
}

// Whether the value is at least 1. Asked only of what is far above or far below.
bool is_large(const NumberText& parts) noexcept {
  const std::int64_t exponent = exponent_of(parts.exponent);
  if (parts.integer != "0") return exponent + static_cast<std::int64_t>(parts.integer.size()) > 0;
  const std::size_t zeros = parts.fraction.find_first_not_of('0');
  return zeros != std::string_view::npos && exponent > static_cast<std::int64_t>(zeros);
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
  // Not strtod: it obeys the locale, and newlib's allocates.
  double value = 0;
  const auto done = std::from_chars(number.data(), number.data() + number.size(), value);
  const bool infinite =
      value > std::numeric_limits<double>::max() || value < std::numeric_limits<double>::lowest();
  if (done.ec == std::errc{} && !infinite) return value;
  if (is_large(*parts)) return Error(ErrorKind::protocol, "JSON: a number beyond the range of a double");
  return parts->negative ? -0.0 : 0.0;
}

}  // namespace kedge::json

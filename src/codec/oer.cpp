#include "oer.hpp"

#include <array>
#include <cassert>

namespace kedge::codec::oer {

namespace {

constexpr std::size_t uint_bytes_max = 8;

constexpr std::string_view truncated = "truncated";
constexpr std::string_view beyond_end = "a length beyond the end";
constexpr std::string_view not_shortest = "not in its shortest form";
constexpr std::string_view too_wide = "an integer of more than 8 bytes";
constexpr std::string_view no_bytes = "an integer of no bytes";

}  // namespace

bool write_uint(Sink& sink, std::uint64_t value, std::size_t width) noexcept {
  assert(width <= uint_bytes_max);
  std::array<std::byte, uint_bytes_max> bytes;
  for (std::size_t i = width; i > 0; --i) {
    bytes[i - 1] = static_cast<std::byte>(value & 0xFFU);
    value >>= 8U;
  }
  return sink.write(std::span<const std::byte>(bytes).first(width));
}

bool write_length(Sink& sink, std::uint64_t value) noexcept {
  if (value < 0x80) return write_uint(sink, value, 1);
  const std::size_t width = uint_bytes(value);
  return write_uint(sink, 0x80U | width, 1) && write_uint(sink, value, width);
}

bool write_var_uint(Sink& sink, std::uint64_t value) noexcept {
  const std::size_t width = uint_bytes(value);
  return write_uint(sink, width, 1) && write_uint(sink, value, width);
}

bool write_var_octets(Sink& sink, std::span<const std::byte> bytes) noexcept {
  return write_length(sink, bytes.size()) && sink.write(bytes);
}

bool write_var_octets(Sink& sink, std::string_view text) noexcept {
  return write_length(sink, text.size()) && sink.write(text);
}

std::uint64_t Reader::uint(std::size_t width, std::string_view field) noexcept {
  assert(width <= uint_bytes_max);
  std::uint64_t value = 0;
  for (const std::byte byte : octets(width, field))
    value = value << 8U | std::to_integer<std::uint64_t>(byte);
  return value;
}

std::uint64_t Reader::length(std::string_view field) noexcept {
  const std::size_t at = offset_;
  const std::uint64_t first = uint(1, field);
  if (first < 0x80) return first;
  const std::size_t width = first & 0x7FU;
  if (width > uint_bytes_max) fail(at, field, too_wide);
  if (width == 0) fail(at, field, no_bytes);
  if (failed()) return 0;
  const std::uint64_t value = uint(width, field);
  if (length_bytes(value) != 1 + width) fail(at, field, not_shortest);
  return failed() ? 0 : value;
}

std::uint64_t Reader::var_uint(std::string_view field) noexcept {
  const std::size_t at = offset_;
  const std::uint64_t width = uint(1, field);
  if (width > uint_bytes_max) fail(at, field, too_wide);
  if (width == 0) fail(at, field, no_bytes);
  if (failed()) return 0;
  const std::uint64_t value = uint(static_cast<std::size_t>(width), field);
  if (uint_bytes(value) != width) fail(at, field, not_shortest);
  return failed() ? 0 : value;
}

std::span<const std::byte> Reader::octets(std::size_t size, std::string_view field) noexcept {
  if (size > remaining()) fail(offset_, field, truncated);
  if (failed()) return {};
  const auto read = bytes_.subspan(offset_, size);
  offset_ += size;
  return read;
}

std::span<const std::byte> Reader::var_octets(std::string_view field) noexcept {
  const std::size_t at = offset_;
  return octets_of(length(field), at, field);
}

std::span<const std::byte> Reader::octets_after(std::size_t width, std::string_view field) noexcept {
  const std::size_t at = offset_;
  return octets_of(uint(width, field), at, field);
}

std::span<const std::byte> Reader::octets_of(std::uint64_t size, std::size_t at,
                                             std::string_view field) noexcept {
  if (size > remaining()) fail(at, field, beyond_end);
  return failed() ? std::span<const std::byte>{} : octets(static_cast<std::size_t>(size), field);
}

void Reader::length_of_rest(std::string_view field) noexcept {
  const std::size_t at = offset_;
  const std::uint64_t size = length(field);
  if (size > remaining()) fail(at, field, beyond_end);
  if (size < remaining()) fail(offset_ + static_cast<std::size_t>(size), "end", "trailing bytes");
}

void Reader::expect_end() noexcept {
  if (remaining() > 0) fail(offset_, "end", "trailing bytes");
}

void Reader::fail(std::size_t offset, std::string_view field, std::string_view reason) noexcept {
  if (failed()) return;
  failed_at_ = offset;
  field_ = field;
  reason_ = reason;
}

Error Reader::error() const noexcept {
  assert(failed());
  Error error(ErrorKind::protocol, Layer::protocol, 0, "offset ");
  return error.append(static_cast<std::int64_t>(failed_at_))
      .append(": ")
      .append(field_)
      .append(": ")
      .append(reason_);
}

}  // namespace kedge::codec::oer

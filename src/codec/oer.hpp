#pragma once
// Octet encoding rules (OER: ITU-T X.696, as Interledger uses them: RFC-0030): big-endian integers, and octet
// strings behind their length. In both directions there is one encoding of each value, the shortest.

#include <kedge/error.hpp>
#include <kedge/sink.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace kedge::codec::oer {

/// Bytes of an integer without leading zeros; one for 0.
[[nodiscard]] constexpr std::size_t uint_bytes(std::uint64_t value) noexcept {
  return (static_cast<std::size_t>(std::bit_width(value | 1U)) + 7) / 8;
}
/// Bytes of a length determinant (X.696 section 8.6): 0 to 127 in one byte, else 0x80 + n and n bytes.
[[nodiscard]] constexpr std::size_t length_bytes(std::uint64_t value) noexcept {
  return value < 0x80 ? 1 : 1 + uint_bytes(value);
}
/// Bytes of an octet string of that size behind its length determinant. 64 bits: no sum of sizes wraps.
[[nodiscard]] constexpr std::uint64_t var_octets_bytes(std::uint64_t size) noexcept {
  return length_bytes(size) + size;
}
/// Bytes of an unsigned integer without bounds (X.696 section 10.4): a length, then the integer.
[[nodiscard]] constexpr std::size_t var_uint_bytes(std::uint64_t value) noexcept {
  return 1 + uint_bytes(value);
}

/// The writers are false when the sink had no room. An integer of `width` bytes, at most 8; higher bits are
/// not written.
bool write_uint(Sink& sink, std::uint64_t value, std::size_t width) noexcept;
bool write_length(Sink& sink, std::uint64_t value) noexcept;
bool write_var_uint(Sink& sink, std::uint64_t value) noexcept;
bool write_var_octets(Sink& sink, std::span<const std::byte> bytes) noexcept;
bool write_var_octets(Sink& sink, std::string_view text) noexcept;

/// Reads fields in order. A reader that failed stays failed: what is read then is zero or empty, so that a
/// decoder may read all its fields and ask once. What it gives are views into the bytes; a field's name is
/// for the error and must outlive the reader.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) noexcept : bytes_(bytes) {}

  /// Bytes that were read.
  [[nodiscard]] std::size_t offset() const noexcept { return offset_; }
  [[nodiscard]] std::size_t remaining() const noexcept { return bytes_.size() - offset_; }

  /// An integer of `width` bytes, at most 8.
  std::uint64_t uint(std::size_t width, std::string_view field) noexcept;
  /// A length determinant, which need not be the length of anything.
  std::uint64_t length(std::string_view field) noexcept;
  std::uint64_t var_uint(std::string_view field) noexcept;
  std::span<const std::byte> octets(std::size_t size, std::string_view field) noexcept;
  std::span<const std::byte> var_octets(std::string_view field) noexcept;
  /// Octets behind a length of `width` bytes, at most 8.
  std::span<const std::byte> octets_after(std::size_t width, std::string_view field) noexcept;
  /// The length of an octet string that is the last: it must reach the end. Its bytes are read next.
  void length_of_rest(std::string_view field) noexcept;
  void expect_end() noexcept;

  /// Fails, unless it has failed before.
  void fail(std::size_t offset, std::string_view field, std::string_view reason) noexcept;
  [[nodiscard]] bool failed() const noexcept { return !reason_.empty(); }
  /// Protocol: "offset N: field: reason". Only when it failed.
  [[nodiscard]] Error error() const noexcept;

 private:
  std::span<const std::byte> octets_of(std::uint64_t size, std::size_t at, std::string_view field) noexcept;

  std::span<const std::byte> bytes_;
  std::size_t offset_ = 0;
  std::size_t failed_at_ = 0;
  std::string_view field_;
  std::string_view reason_;  // empty: has not failed
};

/// Bytes as characters.
[[nodiscard]] inline std::string_view as_text(std::span<const std::byte> bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace kedge::codec::oer

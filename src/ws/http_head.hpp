#pragma once
// A strict HTTP/1.1 head (RFC 9112 sections 2 to 5) in fixed memory: start line and header fields, for both
// roles.

#include <kedge/result.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace kedge::ws {

/// Collects a head byte by byte as it arrives and takes it apart when complete. Refused: an empty start line,
/// folded lines, bare CR or LF, control characters, white space before the colon, empty names, more than
/// `headers_max` fields, more than the storage.
class HttpHead {
 public:
  /// `storage` bounds the head, its final empty line included. Borrowed.
  HttpHead(std::span<std::byte> storage, std::uint16_t headers_max) noexcept
      : storage_(storage), headers_max_(headers_max) {}
  /// Forgets the head and wipes it: a request's may hold a credential.
  void reset() noexcept;
  /// True when the head is complete. `*taken`: bytes of the span that belong to it. Errors, layer http:
  /// protocol, too_large; after one, the same again.
  Result<bool> feed(std::span<const std::byte> bytes, std::size_t* taken) noexcept;
  /// Without its CRLF; empty before it is complete.
  [[nodiscard]] std::string_view start_line() const noexcept;
  /// The first field of that name (case-insensitive), trimmed; empty when absent.
  [[nodiscard]] std::string_view header(std::string_view name) const noexcept;
  /// How many fields have that name.
  [[nodiscard]] std::size_t count(std::string_view name) const noexcept;
  /// Whether any field of that name has `token` in its comma-separated list (case-insensitive).
  [[nodiscard]] bool has_token(std::string_view name, std::string_view token) const noexcept;

 private:
  enum class State : std::uint8_t { reading, complete, malformed, too_large };
  struct Field {
    std::string_view name;
    std::string_view value;
  };

  void take(unsigned char byte) noexcept;
  void end_line() noexcept;
  void give_up(State state, const char* why) noexcept;
  [[nodiscard]] std::string_view text() const noexcept;
  /// Takes the next complete field from the front of `rest`; false at the end.
  static bool next_field(std::string_view& rest, Field& field) noexcept;
  [[nodiscard]] std::string_view fields() const noexcept;

  std::span<std::byte> storage_;
  std::uint16_t headers_max_;
  std::uint16_t headers_ = 0;
  State state_ = State::reading;
  std::size_t size_ = 0;             ///< bytes of the head so far
  std::size_t line_ = 0;             ///< where the line being read begins
  std::size_t start_line_size_ = 0;  ///< 0 before it is complete
  const char* failure_ = "";         ///< static storage
};

}  // namespace kedge::ws

#pragma once
// A strict HTTP/1.1 head (RFC 9112 sections 2 to 5) in fixed memory: start line and header fields, for both
// roles.

#include <kedge/result.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace kedge::ws {

/// Collects a head byte by byte as it arrives and takes it apart when complete. Refused: folded lines, bare
/// CR or LF, control characters, white space before the colon, empty names, more than `headers_max` fields,
/// more than the storage.
class HttpHead {
 public:
  HttpHead(std::span<std::byte> storage, std::uint16_t headers_max) noexcept
      : storage_(storage), headers_max_(headers_max) {}
  void reset() noexcept;
  /// True when the head is complete. `*taken`: bytes of the span that belong to it. Errors: protocol,
  /// too_large.
  Result<bool> feed(std::span<const std::byte> bytes, std::size_t* taken) noexcept;
  [[nodiscard]] std::string_view start_line() const noexcept;
  /// The first field of that name (case-insensitive), trimmed; empty when absent.
  [[nodiscard]] std::string_view header(std::string_view name) const noexcept;
  /// How many fields have that name.
  [[nodiscard]] std::size_t count(std::string_view name) const noexcept;
  /// Whether any field of that name has `token` in its comma-separated list (case-insensitive).
  [[nodiscard]] bool has_token(std::string_view name, std::string_view token) const noexcept;

 private:
  std::span<std::byte> storage_;
  std::uint16_t headers_max_;
  std::size_t size_ = 0;
};

}  // namespace kedge::ws

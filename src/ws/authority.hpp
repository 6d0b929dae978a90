#pragma once
// `host`, `host:port`, `[v6]` and `[v6]:port` (RFC 3986 section 3.2), as in a URL and in the Host header.

#include <cstdint>
#include <optional>
#include <string_view>

namespace kedge::ws {

/// The parts of an authority, as views into it.
struct Authority {
  std::string_view host;  ///< without brackets
  bool host_is_ipv6 = false;
  std::optional<std::uint16_t> port;
  /// What is wrong with it, in words (static storage); empty when nothing is.
  std::string_view fault;
};

/// Takes an authority apart. Refused: user info, an empty host or one over 255 bytes, characters outside
/// letters, digits, `-`, `.`, `_` (inside brackets: hexadecimal digits, `:`, `.`), an empty port, port 0 or
/// above 65535.
[[nodiscard]] Authority parse_authority(std::string_view text) noexcept;

}  // namespace kedge::ws

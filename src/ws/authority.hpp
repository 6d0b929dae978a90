#pragma once
// `host`, `host:port`, `[v6]` and `[v6]:port` (RFC 3986 section 3.2), as in a URL and in the Host header; in
// a URL also `[v6%25zone]` (RFC 6874).

#include <cstdint>
#include <optional>
#include <string_view>

namespace kedge::ws {

/// The parts of an authority, as views into it.
struct Authority {
  std::string_view host;  ///< without brackets and zone
  bool host_is_ipv6 = false;
  std::string_view zone;  ///< behind `%25`, as written: percent-encoded; empty when there is none
  std::optional<std::uint16_t> port;
  /// What is wrong with it, in words (static storage); empty when nothing is.
  std::string_view fault;
};

/// A zone means something on the machine that wrote it, so it is for a URL of ours and for nobody's Host
/// header (RFC 6874 section 1).
enum class Zones : std::uint8_t { refused, allowed };

/// Takes an authority apart. A colon without a port behind it is as none (RFC 3986 section 3.2.3). Refused:
/// user info, an empty host or one over 255 bytes, characters outside letters, digits, `-`, `.`, `_` (inside
/// brackets: hexadecimal digits, `:`, `.`), a zone that is empty or not of printing characters, port 0 or
/// above 65535.
[[nodiscard]] Authority parse_authority(std::string_view text, Zones zones = Zones::refused) noexcept;

/// Takes the next character off the front of a zone that `parse_authority` let pass, decoded.
[[nodiscard]] char take_zone_character(std::string_view& zone) noexcept;

}  // namespace kedge::ws

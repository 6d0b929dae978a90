#pragma once
// ws and wss URLs (RFC 6455 section 3, RFC 3986).

#include <kedge/result.hpp>
#include <kedge/sink.hpp>

#include <cstdint>
#include <string_view>

namespace kedge::ws {

/// The parts of a URL, as views into it.
struct Url {
  bool secure = false;        ///< wss
  std::string_view host;      ///< without brackets and zone: as it goes into Host and SNI
  bool host_is_ipv6 = false;  ///< was in brackets
  std::uint16_t port = 0;     ///< 80 or 443 when not given
  bool port_is_default = true;
  std::string_view zone;    ///< of an IPv6 address, as written (RFC 6874); empty when there is none
  std::string_view target;  ///< path and query; "" means "/"
};

/// Takes a URL apart. Errors: config, naming what is wrong: scheme, user info (credentials do not belong in a
/// URL), empty host, zone, port, fragment, spaces or control characters.
Result<Url> parse_url(std::string_view text) noexcept;

/// Takes a proxy's URL apart: `http://host[:port]`, perhaps with a `/` behind it. Errors: config, as above;
/// a path or query; https:// and SOCKS, which are not supported.
Result<Url> parse_proxy_url(std::string_view text) noexcept;

/// Writes what `Port::resolve` takes, at most 255 bytes: the host, with `%` and the zone, decoded, behind it.
/// False when it does not fit.
bool write_name_to_resolve(const Url& url, Sink& out) noexcept;

}  // namespace kedge::ws

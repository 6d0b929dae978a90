#include "url.hpp"

#include "authority.hpp"
#include "http_text.hpp"

namespace kedge::ws {

namespace {

// The URL itself is never in the error: its query may hold a credential.
Error fault(std::string_view what) noexcept {
  return Error(ErrorKind::config, "the URL has ").append(what);
}

Error proxy_fault(std::string_view what) noexcept {
  return Error(ErrorKind::config, "the proxy's URL ").append(what);
}

void take(const Authority& authority, std::uint16_t scheme_port, Url& url) noexcept {
  url.host = authority.host;
  url.host_is_ipv6 = authority.host_is_ipv6;
  url.zone = authority.zone;
  url.port = authority.port.value_or(scheme_port);
  url.port_is_default = url.port == scheme_port;
}

}  // namespace

Result<Url> parse_url(std::string_view text) noexcept {
  if (!is_visible_ascii(text)) return fault("spaces, control or non-ASCII characters");
  const std::size_t scheme_end = text.find("://");
  const std::string_view scheme = text.substr(0, scheme_end);
  Url url;
  url.secure = equal_without_case(scheme, "wss");
  if (scheme_end == std::string_view::npos || (!url.secure && !equal_without_case(scheme, "ws"))) {
    return fault("a scheme other than ws:// or wss://");
  }
  if (text.find('#') != std::string_view::npos) return fault("a fragment (RFC 6455 section 3 has none)");
  const std::string_view rest = text.substr(scheme_end + 3);
  const std::size_t target = rest.find_first_of("/?");
  const Authority authority = parse_authority(rest.substr(0, target), Zones::allowed);
  if (!authority.fault.empty()) return fault(authority.fault);
  if (target != std::string_view::npos) url.target = rest.substr(target);
  take(authority, url.secure ? 443 : 80, url);
  return url;
}

Result<Url> parse_proxy_url(std::string_view text) noexcept {
  if (!is_visible_ascii(text)) return proxy_fault("has spaces, control or non-ASCII characters");
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return proxy_fault("has no http:// in front");
  const std::string_view scheme = text.substr(0, scheme_end);
  if (equal_without_case(scheme, "https")) return proxy_fault("is https://: TLS to a proxy is not supported");
  if (equal_without_case(scheme.substr(0, 5), "socks"))
    return proxy_fault("is of a SOCKS proxy, which is not supported: http:// alone is");
  if (!equal_without_case(scheme, "http")) return proxy_fault("has a scheme other than http://");
  std::string_view rest = text.substr(scheme_end + 3);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.find_first_of("/?#") != std::string_view::npos)
    return proxy_fault("has a path, query or fragment");
  const Authority authority = parse_authority(rest, Zones::allowed);
  if (!authority.fault.empty()) return proxy_fault("has ").append(authority.fault);
  Url url;
  take(authority, 80, url);
  return url;
}

bool write_name_to_resolve(const Url& url, Sink& out) noexcept {
  bool ok = out.write(url.host);
  if (!url.zone.empty()) ok = out.write("%") && ok;
  for (std::string_view zone = url.zone; !zone.empty();) {
    const char c = take_zone_character(zone);
    ok = out.write(std::string_view(&c, 1)) && ok;
  }
  return ok;
}

}  // namespace kedge::ws

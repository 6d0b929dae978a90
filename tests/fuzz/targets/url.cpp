// URLs and authorities: what is taken apart can be put together again and means the same.
#include "ws/url.hpp"
#include "ws/authority.hpp"
#include "ws/http_text.hpp"

#include "../fuzz.hpp"

using namespace kedge;
using namespace kedge::fuzz;

namespace {

std::string put_together(std::string_view host, bool ipv6, std::optional<std::uint16_t> port,
                         std::string_view zone = {}) {
  const std::string with_zone = std::string(host) + (zone.empty() ? "" : "%25" + std::string(zone));
  std::string text = ipv6 ? "[" + with_zone + "]" : with_zone;
  if (port) text += ":" + std::to_string(*port);
  return text;
}

void authority(std::string_view text) {
  const ws::Authority parts = ws::parse_authority(text);
  if (!parts.fault.empty()) return;
  PROMISE(!parts.host.empty() && parts.host.size() <= 255, "a host of 1 to 255 bytes");
  PROMISE(parts.port != 0, "a port of 1 to 65535");
  PROMISE(parts.host.find_first_of("@/?#[] \r\n") == std::string_view::npos, "a host without what ends one");
  PROMISE((parts.host.find(':') != std::string_view::npos) == parts.host_is_ipv6,
          "colons in IPv6 and nowhere else");
  const std::string again = put_together(parts.host, parts.host_is_ipv6, parts.port);
  const ws::Authority other = ws::parse_authority(again);
  PROMISE(other.fault.empty() && other.host == parts.host && other.port == parts.port &&
              other.host_is_ipv6 == parts.host_is_ipv6,
          "put together it is the same");
  // The port is the only freedom: leading zeros, or a colon alone.
  PROMISE(again == text || parts.port || again + ":" == text, "and spelled the same but for the port");
  PROMISE(parts.zone.empty(), "a zone is for URLs of ours");
}

void url(std::string_view text) {
  const auto parts = ws::parse_url(text);
  if (!parts) {
    PROMISE(parts.error().kind() == ErrorKind::config, "a bad URL is a config error");
    // The letters of a query count for nothing, so an error that held any of them would change with them.
    std::string other(text);
    for (std::size_t at = std::min(text.find('?'), text.size()); at < text.size(); ++at) {
      if (ws::is_alpha(other[at]) || ws::is_digit(other[at])) other[at] = 'x';
    }
    PROMISE(same(ws::parse_url(other).error(), parts.error()), "no error holds the query");
    return;
  }
  PROMISE(ws::is_visible_ascii(text) && text.find('#') == std::string_view::npos,
          "a URL prints and has no fragment");
  PROMISE(parts->port != 0 && parts->port_is_default == (parts->port == (parts->secure ? 443 : 80)),
          "a port, or the default");
  PROMISE(parts->target.empty() || parts->target.front() == '/' || parts->target.front() == '?',
          "a target after the host");
  PROMISE(text.ends_with(parts->target), "which is the rest of the URL");
  PROMISE(parts->host.size() <= 255 && parts->host.find('@') == std::string_view::npos,
          "a host without user info");
  const std::string again = std::string(parts->secure ? "wss://" : "ws://") +
                            put_together(parts->host, parts->host_is_ipv6, parts->port, parts->zone) +
                            std::string(parts->target);
  const auto other = ws::parse_url(again);
  PROMISE(other && other->secure == parts->secure && other->host == parts->host &&
              other->port == parts->port && other->target == parts->target &&
              other->host_is_ipv6 == parts->host_is_ipv6 && other->zone == parts->zone,
          "put together it means the same");
  std::array<char, 255> name;
  BufferSink sink{std::span<char>(name)};
  PROMISE(ws::write_name_to_resolve(*parts, sink), "a name of at most 255 bytes to resolve");
  PROMISE(sink.text().starts_with(parts->host) && ws::is_visible_ascii(sink.text()),
          "of printing characters");
  PROMISE(parts->zone.empty() || (parts->host_is_ipv6 && sink.text()[parts->host.size()] == '%'),
          "and a zone behind an IPv6 address alone");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Exact text({reinterpret_cast<const char*>(data), size});
  authority(text.text());
  url(text.text());
  url("ws://" + std::string(text.text()));
  return 0;
}

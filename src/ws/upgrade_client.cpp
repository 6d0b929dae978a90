#include "http_text.hpp"
#include "upgrade.hpp"

#include <algorithm>
#include <utility>

namespace kedge::ws {

namespace {

Error malformed(std::string_view why) noexcept {
  return {ErrorKind::protocol, Layer::http, 0, why};
}

/// Where a redirect leads, without what may hold a credential: user information, query and fragment.
Redirect without_credential(std::string_view location) noexcept {
  location = location.substr(0, location.find_first_of("?#"));
  const std::size_t slashes = location.find("//");
  const std::size_t authority = slashes == std::string_view::npos ? 0 : slashes + 2;
  const std::string_view named = location.substr(authority, location.find('/', authority) - authority);
  const std::size_t at = named.rfind('@');
  if (at == std::string_view::npos || authority == 0) return {{}, location};
  return {location.substr(0, authority), location.substr(authority + at + 1)};
}

bool is_redirect(int status) noexcept {
  return status >= 300 && status < 400;
}

Error refused(const UpgradeResponse& response) noexcept {
  const int status = response.status;
  const bool credential = status == 401 || status == 403;
  Error error(credential ? ErrorKind::authentication : ErrorKind::connection, Layer::http, status,
              "the server answered the upgrade with HTTP ");
  error.append(std::int64_t{status});
  if (is_redirect(status)) error.append(" (not followed)");
  return error.with_retry_after(response.retry_after);
}

}  // namespace

UpgradeClient::UpgradeClient(std::span<std::byte> storage, std::uint16_t headers_max) noexcept
    : head_(storage, headers_max) {}

Result<void> UpgradeClient::start(Port& port, std::string_view host_header, std::string_view target,
                                  const UpgradeExtras& extras, Sink& out) noexcept {
  head_.start(Answerer::server);
  if (host_header.empty() || !is_visible_ascii(host_header)) {
    return Error(ErrorKind::config, "the Host header is empty or has spaces or control characters");
  }
  if (!is_visible_ascii(target)) {
    return Error(ErrorKind::config, "the request target has spaces, control or non-ASCII characters");
  }
  std::array<std::byte, key_bytes> random{};
  if (!port.random(random)) return Error(ErrorKind::connection, "no randomness for the upgrade's key");
  const std::array<char, key_characters> key = make_key(random);
  const std::string_view key_text(key.data(), key.size());
  if (!make_accept(key_text, expected_accept_)) return Error(ErrorKind::connection, "SHA-1 failed");

  bool ok = out.write("GET ");
  if (!target.starts_with('/')) ok = out.write("/") && ok;
  ok = out.write(target) && ok;
  if (!extras.query().empty()) {
    const bool has_query = target.find('?') != std::string_view::npos;
    ok = out.write(has_query ? "&" : "?") && out.write(extras.query()) && ok;
  }
  ok = out.write(" HTTP/1.1\r\nHost: ") && out.write(host_header) && ok;
  ok = out.write("\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ") &&
       out.write(key_text) && ok;
  ok = out.write("\r\nSec-WebSocket-Version: 13\r\n") && out.write(extras.headers()) && ok;
  offered_ = {};
  subprotocol_ = {};
  std::copy(extras.subprotocols().begin(), extras.subprotocols().end(), offered_.begin());
  std::string_view before = "Sec-WebSocket-Protocol: ";
  for (const std::string_view name : extras.subprotocols()) {
    ok = out.write(std::exchange(before, ", ")) && out.write(name) && ok;
  }
  if (!extras.subprotocols().empty()) ok = out.write("\r\n") && ok;
  ok = out.write("\r\n") && ok;
  if (!ok) return Error(ErrorKind::too_large, "the upgrade request is larger than write_buffer_bytes");
  return {};
}

Result<bool> UpgradeClient::feed(std::span<const std::byte> bytes, std::size_t* taken) noexcept {
  const Result<bool> complete = head_.feed(bytes, taken);
  if (!complete || !*complete) return complete;
  return judge();
}

Redirect UpgradeClient::redirect() const noexcept {
  if (!is_redirect(response().status)) return {};
  return without_credential(head_.fields().header("location"));
}

Result<bool> UpgradeClient::judge() noexcept {
  const HttpHead& fields = head_.fields();
  if (response().status != switching_protocols) return refused(response());

  if (!head_.is_http_1_1()) return malformed("a 101 in HTTP/1.0");
  if (fields.count("upgrade") != 1 || !equal_without_case(fields.header("upgrade"), "websocket")) {
    return malformed("a 101 without 'Upgrade: websocket'");
  }
  if (!fields.has_token("connection", "upgrade")) return malformed("a 101 without 'Connection: Upgrade'");
  const std::string_view expected(expected_accept_.data(), expected_accept_.size());
  if (fields.count("sec-websocket-accept") != 1 || fields.header("sec-websocket-accept") != expected) {
    return malformed("a 101 with a wrong or missing Sec-WebSocket-Accept");
  }
  if (auto read = read_subprotocol(); !read) return read.error();
  if (fields.count("sec-websocket-extensions") != 0)
    return malformed("a 101 with an extension nobody asked for");
  return true;
}

// RFC 6455 section 4.1: one of those offered, letter for letter, or none.
Result<void> UpgradeClient::read_subprotocol() noexcept {
  const std::size_t count = head_.fields().count("sec-websocket-protocol");
  if (count == 0) return {};
  const std::string_view chosen = head_.fields().header("sec-websocket-protocol");
  const auto* offered = std::find(offered_.begin(), offered_.end(), chosen);
  if (count != 1 || chosen.empty() || offered == offered_.end()) {
    return malformed("a 101 with a subprotocol nobody asked for");
  }
  subprotocol_ = *offered;
  return {};
}

}  // namespace kedge::ws

#include "http_date.hpp"
#include "http_text.hpp"
#include "upgrade.hpp"

#include <algorithm>
#include <limits>

namespace kedge::ws {

namespace {

constexpr int switching_protocols = 101;
/// Interim responses before the one that counts: 103 comes once or twice, a flood never ends.
constexpr int interim_max = 8;

struct StatusLine {
  int status =
      0;  ///< 100 to 999, those above 599 for a client as 5xx (RFC 9110 section 15); 0 when malformed
  bool http_1_1 = false;
};

/// `HTTP/1.x NNN reason` (RFC 9112 section 4). The space before an empty reason may be missing, as many
/// servers leave it out.
StatusLine parse_status_line(std::string_view line) noexcept {
  constexpr std::size_t version_size = 9;  // "HTTP/1.1 "
  const bool http_1_1 = line.starts_with("HTTP/1.1 ");
  if (!http_1_1 && !line.starts_with("HTTP/1.0 ")) return {};
  const std::string_view code = line.substr(version_size, 3);
  if (code.size() != 3 || !std::all_of(code.begin(), code.end(), is_digit)) return {};
  const std::string_view rest = line.substr(version_size + 3);
  if (!rest.empty() && rest.front() != ' ') return {};
  const int status = (code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0');
  if (status < 100) return {};
  return {status, http_1_1};
}

/// Seconds, or a date, which counts from the response's own Date; 0 when it says neither (RFC 9110 section
/// 10.2.3).
std::chrono::seconds parse_retry_after(std::string_view text, const std::optional<WallTime>& date) noexcept {
  constexpr std::uint32_t seconds_max = std::numeric_limits<std::uint32_t>::max();
  if (!text.empty() && std::all_of(text.begin(), text.end(), is_digit)) {
    std::uint64_t seconds = 0;
    for (const char c : text) {
      seconds = std::min<std::uint64_t>(seconds * 10 + static_cast<std::uint64_t>(c - '0'), seconds_max);
    }
    return std::chrono::seconds(static_cast<std::int64_t>(seconds));
  }
  const std::optional<WallTime> until = parse_http_date(text);
  if (!until || !date || *until <= *date) return std::chrono::seconds{0};
  return std::chrono::ceil<std::chrono::seconds>(*until - *date);
}

/// RFC 9110 section 15.2: a client must be able to read these, unasked too, and may pass them over.
bool is_interim(const StatusLine& line) noexcept {
  return line.http_1_1 && line.status >= 100 && line.status < 200 && line.status != switching_protocols;
}

Error malformed(std::string_view why) noexcept {
  return {ErrorKind::protocol, Layer::http, 0, why};
}

/// How every response begins that can be read here.
constexpr std::string_view response_prefix = "HTTP/1.";

/// What a server speaks that sent `matched` letters of `response_prefix`, then `wrong`.
Error not_http(std::size_t matched, std::byte wrong) noexcept {
  if (matched > std::string_view("HTTP").size()) {
    return malformed("the server answers in a version of HTTP other than HTTP/1.1");
  }
  if (matched != 0) return malformed("the server does not speak HTTP: check the port");
  switch (std::to_integer<unsigned>(wrong)) {
    case 0x15:  // an alert, a handshake message (RFC 8446 section 5.1)
    case 0x16:
      return malformed("the server does not speak HTTP, but TLS: use wss://");
    case 0x00:  // the length of a first frame, the settings (RFC 9113 section 4.1)
      return malformed("the server does not speak HTTP/1.1, but perhaps HTTP/2 alone: check the port");
    default:
      return malformed("the server does not speak HTTP: check the port");
  }
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
  head_.reset();
  response_ = {};
  interim_count_ = 0;
  prefix_seen_ = 0;
  foreign_ = false;
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
  ok = out.write("\r\nSec-WebSocket-Version: 13\r\n") && out.write(extras.headers()) && out.write("\r\n") &&
       ok;
  if (!ok) return Error(ErrorKind::too_large, "the upgrade request is larger than its buffer");
  return {};
}

Result<bool> UpgradeClient::feed(std::span<const std::byte> bytes, std::size_t* taken) noexcept {
  *taken = 0;
  while (interim_count_ <= interim_max) {
    const auto rest = bytes.subspan(*taken);
    if (const auto begins = check_prefix(rest, taken); !begins) return begins.error();
    std::size_t used = 0;
    const Result<bool> complete = head_.feed(rest, &used);
    *taken += used;
    if (!complete || !*complete) return complete;
    if (!is_interim(parse_status_line(head_.start_line()))) return judge();
    ++interim_count_;
    head_.reset();
    prefix_seen_ = 0;
  }
  return malformed("the server sends interim responses without end");
}

// At the first byte that is wrong: a server of another protocol waits for us, and would until the deadline.
Result<void> UpgradeClient::check_prefix(std::span<const std::byte> bytes, std::size_t* taken) noexcept {
  for (std::size_t i = 0; !foreign_ && i < bytes.size() && prefix_seen_ < response_prefix.size(); ++i) {
    foreign_ = std::to_integer<char>(bytes[i]) != response_prefix[prefix_seen_];
    if (!foreign_) {
      ++prefix_seen_;
    } else {
      foreign_byte_ = bytes[i];
      *taken += i;
    }
  }
  if (foreign_) return not_http(prefix_seen_, foreign_byte_);
  return {};
}

Result<bool> UpgradeClient::judge() noexcept {
  const StatusLine line = parse_status_line(head_.start_line());
  if (line.status == 0) return malformed("the server does not answer in HTTP/1.1");
  response_.status = line.status;
  response_.date = parse_http_date(head_.header("date"));
  response_.retry_after = parse_retry_after(head_.header("retry-after"), response_.date);
  if (is_redirect(line.status)) response_.redirect = without_credential(head_.header("location"));
  if (line.status != switching_protocols) return refused(response_);

  if (!line.http_1_1) return malformed("a 101 in HTTP/1.0");
  if (head_.count("upgrade") != 1 || !equal_without_case(head_.header("upgrade"), "websocket")) {
    return malformed("a 101 without 'Upgrade: websocket'");
  }
  if (!head_.has_token("connection", "upgrade")) return malformed("a 101 without 'Connection: Upgrade'");
  const std::string_view expected(expected_accept_.data(), expected_accept_.size());
  if (head_.count("sec-websocket-accept") != 1 || head_.header("sec-websocket-accept") != expected) {
    return malformed("a 101 with a wrong or missing Sec-WebSocket-Accept");
  }
  if (head_.count("sec-websocket-protocol") != 0)
    return malformed("a 101 with a subprotocol nobody asked for");
  if (head_.count("sec-websocket-extensions") != 0)
    return malformed("a 101 with an extension nobody asked for");
  return true;
}

}  // namespace kedge::ws

#include "authority.hpp"
#include "http_text.hpp"
#include "upgrade.hpp"

#include <algorithm>

namespace kedge::ws {

namespace {

Error refusal(int status, std::string_view why) noexcept {
  return {status == 431 ? ErrorKind::too_large : ErrorKind::protocol, Layer::http, status, why};
}

struct RequestLine {
  std::string_view method;
  std::string_view target;
  std::string_view version;
};

/// Three words with one space between each (RFC 9112 section 3); false when it is not that.
bool parse_request_line(std::string_view line, RequestLine& request) noexcept {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return false;
  request = {line.substr(0, first), line.substr(first + 1, last - first - 1), line.substr(last + 1)};
  return is_token(request.method) && !request.target.empty() && is_visible_ascii(request.target);
}

/// `HTTP/` digit `.` digit.
bool is_http_version(std::string_view text) noexcept {
  return text.size() == 8 && text.starts_with("HTTP/") && is_digit(text[5]) && text[6] == '.' &&
         is_digit(text[7]);
}

/// Takes scheme and authority off a target in absolute form, which a server must take too (RFC 9112 section
/// 3.2.2); one in origin form stays as it is. False when the authority is none.
bool to_origin_form(std::string_view& target) noexcept {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!equal_without_case(target.substr(0, scheme.size()), scheme)) continue;
    target.remove_prefix(scheme.size());
    const std::size_t end = std::min(target.find_first_of("/?"), target.size());
    const bool valid = parse_authority(target.substr(0, end)).fault.empty();
    target.remove_prefix(end);
    return valid;
  }
  return target.starts_with('/');
}

/// False when the target is no path with an optional query.
bool parse_target(std::string_view target, UpgradeRequest& request) noexcept {
  if (target.find('#') != std::string_view::npos || !to_origin_form(target)) return false;
  const std::size_t question = target.find('?');
  request.path = target.substr(0, question);
  request.query = question == std::string_view::npos ? std::string_view() : target.substr(question + 1);
  if (request.path.empty()) request.path = "/";
  return true;
}

struct Status {
  int code;
  std::string_view text;
};

constexpr Status statuses[] = {
    {400, "400 Bad Request"},
    {401, "401 Unauthorized"},
    {403, "403 Forbidden"},
    {404, "404 Not Found"},
    {405, "405 Method Not Allowed"},
    {408, "408 Request Timeout"},
    {426, "426 Upgrade Required"},
    {429, "429 Too Many Requests"},
    {431, "431 Request Header Fields Too Large"},
    {500, "500 Internal Server Error"},
    {503, "503 Service Unavailable"},
    {505, "505 HTTP Version Not Supported"},
};

/// Code and reason; 500 for a status that is not in the table.
std::string_view status_text(int status) noexcept {
  for (const Status& known : statuses) {
    if (known.code == status) return known.text;
  }
  return "500 Internal Server Error";
}

bool write_number(std::uint64_t number, Sink& out) noexcept {
  std::array<char, 20> digits;
  std::size_t at = digits.size();
  do {
    digits[--at] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  return out.write(std::string_view(digits.data() + at, digits.size() - at));
}

}  // namespace

UpgradeServer::UpgradeServer(std::span<std::byte> storage, std::uint16_t headers_max) noexcept
    : head_(storage, headers_max) {}

void UpgradeServer::start() noexcept {
  request_ = {};
  head_.reset();
}

Result<bool> UpgradeServer::feed(std::span<const std::byte> bytes, std::size_t* taken) noexcept {
  const Result<bool> complete = head_.feed(bytes, taken);
  if (!complete) {
    const Error error = complete.error();
    return refusal(error.kind() == ErrorKind::too_large ? 431 : 400, error.message());
  }
  if (!*complete) return false;
  const Error fault = check();
  if (fault) return fault;
  return true;
}

Error UpgradeServer::check() noexcept {
  RequestLine line;
  if (!parse_request_line(head_.start_line(), line)) return refusal(400, "the request line is malformed");
  if (!is_http_version(line.version)) return refusal(400, "the request line has no HTTP version");
  if (line.version != "HTTP/1.1") return refusal(505, "the request is not HTTP/1.1");
  if (line.method != "GET") return refusal(405, "the method is not GET");
  if (!parse_target(line.target, request_)) return refusal(400, "the request target is malformed");
  if (head_.count("host") != 1 || !parse_authority(head_.header("host")).fault.empty()) {
    return refusal(400, "the Host header is missing, double or malformed");
  }
  // A body would be taken for frames.
  if (head_.count("transfer-encoding") != 0 ||
      (head_.count("content-length") != 0 &&
       (head_.count("content-length") != 1 || head_.header("content-length") != "0"))) {
    return refusal(400, "the request has a body");
  }
  if (!head_.has_token("upgrade", "websocket")) return refusal(426, "the request asks for no WebSocket");
  if (!head_.has_token("connection", "upgrade")) return refusal(400, "no 'Connection: Upgrade'");
  const std::size_t versions = head_.count("sec-websocket-version");
  if (versions != 1) return refusal(400, "Sec-WebSocket-Version is missing or double");
  if (head_.header("sec-websocket-version") != "13") return refusal(426, "Sec-WebSocket-Version is not 13");
  request_.key = head_.header("sec-websocket-key");
  if (head_.count("sec-websocket-key") != 1 || !key_valid(request_.key)) {
    return refusal(400, "Sec-WebSocket-Key is missing, double or not 16 bytes in base64");
  }
  return {};
}

Result<void> UpgradeServer::accept(Sink& out) const noexcept {
  std::array<char, accept_characters> accept;
  if (!make_accept(request_.key, accept))
    return Error(ErrorKind::connection, Layer::http, 500, "SHA-1 failed");
  const bool ok =
      out.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n") &&
      out.write("Sec-WebSocket-Accept: ") && out.write(std::string_view(accept.data(), accept.size())) &&
      out.write("\r\n\r\n");
  if (!ok) return Error(ErrorKind::too_large, "no room for the upgrade's response");
  return {};
}

Result<void> UpgradeServer::refuse(int status, std::chrono::seconds retry_after, Sink& out) noexcept {
  const std::string_view text = status_text(status);
  bool ok = out.write("HTTP/1.1 ") && out.write(text) && out.write("\r\n");
  // RFC 9110 section 15.5.22: a 426 names what to upgrade to.
  if (status == 426)
    ok = ok && out.write("Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nConnection: Upgrade\r\n");
  if (status == 405) ok = ok && out.write("Allow: GET\r\n");
  if (retry_after > std::chrono::seconds::zero()) {
    ok = ok && out.write("Retry-After: ") &&
         write_number(static_cast<std::uint64_t>(retry_after.count()), out) && out.write("\r\n");
  }
  ok = ok && out.write("Connection: close\r\nContent-Type: text/plain\r\nContent-Length: ") &&
       write_number(text.size() + 1, out) && out.write("\r\n\r\n") && out.write(text) && out.write("\n");
  if (!ok) return Error(ErrorKind::too_large, "no room for the refusal");
  return {};
}

}  // namespace kedge::ws

#include "framing_check.hpp"

#include "../../codec/hex.hpp"
#include "../../ws/authority.hpp"
#include "../../ws/http_text.hpp"

#include <array>

namespace kedge::program {

namespace {

struct SingleHeader {
  std::string_view name;
  std::string_view twice;
  std::string_view in_a_trailer;
};

// A bit each in FramingCheck, in this order.
constexpr std::size_t content_length = 0;
constexpr std::size_t transfer_encoding = 1;
constexpr std::array<SingleHeader, 5> single_headers{{
    {"Content-Length", "more than one Content-Length header", "a Content-Length header after the body"},
    {"Transfer-Encoding", "more than one Transfer-Encoding header",
     "a Transfer-Encoding header after the body"},
    {"Host", "more than one Host header", "a Host header after the body"},
    {"Origin", "more than one Origin header", "an Origin header after the body"},
    {"Content-Type", "more than one Content-Type header", "a Content-Type header after the body"},
}};

/// Its place in the table; its size when it is not there.
constexpr std::size_t place_of(std::string_view name) noexcept {
  std::size_t place = 0;
  while (place < single_headers.size() && !ws::equal_without_case(single_headers[place].name, name)) ++place;
  return place;
}

constexpr std::uint8_t bit(std::size_t place) noexcept {
  return static_cast<std::uint8_t>(1U << place);
}

constexpr bool is_control(char c) noexcept {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

constexpr std::string_view scheme = "http://";

bool has_authority(std::string_view target) noexcept {
  return ws::equal_without_case(target.substr(0, scheme.size()), scheme);
}

// What an escape stands for; negative when it is none.
int escaped(std::string_view text) noexcept {
  if (text.size() < 3) return -1;
  const int high = codec::hex_digit(text[1]);
  const int low = codec::hex_digit(text[2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

std::string_view fault_of_characters(std::string_view target) noexcept {
  bool in_path = true;
  for (std::size_t at = 0; at < target.size(); ++at) {
    const char c = target[at];
    if (is_control(c) || c == ' ') return "a blank or control character in the target";
    if (c == '#') return "a fragment in the target";
    if (c == '?') in_path = false;
    if (c != '%') continue;
    const int meant = escaped(target.substr(at));
    if (meant < 0) return "a % in the target that begins no escape";
    if (meant == 0) return "%00 in the target";
    if (meant == '/' && in_path) return "an escaped slash in the path";
  }
  return {};
}

}  // namespace

std::string_view authority_of_target(std::string_view target) noexcept {
  if (!has_authority(target)) return {};
  target.remove_prefix(scheme.size());
  return target.substr(0, target.find_first_of("/?"));
}

std::string_view path_of_target(std::string_view target) noexcept {
  if (!has_authority(target)) return target;
  target.remove_prefix(scheme.size() + authority_of_target(target).size());
  return target.empty() ? "/" : target;
}

std::string_view fault_of_target(std::string_view method, std::string_view target) noexcept {
  if (!ws::is_token(method)) return "a method that is no token";
  if (const std::string_view fault = fault_of_characters(target); !fault.empty()) return fault;
  if (target.starts_with('/') || (target == "*" && method == "OPTIONS")) return {};
  if (!has_authority(target)) return "a target that is neither a path nor an http:// URL";
  if (!ws::parse_authority(authority_of_target(target)).fault.empty()) {
    return "a target whose authority is none";
  }
  return {};
}

void FramingCheck::header(std::string_view name, std::string_view value) noexcept {
  look(name, value);
  if (ws::equal_without_case(name, "Connection")) return look_at_connection(value);
  const std::size_t place = place_of(name);
  if (place == single_headers.size()) return;
  if ((seen_ & bit(place)) != 0) keep(single_headers[place].twice);
  seen_ |= bit(place);
  // As it stands: libmicrohttpd takes no other spelling for it, and would read until the connection ends.
  if (place == transfer_encoding && !ws::equal_without_case(value, "chunked")) {
    keep("a Transfer-Encoding other than chunked");
  }
}

void FramingCheck::trailer(std::string_view name, std::string_view value) noexcept {
  look(name, value);
  const std::size_t place = place_of(name);
  if (place < single_headers.size()) keep(single_headers[place].in_a_trailer);
}

void FramingCheck::look(std::string_view name, std::string_view value) noexcept {
  if (!ws::is_token(name)) keep("a header whose name is no token");
  for (const char c : value) {
    if (is_control(c) && c != '\t') keep("a control character in a header");
  }
}

void FramingCheck::look_at_connection(std::string_view options) noexcept {
  while (!options.empty()) {
    const std::size_t comma = options.find(',');
    const std::string_view option = ws::trimmed(options.substr(0, comma));
    close_ = close_ || ws::equal_without_case(option, "close");
    keep_alive_ = keep_alive_ || ws::equal_without_case(option, "keep-alive");
    options.remove_prefix(comma == std::string_view::npos ? options.size() : comma + 1);
  }
}

std::string_view FramingCheck::fault(HttpVersion version) const noexcept {
  if (!fault_.empty() || (seen_ & bit(transfer_encoding)) == 0) return fault_;
  if ((seen_ & bit(content_length)) != 0) return "Transfer-Encoding beside Content-Length";
  if (version == HttpVersion::http_1_0) return "Transfer-Encoding in HTTP/1.0";
  return {};
}

}  // namespace kedge::program

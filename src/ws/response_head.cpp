#include "response_head.hpp"

#include "http_date.hpp"
#include "http_text.hpp"

#include <algorithm>
#include <limits>

namespace kedge::ws {

namespace {

/// Interim responses before the one that counts: 103 comes once or twice, a flood never ends.
constexpr int interim_max = 8;
constexpr std::size_t version_size = 9;  // "HTTP/1.1 "
constexpr std::size_t code_size = 3;

struct StatusLine {
  int status =
      0;  ///< 100 to 999, those above 599 for a client as 5xx (RFC 9110 section 15); 0 when malformed
  bool http_1_1 = false;
};

/// `HTTP/1.x NNN reason` (RFC 9112 section 4). The space before an empty reason may be missing, as many
/// servers leave it out.
StatusLine parse_status_line(std::string_view line) noexcept {
  const bool http_1_1 = line.starts_with("HTTP/1.1 ");
  if (!http_1_1 && !line.starts_with("HTTP/1.0 ")) return {};
  const std::string_view code = line.substr(version_size, code_size);
  if (code.size() != code_size || !std::all_of(code.begin(), code.end(), is_digit)) return {};
  const std::string_view rest = line.substr(version_size + code_size);
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

/// How every response begins that can be read here.
constexpr std::string_view response_prefix = "HTTP/1.";

constexpr std::string_view name_of(Answerer answerer) noexcept {
  return answerer == Answerer::proxy ? "the proxy " : "the server ";
}

}  // namespace

ResponseHead::ResponseHead(std::span<std::byte> storage, std::uint16_t headers_max) noexcept
    : head_(storage, headers_max) {}

void ResponseHead::start(Answerer answerer) noexcept {
  head_.reset();
  answerer_ = answerer;
  http_1_1_ = false;
  foreign_ = false;
  prefix_seen_ = 0;
  interim_count_ = 0;
  response_ = {};
}

Layer ResponseHead::layer() const noexcept {
  return answerer_ == Answerer::proxy ? Layer::proxy : Layer::http;
}

Error ResponseHead::malformed(std::string_view why) const noexcept {
  return Error(ErrorKind::protocol, layer(), 0, name_of(answerer_)).append(why);
}

Result<bool> ResponseHead::feed(std::span<const std::byte> bytes, std::size_t* taken) noexcept {
  *taken = 0;
  while (interim_count_ <= interim_max) {
    const auto rest = bytes.subspan(*taken);
    if (const auto begins = check_prefix(rest, taken); !begins) return begins.error();
    std::size_t used = 0;
    const Result<bool> complete = head_.feed(rest, &used);
    *taken += used;
    if (!complete && answerer_ == Answerer::proxy) {
      return Error(complete.error().kind(), layer(), 0, "the proxy's answer: ")
          .append(complete.error().message());
    }
    if (!complete || !*complete) return complete;
    const StatusLine line = parse_status_line(head_.start_line());
    if (line.status == 0) return malformed("does not answer in HTTP/1.1");
    if (!is_interim(line)) {
      http_1_1_ = line.http_1_1;
      response_.status = line.status;
      response_.date = parse_http_date(head_.header("date"));
      response_.retry_after = parse_retry_after(head_.header("retry-after"), response_.date);
      return true;
    }
    ++interim_count_;
    head_.reset();
    prefix_seen_ = 0;
  }
  return malformed("sends interim responses without end");
}

// At the first byte that is wrong: a peer of another protocol waits for us, and would until the deadline.
Result<void> ResponseHead::check_prefix(std::span<const std::byte> bytes, std::size_t* taken) noexcept {
  for (std::size_t i = 0; !foreign_ && i < bytes.size() && prefix_seen_ < response_prefix.size(); ++i) {
    foreign_ = std::to_integer<char>(bytes[i]) != response_prefix[prefix_seen_];
    if (!foreign_) {
      ++prefix_seen_;
    } else {
      foreign_byte_ = bytes[i];
      *taken += i;
    }
  }
  if (foreign_) return not_http();
  return {};
}

/// What a peer speaks that sent the beginning of `response_prefix`, then another byte.
Error ResponseHead::not_http() const noexcept {
  constexpr std::string_view something_else = "does not speak HTTP: check the port";
  if (prefix_seen_ > std::string_view("HTTP").size()) {
    return malformed("answers in a version of HTTP other than HTTP/1.1");
  }
  if (prefix_seen_ != 0) return malformed(something_else);
  switch (std::to_integer<unsigned>(foreign_byte_)) {
    case 0x15:  // an alert, a handshake message (RFC 8446 section 5.1)
    case 0x16:
      return malformed(answerer_ == Answerer::proxy ? "does not speak HTTP, but TLS, which is not supported"
                                                    : "does not speak HTTP, but TLS: use wss://");
    case 0x00:  // the length of a first frame, the settings (RFC 9113 section 4.1)
      return malformed("does not speak HTTP/1.1, but perhaps HTTP/2 alone: check the port");
    default:
      return malformed(something_else);
  }
}

std::string_view ResponseHead::reason() const noexcept {
  const std::string_view line = head_.start_line();
  return trimmed(line.substr(std::min(line.size(), version_size + code_size)));
}

}  // namespace kedge::ws

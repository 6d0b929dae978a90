#include "send_request.hpp"

#include "../base/whole_number.hpp"
#include "../codec/base64.hpp"
#include "../ws/http_text.hpp"

#include <kedge/json_value.hpp>

#include <algorithm>

namespace kedge::agent {

namespace {

constexpr std::uint8_t depth_max = 16;
constexpr std::array<std::string_view, 5> fields{"destination", "amount", "data", "timeoutMs", "condition"};

Error wrong(std::string_view field, std::string_view what) noexcept {
  return Error(ErrorKind::config, field).append(": ").append(what);
}

/// The fields of a body, and room to unescape one of them.
class Body {
 public:
  explicit Body(std::size_t bytes) : buffer_(bytes, '\0') {}

  Result<void> take(const json::Value& root) noexcept {
    const auto object = root.as_object();
    if (!object) return wrong("body", "not a JSON object");
    for (const json::Member& member : *object) {
      const auto known = std::find_if(fields.begin(), fields.end(),
                                      [&member](std::string_view name) { return member.key_is(name); });
      if (known == fields.end()) return wrong("body", "'").append(member.raw_key).append("' is not known");
      json::Value& value = values_[static_cast<std::size_t>(known - fields.begin())];
      if (value.present()) return wrong(*known, "given twice");
      value = member.value;
    }
    return {};
  }
  [[nodiscard]] const json::Value& operator[](std::string_view field) const noexcept {
    return values_[static_cast<std::size_t>(std::find(fields.begin(), fields.end(), field) - fields.begin())];
  }
  /// A string, valid until the next one is asked for.
  Result<std::string_view> text(std::string_view field) noexcept {
    const json::Value& value = (*this)[field];
    if (!value.present()) return wrong(field, "missing");
    const auto text = value.as_string(buffer_);
    if (!text) return wrong(field, "not a string");
    return *text;
  }

 private:
  std::array<json::Value, fields.size()> values_;
  std::string buffer_;
};

Result<std::uint64_t> read_amount(Body& body) noexcept {
  const auto digits = body.text("amount");
  if (!digits) return digits.error();
  if (!is_digits(*digits)) return wrong("amount", "not a string of digits");
  const auto amount = whole_number(*digits);
  if (!amount) return wrong("amount", "more than 18446744073709551615");
  return *amount;
}

Result<std::vector<std::byte>> read_base64(Body& body, std::string_view field, std::size_t bytes_max) {
  const auto text = body.text(field);
  if (!text) return text.error();
  if (text->size() > codec::base64_encoded_size(bytes_max, codec::Base64::standard)) {
    return wrong(field, "more than ").append(static_cast<std::int64_t>(bytes_max)).append(" bytes");
  }
  std::vector<std::byte> bytes(codec::base64_decoded_size_max(text->size()));
  const auto decoded = codec::base64_decode(*text, bytes);
  if (!decoded) return wrong(field, "not ").append(decoded.error().message());  // "base64: ..."
  bytes.resize(decoded->size());
  return bytes;
}

Result<Hash> read_condition(Body& body) {
  const auto bytes = read_base64(body, "condition", 64);
  if (!bytes) return bytes.error();
  if (bytes->size() != ilp::hash_bytes) return wrong("condition", "not 32 bytes");
  Hash hash{};
  std::copy(bytes->begin(), bytes->end(), hash.begin());
  return hash;
}

Result<std::chrono::milliseconds> read_timeout(const json::Value& value) noexcept {
  const auto count = value.is_number() ? whole_number(value.text()) : std::nullopt;
  if (!count || *count == 0) return wrong("timeoutMs", "not a positive integer");
  if (*count > static_cast<std::uint64_t>(timeout_max.count())) {
    return wrong("timeoutMs", "more than ").append(timeout_max.count());
  }
  return std::chrono::milliseconds(static_cast<std::int64_t>(*count));
}

struct Parameter {
  std::string_view name;
  std::string_view value;  ///< without quotes
};

// Where a parameter ends: at a semicolon outside quotes.
std::size_t end_of_parameter(std::string_view text) noexcept {
  bool quoted = false;
  std::size_t at = 0;
  for (; at < text.size() && (quoted || text[at] != ';'); ++at) {
    if (text[at] == '"') quoted = !quoted;
    if (quoted && text[at] == '\\') ++at;
  }
  return std::min(at, text.size());
}

/// Takes a parameter (RFC 9110 section 5.6.6) off the text, with the semicolon behind it. An empty one has no
/// name; none when it is no parameter.
std::optional<Parameter> take_parameter(std::string_view& text) noexcept {
  const std::size_t end = end_of_parameter(text);
  const std::string_view whole = ws::trimmed(text.substr(0, end));
  text.remove_prefix(std::min(end + 1, text.size()));
  if (whole.empty()) return Parameter{};
  const std::size_t equals = std::min(whole.find('='), whole.size());
  Parameter parameter{whole.substr(0, equals), whole.substr(std::min(equals + 1, whole.size()))};
  if (!ws::is_token(parameter.name)) return std::nullopt;
  std::string_view& value = parameter.value;
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
    value = value.substr(1, value.size() - 2);
  } else if (equals < whole.size() && !ws::is_token(value)) {
    return std::nullopt;
  }
  return parameter;
}

}  // namespace

Result<SendRequest> read_send_request(std::string_view text) {
  const auto root = json::parse(text, depth_max);
  if (!root) return wrong("body", root.error().message());
  Body body(text.size());
  if (auto taken = body.take(*root); !taken) return taken.error();

  SendRequest request;
  const auto destination = body.text("destination");
  if (!destination) return destination.error();
  request.destination = *destination;
  const auto amount = read_amount(body);
  if (!amount) return amount.error();
  request.amount = *amount;
  auto data = read_base64(body, "data", data_bytes_max);
  if (!data) return data.error();
  request.data = std::move(*data);
  if (request.data.size() > data_bytes_max) return wrong("data", "more than 65536 bytes");
  if (body["timeoutMs"].present()) {
    const auto timeout = read_timeout(body["timeoutMs"]);
    if (!timeout) return timeout.error();
    request.timeout = *timeout;
  }
  if (body["condition"].present()) {
    const auto condition = read_condition(body);
    if (!condition) return condition.error();
    request.condition = *condition;
  }
  return request;
}

bool is_json(std::string_view content_type) noexcept {
  const std::size_t semicolon = content_type.find(';');
  if (!ws::equal_without_case(ws::trimmed(content_type.substr(0, semicolon)), "application/json"))
    return false;
  if (semicolon == std::string_view::npos) return true;
  std::string_view rest = content_type.substr(semicolon + 1);
  while (!rest.empty()) {
    const auto parameter = take_parameter(rest);
    if (!parameter || (ws::equal_without_case(parameter->name, "charset") &&
                       !ws::equal_without_case(parameter->value, "utf-8"))) {
      return false;
    }
  }
  return true;
}

}  // namespace kedge::agent

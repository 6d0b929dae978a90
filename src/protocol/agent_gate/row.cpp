#include "row.hpp"

#include "../../codec/json_hash.hpp"

#include <kedge/json_value.hpp>

#include <cstring>

namespace kedge::agent_gate {

namespace {

// Writes over the text that is being read: an unescaped text is never ahead of its escaped one.
class InPlaceSink final : public Sink {
 public:
  explicit InPlaceSink(char* begin) noexcept : begin_(begin) {}
  using Sink::write;
  bool write(std::span<const std::byte> bytes) noexcept override {
    if (!bytes.empty()) std::memmove(begin_ + size_, bytes.data(), bytes.size());
    size_ += bytes.size();
    return true;
  }
  [[nodiscard]] std::string_view text() const noexcept { return {begin_, size_}; }

 private:
  char* begin_;
  std::size_t size_ = 0;
};

struct Field {
  std::string_view name;
  std::string_view Row::*member;
  json::Value value{};
  bool twice = false;
};

// A string's text; of anything else, such as a number or an object that a server did not put into a string,
// the JSON text.
std::string_view unescaped_in_place(std::span<char> text, const json::Value& value) noexcept {
  const auto raw = value.as_raw_string();
  if (!raw) return value.text();
  if (raw->empty()) return {};
  InPlaceSink sink(text.data() + (raw->data() - text.data()));
  if (!json::unescape(*raw, sink)) return {};
  return sink.text();
}

}  // namespace

Row read_row(std::span<char> text, std::uint8_t depth_max) noexcept {
  Row row;
  const auto prefix = json::parse_prefix({text.data(), text.size()}, depth_max);
  if (!prefix) return row;
  Field fields[] = {{"request_id", &Row::request_id},
                    {"tool_name", &Row::tool},
                    {"args", &Row::args},
                    {"result", &Row::result}};
  for (const json::Member& member : prefix->members) {
    for (Field& field : fields) {
      if (!member.key_is(field.name)) continue;
      field.twice = field.value.present();
      field.value = member.value;
    }
  }
  // Only now, as this overwrites the text.
  for (const Field& field : fields) {
    if (field.value.present() && !field.twice) row.*field.member = unescaped_in_place(text, field.value);
  }
  return row;
}

Result<MatchKey> match_key(std::string_view tool, std::string_view args, const codec::HashKey& key,
                           std::uint8_t depth_max) noexcept {
  const auto parsed = json::parse(args, depth_max);
  if (!parsed) return Error(ErrorKind::config, "the arguments: ").append(parsed.error().message());
  if (!parsed->is_object()) return Error(ErrorKind::config, "the arguments are not a JSON object");
  const auto hash = codec::json_hash(*parsed, key, depth_max);
  if (!hash) {
    const bool too_large = hash.error().kind() == ErrorKind::too_large;
    return Error(too_large ? ErrorKind::too_large : ErrorKind::config, "the arguments: ")
        .append(hash.error().message());
  }
  codec::SipHash both(key);
  both.update(*hash);  // of fixed size, so that no name can pass for a part of it
  both.update(std::as_bytes(std::span(tool.data(), tool.size())));
  const codec::Hash128 sum = both.finish();
  return MatchKey{sum.low, sum.high};
}

std::uint64_t tool_key(std::string_view tool, const codec::HashKey& key) noexcept {
  codec::SipHash name(key);
  name.update(std::as_bytes(std::span(tool.data(), tool.size())));
  return name.finish().low;
}

}  // namespace kedge::agent_gate

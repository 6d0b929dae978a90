// The answer to get_pending_results as it streams in: rows, their fields, and whose answer it was.
#include "protocol/agent_gate/row.hpp"
#include "protocol/agent_gate/row_stream.hpp"

#include "../fuzz.hpp"
#include "../json_respell.hpp"

using namespace kedge;
using namespace kedge::fuzz;
using agent_gate::Row;
using agent_gate::RowStream;

namespace {

constexpr std::uint8_t depth_max = 16;

struct GivenRow {
  std::string text;
  std::uint64_t bytes;
  friend bool operator==(const GivenRow&, const GivenRow&) = default;
};

class Rows final : public agent_gate::RowSink {
 public:
  std::vector<GivenRow> rows;
  void on_row(std::span<char> text, std::uint64_t bytes) noexcept override {
    PROMISE(text.size() <= bytes, "a row is not longer than it says");
    rows.push_back({std::string(text.data(), text.size()), bytes});
    std::fill(text.begin(), text.end(), '!');  // the receiver may overwrite it
  }
};

struct Streamed {
  std::vector<GivenRow> rows;
  RowStream::End end;
};

Streamed stream(std::string_view message, std::uint8_t cut, std::size_t row_bytes_max) {
  std::vector<char> room(row_bytes_max);
  Rows sink;
  RowStream reader(room, depth_max, sink);
  reader.start();
  reader.feed("{\"result\":{\"results\":[{\"of an earlier", false);
  reader.start();
  Cuts cuts(cut, message);
  do {
    const Exact piece = cuts.next();
    reader.feed(piece.text(), cuts.done());
  } while (!cuts.done());
  return {sink.rows, reader.end()};
}

/// Read from the memory that its rows are kept in, as a client does with what came in fragments.
Streamed stream_in_place(std::string_view message) {
  std::vector<char> memory(message.begin(), message.end());
  Rows sink;
  RowStream reader(memory, depth_max, sink);
  reader.start();
  reader.feed({memory.data(), memory.size()}, true);
  return {sink.rows, reader.end()};
}

/// The rows that the message has when it is read as a whole.
std::vector<std::string> expected_rows(const json::Value& message) {
  std::vector<std::string> rows;
  if (!message.is_object()) return rows;
  for (const json::Member& member : *message.as_object()) {
    if (!member.key_is("result") || !member.value.is_object()) continue;
    for (const json::Member& inner : *member.value.as_object()) {
      if (!inner.key_is("results") || !inner.value.is_array()) continue;
      for (const json::Value& element : *inner.value.as_array()) {
        if (element.is_object()) rows.emplace_back(element.text());
      }
    }
  }
  return rows;
}

std::array<std::string, 4> fields_of(std::string text) {
  const Row row = agent_gate::read_row(text, depth_max);
  return {std::string(row.request_id), std::string(row.tool), std::string(row.args), std::string(row.result)};
}

void fields(const std::string& text, std::uint8_t cut) {
  constexpr const char* names[] = {"request_id", "tool_name", "args", "result"};
  const auto whole = fields_of(text);
  const auto part = fields_of(text.substr(0, text.size() * cut / 256U));
  const auto parsed = json::parse(text, depth_max);
  PROMISE(parsed && parsed->is_object(), "a row is an object");
  for (std::size_t i = 0; i < 4; ++i) {
    std::string first;
    std::size_t count = 0;
    for (const json::Member& member : *parsed->as_object()) {
      if (!member.key_is(names[i]) || count++ != 0) continue;
      first = member.value.is_string() ? unescaped(*member.value.as_raw_string())
                                       : std::string(member.value.text());
    }
    PROMISE(whole[i] == (count == 1 ? first : ""), "a field is its member's text, if there is one member");
    PROMISE(part[i].empty() || part[i] == first, "a row cut short has whole fields or empty ones");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const std::uint8_t cut = input.byte();
  const std::size_t row_bytes_max = input.byte();
  const Exact message(input.rest());
  const Streamed whole = stream(message.text(), 0, message.text().size());
  const Streamed pieces = stream(message.text(), cut, message.text().size());
  PROMISE(whole.rows == pieces.rows, "pieces have the same rows");
  PROMISE(same(whole.end.error, pieces.end.error), "and the same error");
  PROMISE(whole.end.bytes == pieces.end.bytes, "all bytes are counted");
  // Of a message that is broken inside its id, the pieces may have told the id's kind before.
  PROMISE(whole.end.error || (whole.end.id_kind == pieces.end.id_kind && whole.end.id == pieces.end.id &&
                              whole.end.has_results == pieces.end.has_results),
          "and the same end");
  const Streamed in_place = stream_in_place(message.text());
  PROMISE(in_place.rows == whole.rows && same(in_place.end.error, whole.end.error) &&
              in_place.end.id == whole.end.id && in_place.end.bytes == whole.end.bytes,
          "as does a message that its rows are kept over");
  const Streamed narrow = stream(message.text(), cut, row_bytes_max);
  PROMISE(narrow.rows.size() == whole.rows.size(), "a small buffer loses no row");
  for (std::size_t i = 0; i < whole.rows.size(); ++i) {
    const GivenRow& row = whole.rows[i];
    PROMISE(row.bytes == row.text.size(), "a row that fits is whole");
    PROMISE(narrow.rows[i].bytes == row.bytes && narrow.rows[i].text == row.text.substr(0, row_bytes_max),
            "one that does not fit is there with its beginning and its size");
    fields(row.text, cut);
  }
  PROMISE(whole.end.bytes == message.text().size(), "all bytes are counted");
  const auto parsed = json::parse(message.text(), depth_max);
  if (!parsed) {
    PROMISE(whole.end.error, "what is not JSON is an error");
    return 0;
  }
  const auto expected = expected_rows(*parsed);
  PROMISE(whole.rows.size() == expected.size(), "each object in result.results is a row");
  for (std::size_t i = 0; i < expected.size(); ++i)
    PROMISE(whole.rows[i].text == expected[i], "byte by byte");
  const auto reply = agent_gate::read_reply(message.text(), depth_max);
  const bool two_ids = parsed->find("id").kind() == json::Kind::duplicate;
  PROMISE(!reply || two_ids || !whole.end.error, "an answer read whole is one when streamed");
  PROMISE(!reply || two_ids || (whole.end.id_kind == reply->id.kind && whole.end.id == reply->id.number),
          "with the same id");
  return 0;
}

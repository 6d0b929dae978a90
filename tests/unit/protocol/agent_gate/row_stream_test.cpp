#include "protocol/agent_gate/row_stream.hpp"

#include "support/cmocka.hpp"

#include <string>
#include <vector>

using namespace kedge;
using namespace kedge::agent_gate;

namespace {

struct Rows final : RowSink {
  std::vector<std::string> texts;
  std::vector<std::uint64_t> sizes;
  void on_row(std::span<char> text, std::uint64_t bytes) noexcept override {
    texts.emplace_back(text.data(), text.size());
    sizes.push_back(bytes);
    for (char& c : text) c = '!';  // as its reader may
  }
};

struct Stream {
  explicit Stream(std::size_t room = 256) : buffer(room), stream(buffer, 16, rows) {}
  RowStream::End read(std::string_view text) { return read(text, text.size()); }
  RowStream::End read(std::string_view text, std::size_t cut) {
    stream.start();
    stream.feed(text.substr(0, cut), false);
    stream.feed(text.substr(cut), true);
    return stream.end();
  }
  Rows rows;
  std::vector<char> buffer;
  RowStream stream;
};

void rows_are_handed_on_whole_wherever_the_message_was_cut(void**) {
  const std::string first = R"({"request_id":"1","a":{"results":[{}]},"t":"x\"}{"})";
  const std::string text = R"({"jsonrpc":"2.0","r\u0065sult":{"other":[1,{"x":[]}],"results":[)" + first +
                           R"( , {} ,7,"text",[{}]], "z":{"results":[{}]}},"id":12345})";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Stream t;
    const auto end = t.read(text, cut);
    EXPECT(!end.error && end.has_results, "an answer with results");
    EXPECT(end.id_kind == ReplyId::Kind::number && end.id == 12345, "the id, though it comes last");
    EXPECT(end.bytes == text.size(), "the size of the whole");
    EXPECT(t.rows.texts.size() == 2, "two rows: what is not an object in the list is none");
    EXPECT_TEXT(t.rows.texts[0], first);
    EXPECT_TEXT(t.rows.texts[1], "{}");
  }
}

// As in a client, where a message that came in fragments and the rows of it have one memory.
void a_row_may_be_kept_over_the_piece_that_it_came_in(void**) {
  const std::string first = R"({"request_id":"1","t":"x\"}{"})";
  const std::string text = R"({"result":{"results":[)" + first + R"(, {"a":{}} ,{}]},"id":12345})";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    for (const std::size_t room : {text.size(), std::size_t{5}}) {
      std::string memory = text.substr(0, cut);
      memory.resize(text.size());
      Rows rows;
      const auto place = std::span(memory).first(room);
      RowStream stream(place, 16, rows);
      stream.start();
      stream.feed(std::string_view(memory).substr(0, cut), false);
      stream.feed(std::string_view(text).substr(cut), true);
      EXPECT(!stream.end().error && stream.end().id == 12345, "an answer and its id");
      EXPECT(rows.texts.size() == 3 && rows.sizes[0] == first.size(), "its rows");
      EXPECT_TEXT(rows.texts[0], first.substr(0, room));
      EXPECT_TEXT(rows.texts[1], std::string(R"({"a":{}})").substr(0, room));
      EXPECT_TEXT(rows.texts[2], "{}");
    }
  }
}

void a_message_in_single_bytes_is_read_the_same(void**) {
  const std::string text = R"({"id":7,"result":{"results":[{"a":"b"}]}})";
  Stream t;
  t.stream.start();
  for (const char& c : text) t.stream.feed({&c, 1}, false);
  t.stream.feed({}, true);
  EXPECT(t.rows.texts.size() == 1 && t.stream.end().id == 7, "one row and the id");
  EXPECT_TEXT(t.rows.texts[0], R"({"a":"b"})");
}

void names_are_found_however_they_are_escaped(void**) {
  Stream t;
  const auto end = t.read(
      R"({"\u0072\u0065\u0073\u0075\u006c\u0074":{"\u0072\u0065\u0073\u0075\u006c\u0074\u0073":[{"a":1}]},"\u0069\u0064":3})");
  EXPECT(end.has_results && end.id == 3, "results and id, each character of their names escaped");
  EXPECT(t.rows.texts.size() == 1, "the row");
}

void a_long_name_is_not_taken_for_its_beginning(void**) {
  const std::string text = R"({"result":{"results)" + std::string(60, 'x') + R"(":[{"a":1}]},"id":3,"id)" +
                           std::string(60, 'x') + "\":4}";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Stream t;
    const auto end = t.read(text, cut);
    EXPECT(!end.error && !end.has_results && t.rows.texts.empty(), "no results");
    EXPECT(end.id == 3, "the id's own");
  }
}

void a_row_that_does_not_fit_gives_its_beginning_and_its_size(void**) {
  const std::string large = "{\"request_id\":\"1\",\"x\":\"" + std::string(500, 'y') + "\"}";
  const std::string text = "{\"result\":{\"results\":[" + large + ",{\"b\":1}]},\"id\":1}";
  for (std::size_t cut = 0; cut <= text.size(); cut += 7) {
    Stream t(64);
    EXPECT(!t.read(text, cut).error, "nothing wrong");
    EXPECT(t.rows.texts.size() == 2, "two rows");
    EXPECT_TEXT(t.rows.texts[0], large.substr(0, 64));
    EXPECT(t.rows.sizes[0] == large.size(), "its size");
    EXPECT_TEXT(t.rows.texts[1], "{\"b\":1}");
  }
}

void results_elsewhere_are_not_rows(void**) {
  for (const char* text :
       {R"({"result":{"data":{"results":[{}]}},"id":1})", R"({"results":[{}],"result":1,"id":1})",
        R"({"error":{"results":[{}]},"id":1})", R"({"result":[{"results":[{}]}],"id":1})",
        R"({"result":{"results":{"a":{}}},"id":1})", R"({"result":"results","id":1})"}) {
    Stream t;
    const auto end = t.read(text);
    EXPECT(!end.error && !end.has_results && t.rows.texts.empty(), text);
  }
}

void what_is_no_answer_is_an_error_with_a_reason(void**) {
  const struct {
    const char* text;
    const char* reason;
  } table[] = {{"[]", "not an object"},
               {"7", "not an object"},
               {"{}", "neither"},
               {R"({"id":1})", "neither"},
               {R"({"result":1,"error":{},"id":1})", "both"},
               {R"({"result":1,"result":1,"id":1})", "two results"},
               {R"({"error":1,"error":1,"id":1})", "two errors"},
               {R"({"result":1,"id":1,"id":1})", "two ids"}};
  for (const auto& row : table) {
    Stream t;
    const auto end = t.read(row.text);
    EXPECT(end.error.kind() == ErrorKind::protocol, row.text);
    EXPECT(end.error.message().find(row.reason) != std::string_view::npos, row.reason);
  }
  for (const char* text : {"", "{", R"({"result":{"results":[{"a":1},{"b")", "{}x", R"({"result":01,"id":1})",
                           R"({"a":[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]})"}) {
    Stream t;
    EXPECT(t.read(text).error.kind() == ErrorKind::protocol, text);
  }
}

void each_kind_of_id_is_told(void**) {
  const struct {
    const char* id;
    ReplyId::Kind kind;
  } table[] = {{"null", ReplyId::Kind::null}, {"\"7\"", ReplyId::Kind::text}, {"7.0", ReplyId::Kind::other},
               {"-7", ReplyId::Kind::other},  {"[7]", ReplyId::Kind::other},  {"{}", ReplyId::Kind::other},
               {"7", ReplyId::Kind::number},  {"true", ReplyId::Kind::other}};
  for (const auto& row : table) {
    Stream t;
    EXPECT(t.read(std::string("{\"result\":1,\"id\":") + row.id + "}").id_kind == row.kind, row.id);
  }
  Stream t;
  EXPECT(t.read(R"({"result":1})").id_kind == ReplyId::Kind::missing, "no id");
  EXPECT(t.read("{\"result\":1,\"id\":" + std::string(400, '7') + "}").id_kind == ReplyId::Kind::other,
         "a number of 400 digits");
}

void a_new_message_forgets_the_one_before(void**) {
  Stream t;
  t.stream.start();
  t.stream.feed(R"({"result":{"results":[{"cut")", false);
  const auto end = t.read(R"({"result":{"results":[{"a":1}]},"id":2})");
  EXPECT(!end.error && end.id == 2 && t.rows.texts.size() == 1, "only the second message");
  EXPECT_TEXT(t.rows.texts[0], "{\"a\":1}");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(rows_are_handed_on_whole_wherever_the_message_was_cut),
      cmocka_unit_test(a_row_may_be_kept_over_the_piece_that_it_came_in),
      cmocka_unit_test(a_message_in_single_bytes_is_read_the_same),
      cmocka_unit_test(names_are_found_however_they_are_escaped),
      cmocka_unit_test(a_long_name_is_not_taken_for_its_beginning),
      cmocka_unit_test(a_row_that_does_not_fit_gives_its_beginning_and_its_size),
      cmocka_unit_test(results_elsewhere_are_not_rows),
      cmocka_unit_test(what_is_no_answer_is_an_error_with_a_reason),
      cmocka_unit_test(each_kind_of_id_is_told),
      cmocka_unit_test(a_new_message_forgets_the_one_before),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

#include "protocol/agent_gate/id_scanner.hpp"

#include "support/cmocka.hpp"

#include <string>

using namespace kedge;
using namespace kedge::agent_gate;

namespace {

ReplyId scan(IdScanner& scanner, std::string_view text) {
  scanner.start();
  scanner.feed(text);
  return scanner.id();
}

// The number, or how it failed to be one, as text.
std::string found(std::string_view text) {
  IdScanner scanner;
  const ReplyId id = scan(scanner, text);
  switch (id.kind) {
    case ReplyId::Kind::missing:
      return "missing";
    case ReplyId::Kind::null:
      return "null";
    case ReplyId::Kind::number:
      return std::to_string(id.number);
    case ReplyId::Kind::text:
      return "text " + std::string(id.text);
    case ReplyId::Kind::other:
      return "other";
  }
  return "?";
}

void the_id_is_found_first_last_and_between_in_what_no_reader_takes(void**) {
  EXPECT_TEXT(found(R"({"id":5,"result":NaN})"), "5");
  EXPECT_TEXT(found(R"({"jsonrpc":"2.0","result":{"a":[Infinity,-Infinity]},"id":18446744073709551615})"),
              "18446744073709551615");
  EXPECT_TEXT(found(R"({"a":"\ud800", "id" : 7 ,"b":{)"), "7");
  EXPECT_TEXT(found(R"({"result":)" + std::string(1000, '[') + std::string(1000, ']') + R"(,"id":8})"), "8");
  EXPECT_TEXT(found("\xEF\xBB\xBF{\"result\":'x',\"i\\u0064\":9}"), "9");
  EXPECT_TEXT(found("{\"result\":\"a\nb\",\"id\":10}"), "10");
  EXPECT_TEXT(found(R"({"result":{]},"id":11})"), "missing");
  EXPECT_TEXT(found(R"({"result":tru,"id":"auth-1"})"), "text auth-1");
  EXPECT_TEXT(found(R"({"error":NaN,"id":null})"), "null");
}

void an_id_inside_something_or_in_a_string_is_not_the_messages(void**) {
  EXPECT_TEXT(found(R"({"result":{"id":5},"x":[{"id":6}],"s":"\",\"id\":7,"})"), "missing");
  EXPECT_TEXT(found(R"({"result":"id","ids":5,"xid":6,"id":7})"), "7");
  EXPECT_TEXT(found(R"([{"id":5}])"), "missing");
  EXPECT_TEXT(found(R"("{\"id\":5}")"), "missing");
  EXPECT_TEXT(found(R"({"a":1}{"id":5})"), "missing");
  EXPECT_TEXT(found(R"({"x":"id":5})"), "missing");
  EXPECT_TEXT(found(""), "missing");
}

void what_is_no_plain_id_is_other(void**) {
  for (const char* value : {"1.0", "1e3", "-1", "NaN", "true", "{}", "[5]", "5x", "5\"x\"",
                            "99999999999999999999", "5555555555555555555555555555555555555555555555"}) {
    EXPECT_TEXT(found("{\"id\":" + std::string(value) + ",\"r\":NaN}"), "other");
  }
  EXPECT_TEXT(found(R"({"id":5,"result":NaN,"id":6})"), "other");
  EXPECT_TEXT(found(R"({"id":5,"result":NaN,"id":5})"), "other");
}

void wherever_the_message_was_cut_into_pieces_the_id_is_the_same(void**) {
  const std::string text =
      R"({"result":{"a":"x\\\"}","b":[NaN,{"id":3}]},"i\u0064":1234567890123,"z":"\ud800"})";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    IdScanner scanner;
    scanner.feed(text.substr(0, cut));
    scanner.feed(text.substr(cut));
    EXPECT(scanner.id().kind == ReplyId::Kind::number && scanner.id().number == 1234567890123, "the id");
    EXPECT(scanner.bytes() == text.size(), "the size of the whole");
  }
}

void of_a_message_that_was_cut_off_an_id_is_told_whole_or_not_at_all(void**) {
  const std::string text = R"({"id":1234567890123,"result":NaN})";
  const std::size_t whole = text.find(',') + 1;
  for (std::size_t size = 0; size <= text.size(); ++size) {
    EXPECT_TEXT(found(text.substr(0, size)), size < whole ? "missing" : "1234567890123");
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_id_is_found_first_last_and_between_in_what_no_reader_takes),
      cmocka_unit_test(an_id_inside_something_or_in_a_string_is_not_the_messages),
      cmocka_unit_test(what_is_no_plain_id_is_other),
      cmocka_unit_test(wherever_the_message_was_cut_into_pieces_the_id_is_the_same),
      cmocka_unit_test(of_a_message_that_was_cut_off_an_id_is_told_whole_or_not_at_all),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

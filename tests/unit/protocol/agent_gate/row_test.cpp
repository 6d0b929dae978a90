#include "protocol/agent_gate/row.hpp"

#include "support/cmocka.hpp"

#include <string>

using namespace kedge;
using namespace kedge::agent_gate;

namespace {

constexpr codec::HashKey key{std::byte{1}, std::byte{2}};

void fields_are_unescaped_in_place(void**) {
  std::string text =
      R"({"request_id":"1\u0034","tool_name":"a\\b","args":"{\"k\":\"\\u00e4\\n\"}","signature":"\"s\"",)"
      R"("result":"{\"status\":\"executed\",\"data\":\"\u00e4\ud83d\ude00\"}","created_at":1})";
  const Row row = read_row(text, 16);
  EXPECT_TEXT(row.request_id, "14");
  EXPECT_TEXT(row.tool, "a\\b");
  EXPECT_TEXT(row.args, R"({"k":"\u00e4\n"})");
  EXPECT_TEXT(row.result, "{\"status\":\"executed\",\"data\":\"\u00e4\U0001F600\"}");
}

void fields_that_are_not_text_are_taken_as_json(void**) {
  std::string text = R"({"request_id":14,"tool_name":"","args":{"a":1},"result":{"status":"denied"}})";
  const Row row = read_row(text, 16);
  EXPECT_TEXT(row.request_id, "14");
  EXPECT_TEXT(row.tool, "");
  EXPECT_TEXT(row.args, "{\"a\":1}");
  EXPECT_TEXT(row.result, "{\"status\":\"denied\"}");
}

void a_field_there_twice_is_none(void**) {
  std::string text = R"({"request_id":"1","request_id":"2","tool_name":"x"})";
  const Row row = read_row(text, 16);
  EXPECT_TEXT(row.request_id, "");
  EXPECT_TEXT(row.tool, "x");
}

void a_row_cut_short_gives_the_fields_that_are_whole(void**) {
  const std::string whole = R"({"request_id":"14","tool_name":"x","args":"{}","result":"{}"})";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    std::string text = whole.substr(0, size);
    const Row row = read_row(text, 16);
    const bool id = whole.find(",\"tool") < size;
    const bool args = whole.find(",\"result") < size;
    EXPECT(id ? row.request_id == "14" : (row.request_id.empty() || row.request_id == "14"),
           "the id when whole");
    EXPECT(args ? row.args == "{}" : (row.args.empty() || row.args == "{}"), "the arguments when whole");
    EXPECT(row.result.empty() || row.result == "{}", "no half result");
  }
  std::string nothing = "7";
  EXPECT(read_row(nothing, 16).tool.empty(), "nothing of what is no object");
}

void the_key_depends_on_tool_and_arguments_and_not_on_their_spelling(void**) {
  const auto of = [](std::string_view tool, std::string_view args) {
    return *match_key(tool, args, key, 16);
  };
  const MatchKey one = of("x", R"({"a":1,"b":"\u00e4"})");
  EXPECT(one == of("x", "{ \"b\":\"\u00e4\", \"a\":1.0 }"), "the same arguments");
  EXPECT(one != of("y", R"({"a":1,"b":"\u00e4"})"), "another tool");
  EXPECT(one != of("x", R"({"a":2,"b":"\u00e4"})"), "other arguments");
  EXPECT(one != *match_key("x", R"({"a":1,"b":"\u00e4"})", codec::HashKey{}, 16), "another key");
}

void arguments_that_are_no_object_have_no_key(void**) {
  for (const char* args : {"", "[]", "7", "{", "{\"a\":1,\"a\":1}", "{\"a\":1e999}"}) {
    EXPECT(match_key("x", args, key, 16).error().kind() == ErrorKind::config, args);
  }
  std::string many = "{";
  for (int i = 0; i < 5000; ++i) many += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":0";
  EXPECT(match_key("x", many + "}", key, 16).error().kind() == ErrorKind::too_large, "too many members");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(fields_are_unescaped_in_place),
      cmocka_unit_test(fields_that_are_not_text_are_taken_as_json),
      cmocka_unit_test(a_field_there_twice_is_none),
      cmocka_unit_test(a_row_cut_short_gives_the_fields_that_are_whole),
      cmocka_unit_test(the_key_depends_on_tool_and_arguments_and_not_on_their_spelling),
      cmocka_unit_test(arguments_that_are_no_object_have_no_key),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

#include "cli/agent_gate/row_json.hpp"

#include <kedge/json.hpp>

#include <string>

#include "support/cmocka.hpp"

namespace {

using namespace kedge;

agent_gate::ResultRow row() {
  agent_gate::ResultRow row;
  row.request_id = "14";
  row.tool = "door";
  row.args = R"({"door":1})";
  row.status = "executed";
  row.result = R"({"status":"executed","data":{}})";
  return row;
}

bool is_object(const std::string& text) {
  json::Reader reader(8);
  reader.feed(text, true);
  json::Token token = reader.next();
  const bool object = token == json::Token::begin_object;
  while (token != json::Token::end && token != json::Token::error) token = reader.next();
  return object && token == json::Token::end;
}

void a_row_is_an_object_with_its_json_as_json(void**) {
  EXPECT_TEXT(cli::agent_gate::row_as_json(row()),
              R"({"request_id":"14","tool":"door","args":{"door":1},"status":"executed",)"
              R"("result":{"status":"executed","data":{}}})");
}

void what_is_no_json_in_a_row_is_a_string(void**) {
  agent_gate::ResultRow broken = row();
  broken.args = R"({"door":)";
  const std::string text = cli::agent_gate::row_as_json(broken);
  EXPECT(is_object(text), "valid JSON");
  EXPECT(test::contains(text, R"("args":"{\"door\":")"), "the text as a string");
}

void what_is_no_utf8_in_a_row_still_gives_json(void**) {
  agent_gate::ResultRow broken = row();
  broken.tool = "d\xFFor";
  broken.result = "\xC0\xAF";
  const std::string text = cli::agent_gate::row_as_json(broken);
  EXPECT(is_object(text), "valid JSON");
  EXPECT(test::contains(text, R"("tool":"d?or")"), "a mark for what could not be shown");
}

void json_nested_too_deep_to_stand_in_a_line_is_a_string(void**) {
  agent_gate::ResultRow deep = row();
  const std::string brackets = std::string(253, '[') + std::string(253, ']');
  const std::string args = "{\"deep\":" + brackets + "}";
  deep.args = args;
  EXPECT(json::parse(cli::agent_gate::row_as_json(deep), 254).ok(),
         "one level is left for the line around it");
}

void a_row_too_large_says_so_with_its_size(void**) {
  agent_gate::ResultRow large;
  large.request_id = "14";
  large.too_large = true;
  large.bytes = 300000;
  // No fields that were not read.
  EXPECT_TEXT(cli::agent_gate::row_as_json(large),
              R"({"request_id":"14","tool":"","too_large":true,"bytes":300000})");
}

void a_row_tells_whether_it_was_too_large_itself_and_not_what_is_in_it(void**) {
  agent_gate::ResultRow large;
  large.too_large = true;
  large.bytes = 5000000000;
  const auto bytes = cli::agent_gate::too_large_bytes(cli::agent_gate::row_as_json(large));
  EXPECT(bytes && *bytes == 5000000000, "its size");
  agent_gate::ResultRow fine = row();
  fine.args = R"({"too_large":true,"bytes":7})";
  fine.result = R"({"status":"executed","data":1,"too_large":true,"bytes":7})";
  EXPECT(!cli::agent_gate::too_large_bytes(cli::agent_gate::row_as_json(fine)), "members of others");
  const std::string deep = "{\"deep\":" + std::string(252, '[') + std::string(252, ']') + "}";
  large.args = deep;
  EXPECT(cli::agent_gate::too_large_bytes(cli::agent_gate::row_as_json(large)).has_value(),
         "as deep as a row may be");
  for (const char* other : {"1", "[]", "{", R"({"too_large":1,"bytes":7})", R"({"too_large":false})"}) {
    EXPECT(!cli::agent_gate::too_large_bytes(other), other);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_row_is_an_object_with_its_json_as_json),
      cmocka_unit_test(what_is_no_json_in_a_row_is_a_string),
      cmocka_unit_test(what_is_no_utf8_in_a_row_still_gives_json),
      cmocka_unit_test(json_nested_too_deep_to_stand_in_a_line_is_a_string),
      cmocka_unit_test(a_row_too_large_says_so_with_its_size),
      cmocka_unit_test(a_row_tells_whether_it_was_too_large_itself_and_not_what_is_in_it),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

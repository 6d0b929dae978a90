#include "protocol/agent_gate/reply.hpp"

#include "support/cmocka.hpp"

#include <string>

using namespace kedge;
using namespace kedge::agent_gate;

namespace {

void a_result_and_its_id_are_found(void**) {
  const auto reply = read_reply(R"({"id": 7, "result" : {"a":1} , "extra":[]})", 16);
  EXPECT(reply.ok() && !reply->error, "a result");
  EXPECT(reply->id.kind == ReplyId::Kind::number && reply->id.number == 7, "its id");
  EXPECT_TEXT(reply->result, "{\"a\":1}");
}

void an_error_carries_kind_code_and_unescaped_message(void**) {
  const auto reply = read_reply(R"({"error":{"code":-32003,"message":"Denied \"by\" policy"},"id":6})", 16);
  EXPECT(reply.ok() && reply->error.kind() == ErrorKind::denied, "denied");
  EXPECT(reply->error.code() == -32003 && reply->error.layer() == Layer::protocol, "its code");
  EXPECT_TEXT(reply->error.message(), "Denied \"by\" policy");
}

void an_error_has_any_code_of_32_bits(void**) {
  for (const char* code : {"-2147483648", "2147483647", "0"}) {
    const auto reply =
        read_reply(std::string(R"({"error":{"message":"x","code":)") + code + R"(},"id":6})", 16);
    EXPECT(reply.ok() && reply->error.code() == std::stol(code), code);
  }
  for (const char* code : {"-2147483649", "2147483648"}) {
    const auto reply =
        read_reply(std::string(R"({"error":{"message":"x","code":)") + code + R"(},"id":6})", 16);
    EXPECT(!reply.ok() || reply->error.code() == 0, code);
  }
}

void a_long_message_is_cut(void**) {
  for (const std::string& part : {std::string("x"), std::string("\\n")}) {
    std::string words;
    for (int i = 0; i < 2000; ++i) words += part;
    const auto reply = read_reply("{\"error\":{\"code\":1,\"message\":\"" + words + "\"},\"id\":6}", 16);
    EXPECT(reply.ok() && reply->error.message().size() == Error::message_max, "as much as an error holds");
  }
}

void a_tools_result_is_data_or_an_error(void**) {
  const ToolResult executed = read_tool_result(R"({"status":"executed","data":[1]})", 16);
  EXPECT(!executed.error && executed.status == "executed" && executed.data == "[1]", "data");
  const ToolResult denied = read_tool_result(R"({"data":{"why":1},"status":"denied"})", 16);
  EXPECT(denied.error.kind() == ErrorKind::denied && denied.status == "denied", "denied");
  EXPECT_TEXT(denied.error.message(), "{\"why\":1}");
  const ToolResult failed = read_tool_result(R"({"status":"\u0065rror","data":"broken"})", 16);
  EXPECT(failed.error.kind() == ErrorKind::remote && failed.error.code() == -32004, "remote");
  EXPECT_TEXT(failed.error.message(), "broken");
  for (const char* text : {"", "7", "{}", R"({"status":7})", R"({"status":"executed","status":"denied"})",
                           R"({"status":"executed","data":1,"data":2})", "{\"status\""}) {
    EXPECT(read_tool_result(text, 16).error.kind() == ErrorKind::protocol, text);
  }
}

void an_approval_that_timed_out_while_nobody_was_there_is_a_timeout(void**) {
  const ToolResult nobody = read_tool_result(R"({"status":"denied","data":"Approval timed out"})", 16);
  EXPECT(nobody.status == "denied" && nobody.error.kind() == ErrorKind::timeout, "timeout, as online");
  EXPECT(nobody.error.code() == -32002 && !nobody.error.may_have_run(), "-32002, and nothing has run");
  EXPECT_TEXT(nobody.error.message(), "Approval timed out");
  const ToolResult somebody = read_tool_result(R"({"status":"denied","data":"Denied by user"})", 16);
  EXPECT(somebody.error.kind() == ErrorKind::denied && somebody.error.code() == -32001, "a human's word");
}

void a_null_beside_the_other_counts_as_absent(void**) {
  const auto result = read_reply(R"({"id":1,"error":null,"result":{}})", 16);
  EXPECT(result.ok() && result->result == "{}" && !result->error, "a result");
  const auto error = read_reply(R"({"id":1,"result":null,"error":{"code":-32003,"message":"no"}})", 16);
  EXPECT(error.ok() && error->error.code() == -32003 && error->result.empty(), "an error");
  const auto null = read_reply(R"({"id":1,"result":null,"error":null})", 16);
  EXPECT(null.ok() && null->result == "null" && !null->error, "a result that is null");
  EXPECT(!read_reply(R"({"id":1,"error":null})", 16).ok(), "an error that is null alone says nothing");
}

void only_that_status_says_authenticated(void**) {
  EXPECT(says_authenticated(R"({"status":"authenticated"})", 16), "the page's answer");
  for (const char* text : {"{}", "7", "\"authenticated\"", R"({"status":"refused"})", "{"}) {
    EXPECT(!says_authenticated(text, 16), text);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_result_and_its_id_are_found),
      cmocka_unit_test(an_error_carries_kind_code_and_unescaped_message),
      cmocka_unit_test(an_error_has_any_code_of_32_bits),
      cmocka_unit_test(a_long_message_is_cut),
      cmocka_unit_test(a_tools_result_is_data_or_an_error),
      cmocka_unit_test(an_approval_that_timed_out_while_nobody_was_there_is_a_timeout),
      cmocka_unit_test(a_null_beside_the_other_counts_as_absent),
      cmocka_unit_test(only_that_status_says_authenticated),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

#include "hub/agent_gate/config.hpp"

#include "support/cmocka.hpp"

#include <stdexcept>

using namespace kedge;
using namespace kedge::hub::agent_gate;
using hub::Habit;
using namespace std::chrono_literals;

static std::string failure(std::string_view text) {
  try {
    (void)read_config(text);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "accepted";
}

static void an_empty_object_means_the_pages_defaults(void**) {
  const Config config = read_config("{}");
  EXPECT(config.auth_timeout == 10s && config.approval_timeout == 900s, "10 s and 900 s");
  EXPECT(config.requests_per_minute == 60 && config.approvals_max == 10, "60 a minute, 10 approvals");
  EXPECT(config.generation == Generation::newer && config.path == "/", "a newer server at /");
  EXPECT(config.policy.decide("anything") == Decision::deny, "everything denied");
  EXPECT(config.kept == Kept::approvals, "rows for approvals only");
  EXPECT(config.slot_held_min == 10ms && config.slot_held_max == 50ms, "the slot held for 10 to 50 ms");
}

static void every_member_is_read(void**) {
  const Config config = read_config(R"({
    "path": "/gate", "generation": "older", "auth_timeout_ms": 1, "approval_timeout_ms": 2,
    "result_ttl_ms": 3, "requests_per_minute": 4, "approvals_max": 5, "answer_auth_twice": true,
    "keep_results": "all", "slot_held_min_ms": 6, "slot_held_max_ms": 7,
    "policy": [{"tool": "a*", "decision": "ask"}, {"tool": "b", "decision": "allow"},
               {"tool": "c", "decision": "deny"}],
    "tools": [{"name": "t", "description": "d\u0041", "result": {"n": 1.50},
               "delay_ms": 7, "error": "e", "habit": "twice", "spelling": "nan", "reverse": 8},
              {"name": "u", "echo": true}, {"name": "v", "result_bytes": 6}],
    "pending_results": [{"request_id": "1", "tool": "t", "args": {"a": 1}, "status": "denied", "data": "x"}]
  })");
  EXPECT_TEXT(config.path, "/gate");
  EXPECT(config.generation == Generation::older && config.answer_auth_twice, "the older generation");
  EXPECT(config.auth_timeout == 1ms && config.approval_timeout == 2ms && config.result_ttl == 3ms, "times");
  EXPECT(config.requests_per_minute == 4 && config.approvals_max == 5, "limits");
  EXPECT(config.policy.decide("ab") == Decision::ask && config.policy.decide("b") == Decision::allow,
         "rules");
  EXPECT(config.tools.size() == 3, "three tools");
  const Tool& tool = config.tools[0];
  EXPECT_TEXT(tool.name + tool.description + tool.result + *tool.error, R"(tdA{"n": 1.50}e)");
  EXPECT(tool.delay == 7ms && tool.reverse == 8, "the tool's numbers");
  EXPECT(config.tools[1].echo && config.tools[2].result_bytes == 6,
         "where the other tools' answers come from");
  EXPECT(tool.habit == Habit::twice && tool.spelling == Spelling::nan, "the habit and the spelling");
  EXPECT(config.kept == Kept::all && config.slot_held_min == 6ms && config.slot_held_max == 7ms,
         "what is kept, and how long the slot is held");
  const SeededResult& seeded = config.pending_results.at(0);
  EXPECT_TEXT(seeded.request_id + seeded.tool + seeded.args + seeded.status + seeded.data,
              R"(1t{"a": 1}denied"x")");
}

static void what_is_wrong_is_named_with_its_place(void**) {
  EXPECT(failure("{").starts_with("policy file: "), "the place in a text that is no JSON");
  EXPECT_TEXT(failure("[]"), "policy file: expected an object");
  EXPECT_TEXT(failure(R"({"polcy":[]})"), "policy file.polcy: is not known");
  EXPECT_TEXT(failure(R"({"path":"/","path":"/"})"), "policy file: 'path' is there twice");
  EXPECT_TEXT(failure(R"({"path":"gate"})"), "policy file.path: must begin with /");
  EXPECT_TEXT(failure(R"({"path":1})"), "policy file.path: expected a string");
  EXPECT_TEXT(failure(R"({"policy":{}})"), "policy file.policy: expected an array");
  EXPECT_TEXT(failure(R"({"policy":[{"tool":"a"}]})"), "policy file.policy[0]: needs 'tool' and 'decision'");
  EXPECT_TEXT(failure(R"({"policy":[{"tool":"a","decision":"maybe"}]})"),
              "policy file.policy[0].decision: 'maybe' is none of allow, deny, ask");
  EXPECT_TEXT(failure(R"({"policy":[{"x":1}]})"), "policy file.policy[0].x: is not known");
  EXPECT_TEXT(failure(R"({"tools":[{}]})"), "policy file.tools[0]: needs 'name'");
  EXPECT_TEXT(failure(R"({"tools":[{"name":"a"},{"result":[]}]})"),
              "policy file.tools[1].result: expected an object");
  EXPECT_TEXT(failure(R"({"tools":[{"echo":1}]})"), "policy file.tools[0].echo: expected true or false");
  EXPECT_TEXT(failure(R"({"tools":[{"x":1}]})"), "policy file.tools[0].x: is not known");
  EXPECT_TEXT(failure(R"({"tools":[{"name":"a","echo":true},{"name":"a"}]})"),
              "policy file.tools[1]: 'a' is there twice");
  EXPECT_TEXT(failure(R"({"tools":[{"name":"a","echo":false,"result":{}}]})"),
              "policy file.tools[0]: has more than one of 'result', 'echo', 'result_bytes'");
  EXPECT_TEXT(failure(R"({"keep_results":"some"})"),
              "policy file.keep_results: 'some' is none of approvals, all");
  EXPECT_TEXT(failure(R"({"slot_held_min_ms":51})"),
              "policy file: 'slot_held_max_ms' is less than 'slot_held_min_ms'");
  EXPECT_TEXT(failure(R"({"approvals_max":1025})"),
              "policy file.approvals_max: expected an integer from 0 to 1024");
  EXPECT_TEXT(failure(R"({"auth_timeout_ms":-1})"),
              "policy file.auth_timeout_ms: expected milliseconds, an integer of at most a year");
  EXPECT_TEXT(failure(R"({"pending_results":[{}]})"),
              "policy file.pending_results[0]: needs 'request_id' and 'tool'");
  EXPECT_TEXT(failure(R"({"pending_results":[{"status":"done"}]})"),
              "policy file.pending_results[0].status: is none of executed, denied, error");
  EXPECT_TEXT(failure(R"({"pending_results":[{"args":1}]})"),
              "policy file.pending_results[0].args: expected an object");
  EXPECT_TEXT(failure(R"({"pending_results":[{"x":1}]})"), "policy file.pending_results[0].x: is not known");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(an_empty_object_means_the_pages_defaults),
      cmocka_unit_test(every_member_is_read),
      cmocka_unit_test(what_is_wrong_is_named_with_its_place),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

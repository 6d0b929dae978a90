#include "hub/btp/config.hpp"

#include "support/cmocka.hpp"

#include <stdexcept>

using namespace kedge;
using namespace kedge::hub::btp;
using hub::Habit;
using namespace std::chrono_literals;

namespace {

std::string failure(std::string_view text) {
  try {
    (void)read_config(text);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "accepted";
}

std::string of_route(const std::string& members) {
  return failure(R"({"routes": [{)" + members + "}]}");
}

void an_empty_object_is_a_connector_with_the_habits_of_real_ones(void**) {
  const Config config = read_config("{}");
  EXPECT_TEXT(config.crosstown_path + config.btp2_path + config.address, "/btp/btp2test.hub");
  EXPECT(config.auth_timeout == 0s && config.forward_timeout == 30s && config.packets_max == 1024, "limits");
  EXPECT(!config.pings && config.second_error && !config.answer_empty, "habits");
  EXPECT(config.routes.find("test.hub") == nullptr, "no routes");
}

void every_member_is_read(void**) {
  const Config config = read_config(R"({
    "crosstown_path": "/c", "btp2_path": "*", "address": "g.hub", "auth_timeout_ms": 1,
    "forward_timeout_ms": 2, "packets_max": 3, "answers_bytes_max": 4, "pings": true, "second_error": false, "answer_empty": true,
    "routes": [
      {"prefix": "", "fulfill": {"data": "6F6b",
        "fulfillment": "0707070707070707070707070707070707070707070707070707070707070707"}},
      {"prefix": "g.a", "reject": {"code": "T04", "message": "m", "triggered_by": "g.b", "data": "00"},
       "delay_ms": 5, "reverse": 6, "habit": "twice"},
      {"prefix": "g.~c", "forward": "alice"}
    ]
  })");
  EXPECT_TEXT(config.crosstown_path + config.btp2_path + config.address, "/c*g.hub");
  EXPECT(config.auth_timeout == 1ms && config.forward_timeout == 2ms && config.packets_max == 3, "limits");
  EXPECT(config.answers_bytes_max == 4, "of bytes too");
  EXPECT(config.pings && !config.second_error && config.answer_empty, "habits");
  const auto& fulfilling = std::get<Fulfilling>(config.routes.find("test.x")->action);
  EXPECT_TEXT(fulfilling.data + *fulfilling.fulfillment, "ok" + std::string(32, '\7'));
  const Route* route = config.routes.find("g.a.b");
  const auto& rejecting = std::get<Rejecting>(route->action);
  EXPECT_TEXT(rejecting.code + rejecting.message + *rejecting.triggered_by, "T04mg.b");
  EXPECT(rejecting.data == std::string(1, '\0'), "its data");
  EXPECT(route->delay == 5ms && route->reverse == 6 && route->habit == Habit::twice, "its manner");
  EXPECT_TEXT(std::get<Forwarding>(config.routes.find("g.~c")->action).peer, "alice");
}

void each_habit_has_a_name(void**) {
  const std::pair<const char*, Habit> habits[] = {{"none", Habit::none},   {"silent", Habit::silent},
                                                  {"twice", Habit::twice}, {"wrong_id", Habit::wrong_id},
                                                  {"empty", Habit::empty}, {"throw", Habit::failing},
                                                  {"cut", Habit::cut}};
  for (const auto& [name, habit] : habits) {
    const Config config = read_config(R"({"routes":[{"prefix":"g","habit":")" + std::string(name) + "\"}]}");
    EXPECT(config.routes.find("g")->habit == habit, name);
  }
}

void what_is_wrong_with_the_file_is_named_with_its_place(void**) {
  EXPECT(failure("{") != "accepted" && failure("") != "accepted", "no JSON");
  EXPECT_TEXT(failure("[]"), "expected an object");
  EXPECT_TEXT(failure(R"({"route":[]})"), "route: is not known");
  EXPECT_TEXT(failure(R"({"address":"g.a","address":"g.a"})"), "'address' is there twice");
  EXPECT_TEXT(failure(R"({"address":"g..a"})"), "address: is no ILP address: an empty segment");
  EXPECT_TEXT(failure(R"({"address":""})"), "address: is no ILP address: empty");
  EXPECT_TEXT(failure(R"({"crosstown_path":"btp"})"), "crosstown_path: must begin with /, or be *");
  EXPECT_TEXT(failure(R"({"btp2_path":2})"), "btp2_path: expected a string");
  EXPECT_TEXT(failure(R"({"crosstown_path":"/x","btp2_path":"/x"})"), "both dialects have the path /x");
  EXPECT_TEXT(failure(R"({"packets_max":65537})"), "packets_max: expected an integer from 0 to 65536");
  EXPECT_TEXT(failure(R"({"answers_bytes_max":1073741825})"),
              "answers_bytes_max: expected an integer from 0 to 1073741824");
  EXPECT_TEXT(failure(R"({"auth_timeout_ms":1.5})"),
              "auth_timeout_ms: expected milliseconds, an integer of at most a year");
  EXPECT_TEXT(failure(R"({"pings":1})"), "pings: expected true or false");
  EXPECT_TEXT(failure(R"({"routes":{}})"), "routes: expected an array");
  EXPECT_TEXT(failure(R"({"routes":[1]})"), "routes[0]: expected an object");
  EXPECT_TEXT(failure(R"({"routes":[{"prefix":"g"},{"prefix":"g"}]})"), "routes[1]: 'g' is there twice");
}

void what_is_wrong_with_a_route_is_named_with_its_place(void**) {
  EXPECT_TEXT(of_route(""), "routes[0]: needs 'prefix'");
  for (const char* prefix : {".", "g.", ".g", "g..a", "g a", "g/a", "\u00e9"}) {
    EXPECT(test::contains(of_route(R"("prefix":")" + std::string(prefix) + "\""),
                          "is no prefix of ILP addresses"),
           prefix);
  }
  EXPECT(test::contains(of_route(R"("prefix":")" + std::string(1024, 'g') + "\""), "is no prefix"),
         "1024 characters");
  EXPECT_TEXT(of_route(R"("prefix":"g","to":"bob")"), "routes[0].to: is not known");
  EXPECT_TEXT(of_route(R"("prefix":"g","fulfill":{},"forward":"bob")"),
              "routes[0]: has more than one of 'fulfill', 'reject', 'forward'");
  EXPECT_TEXT(of_route(R"("prefix":"g","forward":"")"),
              "routes[0].forward: expected a peer's id, 1 to 128 bytes");
  EXPECT_TEXT(of_route(R"("prefix":"g","fulfill":{"data":"0"})"),
              "routes[0].fulfill.data: expected bytes as pairs of hexadecimal digits");
  EXPECT_TEXT(of_route(R"("prefix":"g","fulfill":{"fulfillment":"00"})"),
              "routes[0].fulfill.fulfillment: expected 32 bytes");
  EXPECT_TEXT(of_route(R"("prefix":"g","fulfill":{"code":"F00"})"), "routes[0].fulfill.code: is not known");
  EXPECT_TEXT(of_route(R"("prefix":"g","reject":{})"), "routes[0].reject: needs 'code'");
  for (const char* code : {"", "F0", "F000", "X00", "f02", "F0a"}) {
    EXPECT_TEXT(
        of_route(R"("prefix":"g","reject":{"code":")" + std::string(code) + "\"}"),
        "routes[0].reject.code: '" + std::string(code) + "' is none of F00 to F99, T00 to T99, R00 to R99");
  }
  EXPECT(test::contains(of_route(R"("prefix":"g","reject":{"code":"F00","triggered_by":"~"})"),
                        "routes[0].reject.triggered_by: is no ILP address: "),
         "an address that both dialects have");
  EXPECT_TEXT(of_route(R"("prefix":"g","habit":"odd")"),
              "routes[0].habit: 'odd' is none of none, silent, twice, wrong_id, empty, throw, cut");
  EXPECT_TEXT(of_route(R"("prefix":"g","delay_ms":-1)"),
              "routes[0].delay_ms: expected milliseconds, an integer of at most a year");
  EXPECT_TEXT(of_route(R"("prefix":"g","reverse":1025)"),
              "routes[0].reverse: expected an integer from 0 to 1024");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(an_empty_object_is_a_connector_with_the_habits_of_real_ones),
      cmocka_unit_test(every_member_is_read),
      cmocka_unit_test(each_habit_has_a_name),
      cmocka_unit_test(what_is_wrong_with_the_file_is_named_with_its_place),
      cmocka_unit_test(what_is_wrong_with_a_route_is_named_with_its_place),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

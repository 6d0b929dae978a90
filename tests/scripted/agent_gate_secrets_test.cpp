// A gateway that repeats the token, in whatever it says and however it writes it there, does not get it told.

#include "gate_fixture.hpp"

#include "support/spellings.hpp"

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view token = "sesame-open-0123456789";

ClientConfig all_lines() {
  ClientConfig config;
  config.log_level = LogLevel::debug;
  return config;
}

struct World : GateWorld {
  explicit World(std::string_view token_in = ::token)
      : GateWorld(1, agent_gate::Limits::small(), all_lines()) {
    GateWorld::secret = gate.token = token_in;
  }
  void expect_silence() const {
    for (const auto& line : log) EXPECT(!shows(line, ::token), line.c_str());
    for (const auto& error : errors) EXPECT(!shows(error.message(), ::token), "no state tells it");
    for (const auto& end : ended) EXPECT(!shows(end.error.message(), ::token), "no completion tells it");
    EXPECT(!shows(client->last_error().message(), ::token), "nor is it the last error");
  }
};

void an_error_that_repeats_the_token_is_completed_without_it(void**) {
  for (const Spelling how : all_spellings) {
    World t;
    t.connect();
    const std::string words = "not for " + spelled(token, how);
    const std::string executed_never = R"({"status":"error","data":)" + quoted(words) + "}";
    t.gate.on_request = [&](const GateRequest& request) {
      if (request.tool == "refused") t.gate.refuse(request.id, -32003, words);
      if (request.tool == "failed") t.gate.answer(request.id, executed_never);
      return true;
    };
    EXPECT(t.ask("refused").ok() && t.ask("failed").ok() && t.all_ended(2, 5s), "both to end");
    EXPECT_TEXT(t.ended[0].error.message(), "not for ***");
    EXPECT_TEXT(t.ended[1].error.message(), "not for ***");
    EXPECT(t.ended[0].error.code() == -32003, "the code as it came");
    t.expect_silence();
  }
}

void words_of_no_request_are_logged_without_the_token(void**) {
  World t;
  t.connect();
  t.gate.refuse("null", -32600, "you said " + std::string(token));
  t.run(1s);
  EXPECT(t.logged("error: an error without an id, code -32600: you said ***"), "the rest of the words");
  t.expect_silence();
}

void a_poll_that_is_refused_with_the_token_is_logged_without_it(void**) {
  World t;
  t.gate.on_request = [&](const GateRequest& request) {
    t.gate.refuse(request.id, -32000, "no results for " + std::string(token));
    return true;
  };
  t.connect();
  EXPECT(t.logged("error: no results for ***"), "the rest of the words");
  t.expect_silence();
}

void a_refused_token_is_told_without_it_and_our_words_stay(void**) {
  World t("else");
  t.gate.answer_auth = false;
  t.gate.on_connect = [&](server::Connection&) { t.gate.answer("\"auth-1\"", "7"); };
  EXPECT(t.client->connect().ok() && t.until(LinkState::waiting), "refused");
  EXPECT_TEXT(t.errors.back().message(), "the server answered auth with something else than 'authenticated'");
}

void a_timeout_is_known_even_if_that_is_the_token(void**) {
  ClientConfig config;
  config.fatal_policy = FatalPolicy::stop;
  GateWorld t(1, agent_gate::Limits::small(), std::move(config));
  t.secret = "timeout";
  t.gate.answer_auth = false;
  t.gate.on_connect = [&](server::Connection&) { t.gate.refuse("null", -32005, "Authentication timeout"); };
  EXPECT(t.client->connect().ok() && t.until(LinkState::waiting), "another attempt follows");
  EXPECT_TEXT(t.errors.back().message(), "Authentication ***");
}

void what_a_tool_gives_is_handed_on_as_it_came(void**) {
  World t;
  t.connect();
  const std::string data = quoted("the vault holds " + std::string(token));
  t.gate.on_request = [&](const GateRequest& request) {
    t.gate.answer(request.id, R"({"status":"executed","data":)" + data + "}");
    return true;
  };
  EXPECT(t.ask("vault").ok() && t.all_ended(1, 5s), "the result");
  EXPECT_TEXT(t.ended[0].text, data);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(an_error_that_repeats_the_token_is_completed_without_it),
      cmocka_unit_test(words_of_no_request_are_logged_without_the_token),
      cmocka_unit_test(a_poll_that_is_refused_with_the_token_is_logged_without_it),
      cmocka_unit_test(a_refused_token_is_told_without_it_and_our_words_stay),
      cmocka_unit_test(a_timeout_is_known_even_if_that_is_the_token),
      cmocka_unit_test(what_a_tool_gives_is_handed_on_as_it_came),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

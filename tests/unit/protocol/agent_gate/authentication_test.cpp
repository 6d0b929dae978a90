#include "protocol/agent_gate/authentication.hpp"

#include "support/cmocka.hpp"

#include <array>
#include <string>

using namespace kedge;
using namespace kedge::agent_gate;

namespace {

AuthVerdict verdict_of(std::string_view message, std::string_view token = "tok-123456") {
  std::array<char, 1024> memory;
  Redactor redactor(memory);
  EXPECT(redactor.credential().assign(token).ok(), "a token");
  const auto reply = read_reply(message, 16);
  EXPECT(reply.ok(), "a reply");
  return read_auth_answer(*reply, redactor, 16);
}

void the_answer_to_auth_is_accepted_refused_or_unrelated(void**) {
  EXPECT(verdict_of(R"({"result":{"status":"authenticated"},"id":"auth-1"})").answer == AuthAnswer::accepted,
         "accepted");
  EXPECT(verdict_of(R"({"result":{"status":"authenticated"},"id":"auth-2"})").answer == AuthAnswer::unrelated,
         "another id");
  EXPECT(verdict_of(R"({"result":{"status":"authenticated"},"id":null})").answer == AuthAnswer::unrelated,
         "no id");
  EXPECT(verdict_of(R"({"error":{"code":-32700,"message":"x"},"id":null})").answer == AuthAnswer::unrelated,
         "another error without an id");
}

void refused_tokens_and_odd_answers_are_fatal_and_timeouts_are_not(void**) {
  const struct {
    const char* message;
    Verdict verdict;
  } table[] = {
      {R"({"error":{"code":-32005,"message":"Invalid token"},"id":"auth-1"})", Verdict::refused},
      {R"({"error":{"code":-32005,"message":"INVALID TOKEN, no timeout"},"id":"auth-1"})", Verdict::refused},
      {R"({"error":{"code":-32005,"message":"Invalid token"},"id":null})", Verdict::refused},
      {R"({"error":{"code":-32005,"message":"Authentication timeout"},"id":null})", Verdict::again},
      {R"({"error":{"code":-32005,"message":"Authentication TimeOut"}})", Verdict::again},
      {R"({"error":{"code":-32601,"message":"timeout"},"id":"auth-1"})", Verdict::refused},
      {R"({"result":{"status":"?"},"id":"auth-1"})", Verdict::refused},
  };
  for (const auto& row : table) {
    const AuthVerdict verdict = verdict_of(row.message);
    EXPECT(verdict.answer == AuthAnswer::refused, row.message);
    EXPECT(verdict.error.kind() == ErrorKind::authentication, row.message);
    EXPECT(verdict.what_follows == row.verdict, row.message);
  }
}

void close_4000_is_retried_and_what_is_in_no_row_stays_as_it_was(void**) {
  for (const Verdict usual : {Verdict::again, Verdict::refused}) {
    Judgement judgement;
    judgement.verdict = usual;
    EXPECT(judge({}, judgement).verdict == usual, "as it was");
    Ending busy;
    busy.close_code = 4000;
    EXPECT(judge(busy, judgement).verdict == Verdict::again, "another agent will go");
  }
}

void the_servers_words_never_carry_the_token(void**) {
  const AuthVerdict verdict =
      verdict_of(R"({"error":{"code":-32005,"message":"Invalid token tok-123456"},"id":"auth-1"})");
  EXPECT(verdict.error.message().find("tok-1234") == std::string_view::npos, "no token");
  EXPECT(verdict.error.code() == -32005, "its code");
  const std::string padded = "{\"error\":{\"code\":-32005,\"message\":\"" + std::string(109, '.') +
                             "tok-123456789\"},\"id\":\"auth-1\"}";
  EXPECT(verdict_of(padded, "tok-123456789").error.message().find("tok-") == std::string_view::npos,
         "nor its beginning, where the message is cut");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_answer_to_auth_is_accepted_refused_or_unrelated),
      cmocka_unit_test(refused_tokens_and_odd_answers_are_fatal_and_timeouts_are_not),
      cmocka_unit_test(close_4000_is_retried_and_what_is_in_no_row_stays_as_it_was),
      cmocka_unit_test(the_servers_words_never_carry_the_token),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

#include "cli/exit_code.hpp"

#include "support/cmocka.hpp"

namespace {

using namespace kedge;
using cli::ExitCode;

ExitCode code_of(ErrorKind kind, Layer layer = Layer::none) {
  return cli::exit_code_for(Error(kind, layer, 0, "why"), false);
}

void each_kind_has_the_code_that_is_documented(void**) {
  EXPECT(cli::exit_code_for(Error{}, false) == ExitCode::ok, "0 without an error");
  EXPECT(code_of(ErrorKind::config) == ExitCode::usage, "2");
  EXPECT(code_of(ErrorKind::connection) == ExitCode::connection, "3");
  EXPECT(code_of(ErrorKind::tls) == ExitCode::connection, "3");
  EXPECT(code_of(ErrorKind::authentication) == ExitCode::authentication, "4");
  EXPECT(code_of(ErrorKind::denied) == ExitCode::denied, "5");
  EXPECT(code_of(ErrorKind::remote) == ExitCode::remote, "7");
  EXPECT(code_of(ErrorKind::protocol) == ExitCode::protocol, "8");
  EXPECT(code_of(ErrorKind::too_large) == ExitCode::protocol, "8");
}

void what_a_proxy_says_is_3_whatever_its_kind(void**) {
  for (const ErrorKind kind : {ErrorKind::connection, ErrorKind::authentication, ErrorKind::protocol,
                               ErrorKind::too_large, ErrorKind::timeout}) {
    EXPECT(code_of(kind, Layer::proxy) == ExitCode::connection, "3: the server's token is not refused");
  }
  const Error lost = Error(ErrorKind::authentication, Layer::proxy, 407, "lost").with_may_have_run();
  EXPECT(cli::exit_code_for(lost, true) == ExitCode::outcome_unknown, "9: not to be repeated blindly");
}

// What one command with one request cannot provoke from outside.
void cancelled_closed_and_a_full_queue_are_1(void**) {
  EXPECT(code_of(ErrorKind::cancelled) == ExitCode::other, "1");
  EXPECT(code_of(ErrorKind::closed) == ExitCode::other, "1");
  EXPECT(code_of(ErrorKind::queue_full) == ExitCode::other, "1");
}

void only_the_requests_own_timeout_is_6(void**) {
  EXPECT(code_of(ErrorKind::timeout) == ExitCode::timeout, "6: the deadline");
  EXPECT(code_of(ErrorKind::timeout, Layer::protocol) == ExitCode::timeout, "6: the approval");
  for (const Layer layer : {Layer::system, Layer::resolver, Layer::tls, Layer::http, Layer::websocket}) {
    EXPECT(code_of(ErrorKind::timeout, layer) == ExitCode::connection, "3: a stage of the line");
  }
}

void what_may_have_run_is_9_whatever_ended_it(void**) {
  for (const ErrorKind kind : {ErrorKind::connection, ErrorKind::timeout, ErrorKind::cancelled,
                               ErrorKind::closed, ErrorKind::tls, ErrorKind::authentication}) {
    const Error error = Error(kind, "lost").with_may_have_run();
    EXPECT(cli::exit_code_for(error, true) == ExitCode::outcome_unknown, "9: not to be repeated blindly");
  }
  const Error stage = Error(ErrorKind::timeout, Layer::system, 0, "lost").with_may_have_run();
  EXPECT(cli::exit_code_for(stage, true) == ExitCode::outcome_unknown, "9, as 3 says that nothing was sent");
  const Error lost = Error(ErrorKind::connection, "lost").with_may_have_run();
  EXPECT(cli::exit_code_for(lost, false) == ExitCode::outcome_unknown, "9 whenever the answer is lost");
}

void an_answer_that_may_still_come_is_6(void**) {
  const Error deadline = Error(ErrorKind::timeout, "late").with_may_have_run();
  EXPECT(cli::exit_code_for(deadline, false) == ExitCode::timeout, "6: the line held");
}

void an_answer_that_came_and_cannot_be_read_is_8(void**) {
  for (const ErrorKind kind : {ErrorKind::protocol, ErrorKind::too_large}) {
    const Error error = Error(kind, "odd").with_may_have_run();
    EXPECT(cli::exit_code_for(error, true) == ExitCode::protocol, "8");
  }
}

void what_the_line_says_of_its_end_is_no_answer(void**) {
  for (const ErrorKind kind : {ErrorKind::protocol, ErrorKind::too_large, ErrorKind::timeout}) {
    for (const Layer layer : {Layer::http, Layer::websocket}) {
      for (const bool line_lost : {false, true}) {
        const Error error = Error(kind, layer, 1009, "too large for the peer").with_may_have_run();
        EXPECT(cli::exit_code_for(error, line_lost) == ExitCode::outcome_unknown, "9: it was sent whole");
      }
    }
  }
}

void each_code_has_its_line_in_the_help(void**) {
  const std::string help = cli::exit_code_help();
  EXPECT(test::contains(help, "\n    9  outcome unknown: "), "9, in its column");
  EXPECT(test::contains(help, "\n  130  interrupted"), "130, in its column");
  int last = -1;
  for (const cli::ExitMeaning& meaning : cli::exit_meanings()) {
    EXPECT(static_cast<int>(meaning.code) > last, "in order, once each");
    last = static_cast<int>(meaning.code);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(each_kind_has_the_code_that_is_documented),
      cmocka_unit_test(what_a_proxy_says_is_3_whatever_its_kind),
      cmocka_unit_test(cancelled_closed_and_a_full_queue_are_1),
      cmocka_unit_test(only_the_requests_own_timeout_is_6),
      cmocka_unit_test(what_may_have_run_is_9_whatever_ended_it),
      cmocka_unit_test(an_answer_that_may_still_come_is_6),
      cmocka_unit_test(an_answer_that_came_and_cannot_be_read_is_8),
      cmocka_unit_test(what_the_line_says_of_its_end_is_no_answer),
      cmocka_unit_test(each_code_has_its_line_in_the_help),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

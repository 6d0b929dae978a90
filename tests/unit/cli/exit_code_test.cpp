#include "cli/exit_code.hpp"

#include "support/cmocka.hpp"

namespace {

using namespace kedge;
using cli::ExitCode;

ExitCode code_of(ErrorKind kind, Layer layer = Layer::none) {
  return cli::exit_code_for(Error(kind, layer, 0, "why"));
}

void each_kind_has_the_code_that_is_documented(void**) {
  EXPECT(cli::exit_code_for(Error{}) == ExitCode::ok, "0 without an error");
  EXPECT(code_of(ErrorKind::config) == ExitCode::usage, "2");
  EXPECT(code_of(ErrorKind::connection) == ExitCode::connection, "3");
  EXPECT(code_of(ErrorKind::tls) == ExitCode::connection, "3");
  EXPECT(code_of(ErrorKind::authentication) == ExitCode::authentication, "4");
  EXPECT(code_of(ErrorKind::denied) == ExitCode::denied, "5");
  EXPECT(code_of(ErrorKind::remote) == ExitCode::remote, "7");
  EXPECT(code_of(ErrorKind::protocol) == ExitCode::protocol, "8");
  EXPECT(code_of(ErrorKind::too_large) == ExitCode::protocol, "8");
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

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(each_kind_has_the_code_that_is_documented),
      cmocka_unit_test(cancelled_closed_and_a_full_queue_are_1),
      cmocka_unit_test(only_the_requests_own_timeout_is_6),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

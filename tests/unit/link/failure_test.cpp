#include "link/failure.hpp"

#include <kedge/tls_layer.hpp>

#include "support/cmocka.hpp"

#include <algorithm>
#include <array>
#include <string>

using namespace kedge;

static bool fatal(ErrorKind kind, Layer layer, std::int32_t code) {
  return classify(Error(kind, layer, code, "a failure")) == Severity::fatal;
}

static void statuses_that_another_attempt_would_meet_again_are_fatal(void**) {
  constexpr std::array<std::int32_t, 6> refusals{400, 401, 403, 404, 405, 426};
  for (std::int32_t status = 100; status < 600; ++status) {
    const bool expected =
        status / 100 == 3 || std::find(refusals.begin(), refusals.end(), status) != refusals.end();
    EXPECT(fatal(ErrorKind::connection, Layer::http, status) == expected, "the table's word on the status");
  }
  EXPECT(fatal(ErrorKind::authentication, Layer::http, 401), "whatever its kind");
}

static void a_bad_upgrade_is_fatal(void**) {
  EXPECT(fatal(ErrorKind::protocol, Layer::http, 101), "a wrong accept key or an unasked extension");
  EXPECT(fatal(ErrorKind::protocol, Layer::http, 0), "a response that is no HTTP");
  EXPECT(!fatal(ErrorKind::timeout, Layer::http, 0), "yet not one that is late");
}

static void close_codes_follow_the_table(void**) {
  for (std::int32_t code = 1000; code < 5000; ++code) {
    EXPECT(fatal(ErrorKind::connection, Layer::websocket, code) == (code == 1008 || code == 1010),
           "1008 and 1010 alone");
  }
  EXPECT(!fatal(ErrorKind::protocol, Layer::websocket, 1002), "a fault of one of the ends");
}

static void a_certificate_that_does_not_verify_is_fatal_and_other_tls_failures_are_not(void**) {
  EXPECT(fatal(ErrorKind::tls, Layer::tls, tls_verification_failed), "verification");
  EXPECT(!fatal(ErrorKind::tls, Layer::tls, -0x7280), "the connection's end in the handshake");
  EXPECT(!fatal(ErrorKind::timeout, Layer::tls, 0), "a slow handshake");
}

static void a_wrong_configuration_is_fatal_from_any_layer(void**) {
  for (const Layer layer : {Layer::none, Layer::system, Layer::resolver, Layer::tls, Layer::http,
                            Layer::websocket, Layer::protocol}) {
    EXPECT(fatal(ErrorKind::config, layer, 0), "a configuration error to be fatal");
  }
}

static void a_close_with_1008_before_ready_is_a_refusal_and_nothing_else_is(void**) {
  const Error refusal = before_ready(Error(ErrorKind::connection, Layer::websocket, 1008, "go away"));
  EXPECT(refusal.kind() == ErrorKind::authentication && refusal.layer_code() == 1008,
         "a refusal, with its code");
  EXPECT_TEXT(std::string(refusal.message()), "refused: go away");
  EXPECT(
      before_ready(Error(ErrorKind::connection, Layer::websocket, 1011, "x")).kind() == ErrorKind::connection,
      "another code");
  EXPECT(before_ready(Error(ErrorKind::connection, Layer::system, 1008, "x")).kind() == ErrorKind::connection,
         "another layer's number of the same value");
}

static void what_is_in_no_row_is_retryable(void**) {
  EXPECT(!fatal(ErrorKind::connection, Layer::system, 111), "a refused connection");
  EXPECT(!fatal(ErrorKind::connection, Layer::system, 1008), "another layer's number of the same value");
  EXPECT(!fatal(ErrorKind::connection, Layer::resolver, -2), "an unknown name");
  EXPECT(!fatal(ErrorKind::timeout, Layer::none, 0), "a timeout");
  EXPECT(!fatal(ErrorKind::authentication, Layer::protocol, -32005), "a protocol's own refusal");
  EXPECT(classify(Error{}) == Severity::retryable, "no failure at all");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(statuses_that_another_attempt_would_meet_again_are_fatal),
      cmocka_unit_test(a_bad_upgrade_is_fatal),
      cmocka_unit_test(close_codes_follow_the_table),
      cmocka_unit_test(a_certificate_that_does_not_verify_is_fatal_and_other_tls_failures_are_not),
      cmocka_unit_test(a_wrong_configuration_is_fatal_from_any_layer),
      cmocka_unit_test(a_close_with_1008_before_ready_is_a_refusal_and_nothing_else_is),
      cmocka_unit_test(what_is_in_no_row_is_retryable),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

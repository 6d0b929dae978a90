#include "link/failure.hpp"

#include <kedge/tls_layer.hpp>

#include "support/cmocka.hpp"

#include <algorithm>
#include <array>
#include <string>

using namespace kedge;

static bool fatal(ErrorKind kind, Layer layer, std::int32_t code, const FailureHistory& history = {}) {
  return classify(Error(kind, layer, code, "a failure"), history) == Verdict::refused;
}

/// Of a line that was ready, and then failed so `times` in a row.
static FailureHistory ready_then(const Error& why, int times) {
  FailureHistory history;
  history.ready();
  for (int i = 0; i < times; ++i) history.failed(why);
  return history;
}

static void statuses_that_another_attempt_would_meet_again_are_fatal(void**) {
  constexpr std::array<std::int32_t, 6> refusals{400, 401, 403, 404, 405, 426};
  for (std::int32_t status = 100; status < 1000; ++status) {
    const bool expected =
        status / 100 == 3 || std::find(refusals.begin(), refusals.end(), status) != refusals.end();
    EXPECT(fatal(ErrorKind::connection, Layer::http, status) == expected, "the table's word on the status");
  }
  EXPECT(fatal(ErrorKind::authentication, Layer::http, 401), "whatever its kind");
}

static void a_proxys_statuses_are_fatal_as_a_servers_and_so_is_its_407(void**) {
  for (std::int32_t status = 100; status < 1000; ++status) {
    const bool expected = status == 407 || fatal(ErrorKind::connection, Layer::http, status);
    EXPECT(fatal(ErrorKind::connection, Layer::proxy, status) == expected, "the table's word on the status");
    const Error why(ErrorKind::connection, Layer::proxy, status, "");
    EXPECT(!fatal(why.kind(), why.layer(), status, ready_then(why, 9)), "once ready none is");
    EXPECT(fatal(why.kind(), why.layer(), status, ready_then(why, 10)) == expected, "until ten in a row");
  }
  EXPECT(fatal(ErrorKind::protocol, Layer::proxy, 0), "an answer that is no HTTP");
  EXPECT(!fatal(ErrorKind::timeout, Layer::proxy, 0), "yet not one that is late");
}

static void once_ready_a_407_is_of_the_line_until_ten_of_them(void**) {
  const Error why(ErrorKind::authentication, Layer::proxy, 407, "the proxy wants a credential");
  EXPECT(as_remembered(why, {}, false).kind() == ErrorKind::authentication, "before ready as it is");
  EXPECT(as_remembered(why, ready_then(why, 9), false).kind() == ErrorKind::connection, "after it, passing");
  EXPECT(as_remembered(why, ready_then(why, 10), false).kind() == ErrorKind::authentication,
         "ten of them, whatever the upgrade carries");
}

static void a_proxys_status_and_a_servers_are_not_the_same_answer(void**) {
  const Error proxy(ErrorKind::connection, Layer::proxy, 404, "");
  const Error server(ErrorKind::connection, Layer::http, 404, "");
  FailureHistory history = ready_then(proxy, 9);
  history.failed(server);
  EXPECT(!history.same_answer_many_times(), "nine of one and one of the other");
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

static void a_certificate_that_is_not_yet_or_no_longer_valid_is_retryable_from_the_first_attempt(void**) {
  EXPECT(!fatal(ErrorKind::tls, Layer::tls, tls_certificate_dates), "the clock may be wrong");
}

static void once_ready_no_answer_to_the_upgrade_and_no_close_code_is_fatal(void**) {
  for (std::int32_t status = 0; status < 1000; ++status) {
    const Error why(ErrorKind::connection, Layer::http, status, "");
    EXPECT(!fatal(why.kind(), why.layer(), status, ready_then(why, 1)), "a proxy during a restart");
  }
  const Error portal(ErrorKind::protocol, Layer::http, 0, "");
  EXPECT(!fatal(portal.kind(), portal.layer(), 0, ready_then(portal, 100)), "a captive portal, for hours");
  for (const std::int32_t code : {1008, 1010}) {
    const Error why(ErrorKind::connection, Layer::websocket, code, "");
    EXPECT(!fatal(why.kind(), why.layer(), code, ready_then(why, 9)), "a close code");
    EXPECT(fatal(why.kind(), why.layer(), code, ready_then(why, 10)), "ten times in a row");
  }
}

static void once_ready_another_certificate_is_retryable(void**) {
  const Error portal(ErrorKind::tls, Layer::tls, tls_verification_failed, "");
  EXPECT(!fatal(portal.kind(), portal.layer(), portal.layer_code(), ready_then(portal, 100)),
         "a captive portal's certificate");
}

static void once_ready_ten_of_one_status_in_a_row_are_what_they_were_before(void**) {
  for (std::int32_t status = 100; status < 1000; ++status) {
    const Error why(ErrorKind::connection, Layer::http, status, "");
    EXPECT(!fatal(why.kind(), why.layer(), status, ready_then(why, 9)), "nine not to be believed");
    EXPECT(
        fatal(why.kind(), why.layer(), status, ready_then(why, 10)) == fatal(why.kind(), why.layer(), status),
        "ten to be believed");
  }
}

static void once_ready_a_wrong_configuration_is_still_fatal(void**) {
  const Error why(ErrorKind::config, Layer::none, 0, "");
  EXPECT(fatal(why.kind(), why.layer(), 0, ready_then(why, 1)), "nothing that a proxy says");
}

static void once_ready_a_401_is_a_proxys_until_ten_of_them_met_the_credential(void**) {
  for (const std::int32_t status : {401, 403}) {
    const Error why = Error(ErrorKind::authentication, Layer::http, status, "HTTP 40x")
                          .with_retry_after(std::chrono::seconds{7});
    EXPECT(as_remembered(why, {}, false).kind() == ErrorKind::authentication, "before ready as it is");
    const Error once = as_remembered(why, ready_then(why, 9), true);
    EXPECT(once.kind() == ErrorKind::connection && once.layer_code() == status, "after it, a proxy's");
    EXPECT(once.retry_after() == std::chrono::seconds{7}, "with all that it said");
    EXPECT_TEXT(std::string(once.message()), "HTTP 40x");
    EXPECT(as_remembered(why, ready_then(why, 10), true).kind() == ErrorKind::authentication,
           "ten of them, to an upgrade with the credential");
    EXPECT(as_remembered(why, ready_then(why, 10), false).kind() == ErrorKind::connection,
           "ten of them that never saw the credential");
  }
  const Error token(ErrorKind::authentication, Layer::protocol, -32005, "Invalid token");
  EXPECT(as_remembered(token, ready_then(token, 1), false).kind() == ErrorKind::authentication,
         "what the protocol refused");
}

static void verdicts_have_names(void**) {
  EXPECT_TEXT(to_string(Verdict::again), "again");
  EXPECT_TEXT(to_string(Verdict::refused), "refused");
  EXPECT_TEXT(to_string(Verdict::final), "final");
}

static void a_wrong_configuration_is_fatal_from_any_layer(void**) {
  for (const Layer layer : {Layer::none, Layer::system, Layer::resolver, Layer::tls, Layer::http,
                            Layer::websocket, Layer::protocol, Layer::proxy}) {
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
  EXPECT(classify(Error{}, {}) == Verdict::again, "no failure at all");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(statuses_that_another_attempt_would_meet_again_are_fatal),
      cmocka_unit_test(a_proxys_statuses_are_fatal_as_a_servers_and_so_is_its_407),
      cmocka_unit_test(once_ready_a_407_is_of_the_line_until_ten_of_them),
      cmocka_unit_test(a_proxys_status_and_a_servers_are_not_the_same_answer),
      cmocka_unit_test(a_bad_upgrade_is_fatal),
      cmocka_unit_test(close_codes_follow_the_table),
      cmocka_unit_test(a_certificate_that_does_not_verify_is_fatal_and_other_tls_failures_are_not),
      cmocka_unit_test(a_certificate_that_is_not_yet_or_no_longer_valid_is_retryable_from_the_first_attempt),
      cmocka_unit_test(once_ready_no_answer_to_the_upgrade_and_no_close_code_is_fatal),
      cmocka_unit_test(once_ready_another_certificate_is_retryable),
      cmocka_unit_test(once_ready_ten_of_one_status_in_a_row_are_what_they_were_before),
      cmocka_unit_test(once_ready_a_wrong_configuration_is_still_fatal),
      cmocka_unit_test(once_ready_a_401_is_a_proxys_until_ten_of_them_met_the_credential),
      cmocka_unit_test(verdicts_have_names),
      cmocka_unit_test(a_wrong_configuration_is_fatal_from_any_layer),
      cmocka_unit_test(a_close_with_1008_before_ready_is_a_refusal_and_nothing_else_is),
      cmocka_unit_test(what_is_in_no_row_is_retryable),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

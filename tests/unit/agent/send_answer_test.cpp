#include "agent/send_answer.hpp"

#include "support/cmocka.hpp"

#include <array>

using namespace kedge;
using namespace kedge::agent;
using namespace kedge::test;

namespace {

std::span<const std::byte> bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}
HttpAnswer ended(const ilp::Answer& answer) {
  const Error none;
  return answer_of({{}, none, answer});
}
HttpAnswer failed(ErrorKind kind, std::string_view words = "why") {
  const Error error(kind, words);
  return answer_of({{}, error, {}});
}

void a_fulfill_is_told_with_its_fulfillment(void**) {
  const std::array<std::byte, 32> sevens = [] {
    std::array<std::byte, 32> all{};
    all.fill(std::byte{7});
    return all;
  }();
  const HttpAnswer answer = ended(ilp::Fulfill{sevens, bytes("ok")});
  EXPECT(answer.status == 200, "200");
  EXPECT_TEXT(
      answer.body,
      R"({"accepted":true,"fulfilled":true,"fulfillment":"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=",)"
      R"("data":"b2s="})");
  EXPECT(!contains(ended(ilp::Fulfill{sevens, {}}).body, "data"), "no data where there is none");
}

void a_reject_is_an_answer_like_any(void**) {
  const HttpAnswer answer = ended(ilp::Reject{"F02", "test.connector", "no route", bytes("x")});
  EXPECT(answer.status == 200, "200");
  EXPECT_TEXT(answer.body,
              R"({"accepted":false,"fulfilled":false,"code":"F02","message":"no route","data":"eA=="})");
  EXPECT_TEXT(ended(ilp::Reject{"T00", "", "caf\xE9 \"\x01", {}}).body,
              R"({"accepted":false,"fulfilled":false,"code":"T00","message":"caf? \"\u0001"})");
}

void errors_of_a_packet_that_was_sent_have_their_status(void**) {
  EXPECT(failed(ErrorKind::timeout).status == 408, "408 when no answer came in time");
  EXPECT(failed(ErrorKind::closed).status == 502, "502 when the daemon ended first: it was sent");
  for (const ErrorKind kind : {ErrorKind::remote, ErrorKind::connection, ErrorKind::protocol,
                               ErrorKind::too_large, ErrorKind::tls, ErrorKind::authentication}) {
    EXPECT(failed(kind).status == 502, "502");
  }
  EXPECT_TEXT(failed(ErrorKind::remote, "F00 BTPError").body,
              R"({"error":"Bad gateway","message":"F00 BTPError"})");
}

void an_unknown_outcome_has_a_word_of_its_own(void**) {
  for (const ErrorKind kind : {ErrorKind::timeout, ErrorKind::connection, ErrorKind::protocol,
                               ErrorKind::too_large, ErrorKind::cancelled}) {
    const Error lost = Error(kind, "lost").with_may_have_run();
    const HttpAnswer answer = answer_of({{}, lost, {}});
    EXPECT(answer.status == (kind == ErrorKind::timeout ? 408 : 502), "the status stays");
    EXPECT_TEXT(answer.body, R"({"error":"Outcome unknown","message":"lost"})");
  }
  const Error closed = Error(ErrorKind::closed, "closed").with_may_have_run();
  EXPECT_TEXT(answer_of({{}, closed, {}}).body,
              R"({"error":"Outcome unknown","message":"the daemon ended before the answer came"})");
}

void errors_of_one_that_was_not_sent_have_theirs(void**) {
  EXPECT_TEXT(refusal_of(Error(ErrorKind::config, "destination: empty")).body,
              R"({"error":"Bad request","message":"destination: empty"})");
  EXPECT(refusal_of(Error(ErrorKind::config, "x")).status == 400, "400");
  EXPECT(refusal_of(Error(ErrorKind::queue_full, "x")).status == 429, "429");
  EXPECT_TEXT(
      refusal_of(Error(ErrorKind::queue_full, "all 64 requests are pending")).body,
      R"({"error":"Too many requests","message":"no room for one more packet in flight: all 64 requests are pending"})");
  EXPECT(refusal_of(Error(ErrorKind::connection, "x")).status == 503, "503");
  EXPECT(refusal_of(Error(ErrorKind::closed, "x")).status == 503, "503");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_fulfill_is_told_with_its_fulfillment),
      cmocka_unit_test(a_reject_is_an_answer_like_any),
      cmocka_unit_test(errors_of_a_packet_that_was_sent_have_their_status),
      cmocka_unit_test(an_unknown_outcome_has_a_word_of_its_own),
      cmocka_unit_test(errors_of_one_that_was_not_sent_have_theirs),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

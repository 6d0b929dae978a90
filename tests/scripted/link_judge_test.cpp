// How an ending is told, and who says what follows: the table, the protocol, the user.

#include "link_fixture.hpp"

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

/// What a judge was told, copied out.
struct Told {
  Error error;
  std::uint16_t close_code;
  std::string close_reason;
  std::int32_t http_status;
  Duration hint;
  bool was_open, was_ready;
  Judgement usual;
};

/// A configuration whose judge writes down what it is told, and says what `verdict` says of it.
class Court {
 public:
  explicit Court(std::function<Judgement(Judgement)> verdict = {}) : verdict_(std::move(verdict)) {}
  ClientConfig config(FatalPolicy policy = FatalPolicy::retry_slowly) {
    ClientConfig config;
    config.fatal_policy = policy;
    config.judge = [this](const Ending& ending, const Judgement& usual) noexcept {
      told.push_back({ending.error, ending.close_code, std::string(ending.close_reason), ending.http_status,
                      ending.hint, ending.was_open, ending.was_ready, usual});
      return verdict_ ? verdict_(usual) : usual;
    };
    return config;
  }
  std::vector<Told> told;

 private:
  std::function<Judgement(Judgement)> verdict_;
};

void expect_close(const Told& told, std::uint16_t code, std::string_view reason, bool was_ready) {
  EXPECT(told.close_code == code, "the peer's code");
  EXPECT_TEXT(told.close_reason, std::string(reason));
  EXPECT(told.was_open && told.was_ready == was_ready && told.http_status == 0, "of an open line");
}

void a_close_is_told_by_code_and_reason_whole(void**) {
  const std::string longest(123, 'r');
  for (const std::string& reason : {std::string(), std::string("go elsewhere"), longest}) {
    Court court;
    LinkWorld t(court.config());
    t.serve();
    EXPECT(t.connect_and_wait(), "ready");
    t.service.current->close(4007, reason);
    EXPECT(t.run_until_state(LinkState::waiting), "over");
    EXPECT(court.told.size() == 1, "once");
    expect_close(court.told[0], 4007, reason, true);
    EXPECT(court.told[0].usual.verdict == Verdict::again, "a line that may come back");
  }
}

void a_line_that_is_cut_or_silent_has_no_close_code(void**) {
  Court court;
  LinkWorld t(court.config());
  t.serve();
  EXPECT(t.connect_and_wait(), "ready");
  t.world.cut_all(sim::Cut::reset);
  EXPECT(t.run_until_state(LinkState::waiting), "over");
  expect_close(court.told.at(0), 0, "", true);
  EXPECT(court.told[0].error.layer() == Layer::system, "the system says it");
}

void a_code_of_an_earlier_line_is_not_told_again(void**) {
  Court court;
  LinkWorld t(court.config());
  t.serve();
  EXPECT(t.connect_and_wait(), "ready");
  t.service.current->close(4007, "first");
  EXPECT(t.run_until_state(LinkState::waiting) && t.run_until_state(LinkState::ready), "ready again");
  t.world.cut_all(sim::Cut::reset);
  EXPECT(t.run_until_state(LinkState::waiting), "over");
  expect_close(court.told.at(1), 0, "", true);
}

void a_refused_upgrade_is_told_by_status_and_hint(void**) {
  Court court;
  LinkWorld t(court.config());
  t.service.admission.status = 503;
  t.service.admission.retry_after = 7s;
  t.serve();
  EXPECT(t.link->connect().ok() && t.run_until_state(LinkState::waiting), "refused");
  const Told& told = court.told.at(0);
  EXPECT(told.http_status == 503 && told.hint == 7s && told.usual.not_before == 7s, "status and hint");
  EXPECT(!told.was_open && !told.was_ready && told.close_code == 0, "no line");
}

void a_close_with_1008_before_ready_is_judged_as_a_refusal_and_told_as_it_came(void**) {
  Court court;
  LinkWorld t(court.config());
  t.protocol.ready_at_open = false;
  t.service.open = [](server::Connection& line) { line.close(1008, "who are you"); };
  t.serve();
  EXPECT(t.link->connect().ok() && t.run_until_state(LinkState::waiting), "refused");
  const Told& told = court.told.at(0);
  expect_close(told, 1008, "who are you", false);
  EXPECT(told.error.kind() == ErrorKind::connection, "as it came");
  EXPECT(told.usual.error.kind() == ErrorKind::authentication && told.usual.verdict == Verdict::refused,
         "as the table has it");
}

void a_reason_that_holds_the_credential_is_told_without_it(void**) {
  Court court;
  ClientConfig config = court.config();
  config.credentials = [](Secret& into) noexcept { return into.assign("s3cret-token"); };
  LinkWorld t(std::move(config));
  t.protocol.ready_at_open = false;
  t.service.open = [](server::Connection& line) { line.close(4001, "no such token: s3cret-token"); };
  t.serve();
  EXPECT(t.link->connect().ok() && t.run_until_state(LinkState::waiting), "refused");
  expect_close(court.told.at(0), 4001, "no such token: ***", false);
  EXPECT(court.told[0].error.message().find("s3cret") == std::string_view::npos, "nor in words");
}

void what_the_user_calls_final_ends_the_client_whatever_the_policy(void**) {
  Court court([](Judgement usual) {
    usual.verdict = Verdict::final;
    return usual;
  });
  LinkWorld t(court.config(FatalPolicy::retry_slowly));
  t.serve();
  EXPECT(t.connect_and_wait(), "ready");
  t.service.current->close(4007, "session replaced");
  EXPECT(t.run_until_state(LinkState::closed, 5s), "closed for good");
  EXPECT(t.errors.back().layer_code() == 4007, "for the reason there was");
}

void what_the_user_wants_again_is_tried_though_the_table_would_stop(void**) {
  Court court([](Judgement usual) {
    usual.verdict = Verdict::again;
    return usual;
  });
  LinkWorld t(court.config(FatalPolicy::stop));
  t.service.admission.status = 404;
  t.serve();
  EXPECT(t.link->connect().ok() && t.run_until_state(LinkState::waiting), "it waits");
  EXPECT(court.told.at(0).usual.verdict == Verdict::refused, "a refusal");
  t.service.admission = {};
  EXPECT(t.run_until_state(LinkState::ready, 5s), "ready after an ordinary delay");
}

void the_user_may_say_when_within_the_bound_of_hints(void**) {
  for (const auto& [wanted, least] : {std::pair<Duration, Duration>{42s, 42s}, {24h, 1h}}) {
    Court court([wanted = wanted](Judgement usual) {
      usual.not_before = wanted;
      return usual;
    });
    LinkWorld t(court.config());
    t.serve();
    EXPECT(t.connect_and_wait(), "ready");
    t.world.cut_all(sim::Cut::reset);
    EXPECT(t.run_until_state(LinkState::waiting), "over");
    const Instant over = t.world.now();
    EXPECT(t.run_until_state(LinkState::connecting, 2h), "again");
    const Duration waited = t.world.now() - over;
    EXPECT(waited >= least && waited <= least + least / 4 + 1s, "when it was said");
  }
}

void the_user_may_tell_it_in_other_words(void**) {
  Court court([](Judgement usual) {
    usual.error = Error(ErrorKind::denied, Layer::websocket, 4007, "the gateway has moved");
    return usual;
  });
  LinkWorld t(court.config());
  t.serve();
  EXPECT(t.connect_and_wait(), "ready");
  t.service.current->close(4007, "");
  EXPECT(t.run_until_state(LinkState::waiting), "over");
  EXPECT_TEXT(std::string(t.link->last_error().message()), "the gateway has moved");
  EXPECT(t.errors.back().kind() == ErrorKind::denied, "to the state too");
  EXPECT(t.protocol.lost.at(0).kind() == ErrorKind::denied, "and to the protocol");
}

void a_protocol_ends_its_line_with_a_code_and_a_verdict_of_its_own(void**) {
  Court court;
  LinkWorld t(court.config());
  t.serve();
  EXPECT(t.connect_and_wait(), "ready");
  t.link->end_line(Error(ErrorKind::timeout, "no tick in time"), Verdict::final, 4000);
  EXPECT(t.run_until_state(LinkState::closed, 5s), "final");
  EXPECT(t.service.last_close.layer_code() == 4000, "the peer is told the code");
  EXPECT(court.told.at(0).close_code == 0 && court.told[0].was_ready, "the peer did not begin it");
  EXPECT(court.told[0].usual.verdict == Verdict::final, "what the protocol says is usual to the user");
}

void a_verdict_is_for_one_line(void**) {
  Court court;
  LinkWorld t(court.config());
  t.serve();
  EXPECT(t.connect_and_wait(), "ready");
  t.link->end_line(Error(ErrorKind::denied, "of no use"), Verdict::refused);
  EXPECT(t.run_until_state(LinkState::waiting) && t.run_until_state(LinkState::ready), "ready again");
  t.world.cut_all(sim::Cut::reset);
  EXPECT(t.run_until_state(LinkState::waiting), "over");
  EXPECT(court.told.at(0).usual.verdict == Verdict::refused, "the first line's");
  EXPECT(court.told.at(1).usual.verdict == Verdict::again, "the table's for the next");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_close_is_told_by_code_and_reason_whole),
      cmocka_unit_test(a_line_that_is_cut_or_silent_has_no_close_code),
      cmocka_unit_test(a_code_of_an_earlier_line_is_not_told_again),
      cmocka_unit_test(a_refused_upgrade_is_told_by_status_and_hint),
      cmocka_unit_test(a_close_with_1008_before_ready_is_judged_as_a_refusal_and_told_as_it_came),
      cmocka_unit_test(a_reason_that_holds_the_credential_is_told_without_it),
      cmocka_unit_test(what_the_user_calls_final_ends_the_client_whatever_the_policy),
      cmocka_unit_test(what_the_user_wants_again_is_tried_though_the_table_would_stop),
      cmocka_unit_test(the_user_may_say_when_within_the_bound_of_hints),
      cmocka_unit_test(the_user_may_tell_it_in_other_words),
      cmocka_unit_test(a_protocol_ends_its_line_with_a_code_and_a_verdict_of_its_own),
      cmocka_unit_test(a_verdict_is_for_one_line),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

// A proxy that makes no tunnel: what is made of it.

#include "proxy_fixture.hpp"

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

void a_407_is_authentication_and_says_whether_there_was_a_credential(void**) {
  for (const bool given : {false, true}) {
    ProxyWorld t(given ? with_credential("user:hush-hush") : through_proxy());
    t.proxy.answer = answer_of(407, "Proxy-Authenticate: Basic realm=\"x\"\r\n");
    const Error& why = t.refused();
    EXPECT(why.kind() == ErrorKind::authentication && why.layer() == Layer::proxy, "the proxy's");
    EXPECT_TEXT(why.message(), given ? "the proxy refused the credential for it: HTTP 407 Words"
                                     : "the proxy wants a credential: HTTP 407 Words");
  }
}

void words_of_the_proxy_that_hold_its_credential_are_not_told(void**) {
  std::string log;
  for (const char* words : {"no user:hush-hush here", "no hush-hush here", "no dXNlcjpodXNoLWh1c2g= here"}) {
    ClientConfig config = with_credential("user:hush-hush");
    config.log = [&log](const LogRecord& record) noexcept { log.append(record.message); };
    config.log_level = LogLevel::debug;
    ProxyWorld t(std::move(config));
    t.proxy.answer = "HTTP/1.1 403 " + std::string(words) + "\r\n\r\n";
    EXPECT(t.refused().layer_code() == 403, "refused");
    EXPECT(t.link->last_error().message().find("hush") == std::string_view::npos, "as it is");
    EXPECT(t.link->last_error().message().find("dXNl") == std::string_view::npos, "or encoded");
  }
  EXPECT(log.find("hush") == std::string::npos && log.find("dXNl") == std::string::npos, "nor in the log");
}

void the_proxys_reason_is_shown_printable_and_cut_where_it_is_too_long(void**) {
  ProxyWorld t(through_proxy());
  t.proxy.answer = "HTTP/1.1 403 no\tw\xC3\xA4y\r\n\r\n";
  EXPECT_TEXT(t.refused().message(), "the proxy refused: HTTP 403 no_w__y");
  ProxyWorld wordy(through_proxy());
  wordy.proxy.answer = "HTTP/1.1 403 " + std::string(200, 'x') + "\r\n\r\n";
  const Error error = wordy.refused();
  EXPECT(error.message().size() == Error::message_max && error.message().ends_with("xx..."), "cut");
}

void every_status_is_told_to_the_judge_as_the_proxys(void**) {
  for (const int status : {300, 302, 307, 399, 400, 401, 402, 403, 404, 405, 406, 407, 408,
                           425, 426, 429, 451, 500, 501, 502, 503, 504, 511, 600, 799, 999}) {
    std::vector<Ending> endings;
    std::vector<Verdict> usual;
    ClientConfig config = through_proxy();
    config.judge = [&](const Ending& ending, const Judgement& judgement) noexcept {
      endings.push_back(ending);
      usual.push_back(judgement.verdict);
      return judgement;
    };
    ProxyWorld t(std::move(config));
    t.proxy.answer = answer_of(status, "Retry-After: 7\r\n");
    const Error& why = t.refused();
    EXPECT(why.layer() == Layer::proxy && why.layer_code() == status, "by layer and code");
    EXPECT(endings.at(0).proxy_status == status && endings[0].http_status == 0, "not the server's status");
    EXPECT(endings[0].hint == 7s && !endings[0].was_open, "with its hint");
    const bool refusal = status < 400 || status == 400 || status == 401 || status == 403 || status == 404 ||
                         status == 405 || status == 407 || status == 426;
    EXPECT((usual.at(0) == Verdict::refused) == refusal, std::to_string(status).c_str());
  }
}

void a_target_that_is_not_reached_is_tried_again_after_the_proxys_hint(void**) {
  for (const int status : {502, 503, 504}) {
    ClientConfig config = through_proxy();
    config.fatal_policy = FatalPolicy::stop;
    ProxyWorld t(std::move(config));
    t.proxy.answer = answer_of(status, "Retry-After: 7\r\n");
    EXPECT(t.refused().kind() == ErrorKind::connection, "a line that is down");
    const Instant refused = t.world.now();
    t.proxy.answer = answer_of(200);
    EXPECT(t.run_until_state(LinkState::ready), "ready with the next");
    EXPECT(t.world.now() - refused >= 7s && t.world.now() - refused < 10s, "after what was asked for");
  }
}

void a_refusal_before_ready_ends_a_client_that_stops_and_after_ready_it_takes_ten(void**) {
  for (const int status : {403, 407}) {
    ClientConfig first = through_proxy();
    first.fatal_policy = FatalPolicy::stop;
    ProxyWorld never(std::move(first));
    never.proxy.answer = answer_of(status);
    EXPECT(never.link->connect().ok() && never.run_until_state(LinkState::closed), "a stop");

    ClientConfig second = through_proxy();
    second.fatal_policy = FatalPolicy::stop;
    ProxyWorld later(std::move(second));
    EXPECT(later.connect_and_wait(), "ready");
    later.proxy.answer = answer_of(status);
    later.world.cut_all(sim::Cut::reset);
    EXPECT(later.run_until_state(LinkState::waiting), "lost");
    EXPECT(later.run_until_state(LinkState::connecting) && later.run_until_state(LinkState::waiting),
           "refused");
    EXPECT(later.link->last_error().kind() == ErrorKind::connection, "as a line that is down");
    EXPECT(later.run_until_state(LinkState::closed, 10min), "believed the tenth time");
    EXPECT(later.proxy.requests.size() == 11, "ten refusals");
    EXPECT(later.protocol.stopped.at(0).kind() ==
               (status == 407 ? ErrorKind::authentication : ErrorKind::connection),
           "for what it is");
  }
}

void an_answer_that_is_cut_anywhere_is_tried_again(void**) {
  const std::string whole = answer_of(200, "Via: x\r\n");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    ProxyWorld t;
    t.proxy.target.reset();
    t.proxy.answer = whole.substr(0, size);
    t.proxy.ends = true;
    const Error& why = t.refused();
    EXPECT(why.kind() == ErrorKind::connection && why.layer() == Layer::proxy, "the proxy's end");
    EXPECT_TEXT(why.message(), "the proxy ended the connection before it answered CONNECT");
    t.proxy.target = sim::ipv4(10, 0, 0, 1, 80);
    t.proxy.answer = whole;
    t.proxy.ends = false;
    EXPECT(t.run_until_state(LinkState::ready), "ready with the next");
  }
}

void what_is_too_long_or_no_http_is_the_proxys(void**) {
  ProxyWorld huge;
  huge.proxy.answer = "HTTP/1.1 200 OK\r\nX: " + std::string(8000, 'x');
  EXPECT(huge.refused().kind() == ErrorKind::too_large && huge.link->last_error().layer() == Layer::proxy,
         "too large");
  ProxyWorld ssh;
  ssh.proxy.answer = "SSH-2.0-OpenSSH\r\n";
  EXPECT(ssh.refused().kind() == ErrorKind::protocol && ssh.link->last_error().layer() == Layer::proxy,
         "of another protocol");
}

void bytes_behind_the_answer_that_nobody_asked_for_end_the_attempt(void**) {
  ProxyWorld t;
  t.proxy.answer = answer_of(200) + "x";
  EXPECT(t.refused().kind() == ErrorKind::protocol && t.link->last_error().layer() == Layer::proxy,
         "refused");
  EXPECT_TEXT(t.link->last_error().message(),
              "the proxy sent more than its answer, before the server could have spoken");
}

void another_address_of_the_proxy_is_tried_unless_it_has_answered(void**) {
  for (const bool answers : {false, true}) {
    ProxyWorld t;
    const Address addresses[] = {sim::ipv4(10, 0, 0, 9), sim::ipv4(10, 0, 0, 10)};
    t.world.set_name("proxy", addresses);
    t.proxy.answer = answers ? answer_of(503) : std::string();
    t.proxy.ends = true;
    std::uint64_t second = 0;
    sim::PeerHost other(t.world, [&second](sim::Peer peer, sim::PeerEvent event) noexcept {
      if (event == sim::PeerEvent::open) ++second;
      if (event == sim::PeerEvent::bytes) peer.finish();
    });
    EXPECT(other.listen(sim::ipv4(10, 0, 0, 10, 3128)).ok(), "listening");
    (void)t.refused();
    EXPECT(second == (answers ? 0U : 1U), "where it may do better");
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_407_is_authentication_and_says_whether_there_was_a_credential),
      cmocka_unit_test(words_of_the_proxy_that_hold_its_credential_are_not_told),
      cmocka_unit_test(the_proxys_reason_is_shown_printable_and_cut_where_it_is_too_long),
      cmocka_unit_test(every_status_is_told_to_the_judge_as_the_proxys),
      cmocka_unit_test(a_target_that_is_not_reached_is_tried_again_after_the_proxys_hint),
      cmocka_unit_test(a_refusal_before_ready_ends_a_client_that_stops_and_after_ready_it_takes_ten),
      cmocka_unit_test(an_answer_that_is_cut_anywhere_is_tried_again),
      cmocka_unit_test(what_is_too_long_or_no_http_is_the_proxys),
      cmocka_unit_test(bytes_behind_the_answer_that_nobody_asked_for_end_the_attempt),
      cmocka_unit_test(another_address_of_the_proxy_is_tried_unless_it_has_answered),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

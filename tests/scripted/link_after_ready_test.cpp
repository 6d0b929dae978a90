// What an answer to the upgrade costs before the line was ever ready, and what it costs after.

#include "link_fixture.hpp"

#include <kedge/sim/websocket_peer.hpp>
#include <kedge/tls_layer.hpp>

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

constexpr int statuses[] = {301, 302, 307, 400, 401, 403, 404, 405, 426};

ClientConfig with(FatalPolicy policy) {
  ClientConfig config;
  config.fatal_policy = policy;
  return config;
}

std::string refusal(int status) {
  return "HTTP/1.1 " + std::to_string(status) + " No\r\nContent-Length: 0\r\n\r\n";
}

/// A machine that stands where the server stood, and says `answer` to whatever it is asked.
class Portal {
 public:
  Portal(LinkWorld& t, std::string_view answer) : host_(t.world) {
    host_.otherwise(sim::Reception::say(answer).then_end());
    EXPECT(host_.listen(sim::ipv4(10, 0, 0, 2, 80)).ok(), "the portal to listen");
    answers_now(t, true);
  }
  /// Who has the name.
  static void answers_now(LinkWorld& t, bool portal) {
    const Address addresses[] = {sim::ipv4(10, 0, 0, portal ? 2 : 1)};
    t.world.set_name("gateway", addresses);
  }
  [[nodiscard]] std::uint64_t asked() const { return host_.asked(); }

 private:
  sim::WebSocketPeer host_;
};

void a_status_after_ready_is_retried_within_the_backoff_whatever_the_policy(void**) {
  for (const FatalPolicy policy : {FatalPolicy::stop, FatalPolicy::retry_slowly}) {
    for (const int status : statuses) {
      LinkWorld t(with(policy));
      t.serve();
      EXPECT(t.connect_and_wait(), "ready");
      Portal proxy(t, refusal(status));
      t.world.cut_all(sim::Cut::reset);
      EXPECT(t.world.run_until([&] { return t.link->last_error().layer_code() == status; }, 5s),
             "refused once");
      EXPECT(t.link->last_error().kind() == ErrorKind::connection, "as a line that is down");
      Portal::answers_now(t, false);
      EXPECT(t.run_until_state(LinkState::ready, 3s), "ready after an ordinary delay");
    }
  }
}

void an_answer_that_is_no_upgrade_after_ready_is_retried_for_hours(void**) {
  constexpr const char* wrong_key =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n";
  const char* const answers[] = {
      "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>Welcome to our network</html>",
      "HTTP/1.1 302 Found\r\nLocation: http://portal.example/login\r\n\r\n",
      wrong_key,
      "HTTP/1.1 101 Switching Protocols\r\n\r\n",
      "HTTP/1.1 999 What\r\n\r\n",
      "<html>not even HTTP</html>\r\n\r\n",
  };
  for (const char* answer : answers) {
    const bool redirect = std::string_view(answer).find("302") != std::string_view::npos;
    LinkWorld t(with(FatalPolicy::stop));
    t.serve();
    EXPECT(t.connect_and_wait(), "ready");
    Portal portal(t, answer);
    t.world.cut_all(sim::Cut::reset);
    EXPECT(t.world.run_until([&] { return portal.asked() == (redirect ? 9U : 100U); }, 2h), answer);
    Portal::answers_now(t, false);
    EXPECT(t.run_until_state(LinkState::ready, 45s), "ready within the cap");
  }
}

void another_certificate_after_ready_is_retried_for_hours_and_before_it_is_not(void**) {
  struct PortalTls final : TlsLayer {
    bool captive = false;
    Result<Stream*> start(Stream& below, StreamEvents& events, std::string_view, std::uint16_t,
                          Port& port) noexcept override {
      if (captive) return Error(ErrorKind::tls, Layer::tls, tls_verification_failed, "an unknown CA");
      (void)port;
      events_ = &events;
      return &below;
    }
    StreamEvents* events_ = nullptr;
  } tls;
  const auto config = [&tls] {
    ClientConfig made = with(FatalPolicy::stop);
    made.url = "wss://gateway:80/";
    made.tls = &tls;
    return made;
  };
  const auto opens = [&tls](LinkWorld& t) {
    tls.events_ = nullptr;
    EXPECT(t.world.run_until([&] { return tls.events_ != nullptr; }, 45s), "a handshake");
    t.world.at(t.world.now(), [&]() noexcept { tls.events_->on_open(); });
    EXPECT(t.run_until_state(LinkState::ready, 5s), "ready");
  };
  LinkWorld t(config());
  t.serve();
  EXPECT(t.link->connect().ok(), "started");
  opens(t);
  tls.captive = true;
  t.world.cut_all(sim::Cut::reset);
  t.world.run_for(2h);
  EXPECT(t.link->state() != LinkState::closed && t.link->statistics().attempts > 100, "asked on and on");
  tls.captive = false;
  opens(t);

  tls.captive = true;
  LinkWorld first(config());
  first.serve();
  EXPECT(first.link->connect().ok(), "started");
  EXPECT(first.run_until_state(LinkState::closed, 5s), "the end of one that was never ready");
}

void a_close_with_1008_after_ready_is_retried_and_ten_of_them_in_a_row_are_a_refusal(void**) {
  LinkWorld t(with(FatalPolicy::stop));
  t.serve();
  EXPECT(t.connect_and_wait(), "ready");
  t.service.current->close(1008, "restarting");
  EXPECT(t.run_until_state(LinkState::waiting, 5s) && t.run_until_state(LinkState::ready, 5s), "ready again");
  int refused = 0;
  t.protocol.ready_at_open = false;
  t.service.open = [&](server::Connection& connection) {
    ++refused;
    connection.close(1008, "nobody I know");
  };
  t.world.cut_all(sim::Cut::reset);
  EXPECT(t.run_until_state(LinkState::closed, 10min), "the end");
  EXPECT(refused == 10, "after ten");
  EXPECT(t.protocol.stopped.at(0).kind() == ErrorKind::authentication, "as a refusal");
}

void ten_of_one_status_in_a_row_after_ready_are_believed(void**) {
  for (const int status : statuses) {
    LinkWorld t(with(FatalPolicy::stop));
    t.serve();
    EXPECT(t.connect_and_wait(), "ready");
    const std::uint64_t before = t.link->statistics().attempts;
    Portal proxy(t, refusal(status));
    t.world.cut_all(sim::Cut::reset);
    EXPECT(t.run_until_state(LinkState::closed, 10min), "the end");
    EXPECT(t.link->statistics().attempts - before == 10, "after ten");
    EXPECT(t.protocol.stopped.at(0).layer_code() == status, "with the status");
  }
  LinkWorld slow;
  slow.serve();
  EXPECT(slow.connect_and_wait(), "ready");
  Portal proxy(slow, refusal(404));
  slow.world.cut_all(sim::Cut::reset);
  slow.world.run_for(10min);
  const std::uint64_t attempts = slow.link->statistics().attempts;
  EXPECT(attempts >= 11 && attempts <= 12, "ten at the backoff's pace, and then slowly");
  slow.world.run_for(1h);
  EXPECT(slow.link->statistics().attempts - attempts <= 6, "every quarter of an hour");
}

void a_status_between_others_after_ready_is_never_believed(void**) {
  LinkWorld t(with(FatalPolicy::stop));
  t.serve();
  int count = 0;
  EXPECT(t.connect_and_wait(), "ready");
  t.on_state = [&](LinkState state) {
    if (state == LinkState::connecting) t.service.admission.status = ++count % 10 == 0 ? 503 : 404;
  };
  t.world.cut_all(sim::Cut::reset);
  t.world.run_for(2h);
  EXPECT(t.link->state() != LinkState::closed && count > 100, "asked on and on");
}

void ten_refusals_after_ready_are_authentication_where_the_upgrade_carries_the_credential(void**) {
  for (const bool in_header : {true, false}) {
    for (const bool in_query : {true, false}) {
      ClientConfig config = with(FatalPolicy::stop);
      if (in_query) config.url = "ws://gateway/?key=open";
      LinkWorld t(std::move(config));
      if (in_header)
        t.protocol.attempt = [](ws::UpgradeExtras& extras) { return extras.add_header("X-Key", "open"); };
      t.serve();
      EXPECT(t.connect_and_wait(), "ready");
      t.service.admission.status = 401;
      t.world.cut_all(sim::Cut::reset);
      t.on_state = [&](LinkState state) {
        if (state == LinkState::connecting)
          t.service.admission.status = t.service.admission.status ^ 401 ^ 403;
      };
      EXPECT(t.run_until_state(LinkState::closed, 10min), "the end, with 401 and 403 in turn");
      const bool carried = in_header || in_query;
      EXPECT(t.protocol.stopped.at(0).kind() == (carried ? ErrorKind::authentication : ErrorKind::connection),
             "a refused credential only where there was one");
    }
  }
}

void before_the_first_ready_retry_slowly_tries_at_its_cap_and_goes_slow_after_ten_in_a_row(void**) {
  for (const int status : statuses) {
    LinkWorld t;
    t.serve();
    Portal proxy(t, refusal(status));
    EXPECT(t.link->connect().ok(), "started");
    Instant refused{};
    for (int i = 1; i < 10; ++i) {
      EXPECT(t.run_until_state(LinkState::waiting), "refused");
      refused = t.world.now();
      EXPECT(t.run_until_state(LinkState::connecting), "another attempt");
      const Duration waited = t.world.now() - refused;
      EXPECT(waited >= 15s && waited <= 30s + 10ms, "at the cap of 30 s, jittered");
    }
    EXPECT(t.run_until_state(LinkState::waiting), "refused for the tenth time");
    refused = t.world.now();
    EXPECT(t.run_until_state(LinkState::connecting, 20min), "another attempt");
    const Duration waited = t.world.now() - refused;
    EXPECT(waited >= 675s && waited <= 1125s + 10ms, "a quarter of an hour, jittered");
    Portal::answers_now(t, false);
    EXPECT(t.run_until_state(LinkState::ready, 20min), "ready");
  }
}

void the_longest_hint_is_an_hour_or_what_the_configuration_says(void**) {
  const char* const hints[] = {"4294967295", "99999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"};
  for (const char* hint : hints) {
    for (const Duration most : {Duration{1h}, Duration{90s}}) {
      ClientConfig config;
      config.retry_after_max = most;
      LinkWorld t(std::move(config));
      Portal busy(
          t, std::string("HTTP/1.1 503 Busy\r\nDate: Sun, 29 Nov 2026 12:00:00 GMT\r\nRetry-After: ") + hint +
                 "\r\n\r\n");
      EXPECT(t.link->connect().ok(), "started");
      EXPECT(t.run_until_state(LinkState::waiting), "refused");
      const Instant refused = t.world.now();
      EXPECT(t.run_until_state(LinkState::connecting, 2h), "another attempt");
      EXPECT(t.world.now() - refused >= most && t.world.now() - refused <= most + 10ms, "by then");
    }
  }
}

void a_redirect_that_repeats_the_credential_is_told_without_it(void**) {
  std::string log;
  for (const bool repeats : {false, true}) {
    ClientConfig config = with(FatalPolicy::stop);
    config.credentials = [](Secret& secret) noexcept { return secret.assign("sesame-open-0123456789"); };
    config.log = [&log](const LogRecord& record) noexcept { log.append(record.message); };
    LinkWorld t(std::move(config));
    Portal portal(t, std::string("HTTP/1.1 302 Found\r\nLocation: https://portal.example/") +
                         (repeats ? "sesame-open-0123456789" : "login") + "\r\n\r\n");
    EXPECT(t.link->connect().ok(), "started");
    EXPECT(t.run_until_state(LinkState::closed, 5s), "a stop");
    const Error& why = t.protocol.stopped.at(0);
    EXPECT(why.layer_code() == 302, "the status");
    EXPECT((why.message().find("https://portal.example/login") != std::string_view::npos) == !repeats,
           "where it leads");
    EXPECT(why.message().find("sesame") == std::string_view::npos, "no credential in the error");
  }
  EXPECT(log.find("sesame") == std::string::npos, "no credential in the log");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_status_after_ready_is_retried_within_the_backoff_whatever_the_policy),
      cmocka_unit_test(an_answer_that_is_no_upgrade_after_ready_is_retried_for_hours),
      cmocka_unit_test(another_certificate_after_ready_is_retried_for_hours_and_before_it_is_not),
      cmocka_unit_test(a_close_with_1008_after_ready_is_retried_and_ten_of_them_in_a_row_are_a_refusal),
      cmocka_unit_test(ten_of_one_status_in_a_row_after_ready_are_believed),
      cmocka_unit_test(a_status_between_others_after_ready_is_never_believed),
      cmocka_unit_test(ten_refusals_after_ready_are_authentication_where_the_upgrade_carries_the_credential),
      cmocka_unit_test(before_the_first_ready_retry_slowly_tries_at_its_cap_and_goes_slow_after_ten_in_a_row),
      cmocka_unit_test(the_longest_hint_is_an_hour_or_what_the_configuration_says),
      cmocka_unit_test(a_redirect_that_repeats_the_credential_is_told_without_it),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

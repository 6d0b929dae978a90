#include "session/keepalive.hpp"

#include "support/cmocka.hpp"

using namespace kedge;
using Due = Keepalive::Due;

static Instant at(std::int64_t seconds) {
  return Instant{std::chrono::seconds{seconds}};
}
static constexpr KeepaliveConfig config{std::chrono::seconds{30}, std::chrono::seconds{10}};

static void nothing_is_due_before_the_start(void**) {
  Keepalive keepalive(config);
  EXPECT(keepalive.next_deadline() == never, "no deadline");
  EXPECT(keepalive.poll(at(1000)) == Due::nothing, "nothing");
}

static void silence_brings_one_ping_and_then_death(void**) {
  Keepalive keepalive(config);
  keepalive.start(at(100));
  EXPECT(keepalive.next_deadline() == at(130), "the ping's time");
  EXPECT(keepalive.poll(at(129)) == Due::nothing, "nothing yet");
  EXPECT(keepalive.poll(at(130)) == Due::ping, "a ping");
  EXPECT(keepalive.poll(at(130)) == Due::nothing, "the ping to be said once");
  EXPECT(keepalive.next_deadline() == at(140), "the time of death");
  EXPECT(keepalive.poll(at(139)) == Due::nothing, "not dead yet");
  EXPECT(keepalive.poll(at(140)) == Due::dead, "dead");
  EXPECT(keepalive.poll(at(141)) == Due::dead, "it to stay dead");
}

static void traffic_postpones_the_ping(void**) {
  Keepalive keepalive(config);
  keepalive.start(at(0));
  for (int second = 20; second <= 200; second += 20) {
    EXPECT(keepalive.poll(at(second)) == Due::nothing, "no ping on a busy line");
    keepalive.heard(at(second));
  }
  EXPECT(keepalive.next_deadline() == at(230), "a ping after the last byte");
}

static void any_byte_after_the_ping_proves_life(void**) {
  Keepalive keepalive(config);
  keepalive.start(at(0));
  EXPECT(keepalive.poll(at(30)) == Due::ping, "a ping");
  keepalive.heard(at(35));
  EXPECT(keepalive.poll(at(40)) == Due::nothing, "no death");
  EXPECT(keepalive.next_deadline() == at(65), "the next ping");
}

static void a_late_start_of_the_ping_counts_from_when_it_was_sent(void**) {
  Keepalive keepalive(config);
  keepalive.start(at(0));
  EXPECT(keepalive.poll(at(500)) == Due::ping, "a ping before any death, however late the loop is");
  EXPECT(keepalive.next_deadline() == at(510), "ten seconds to answer it");
}

static void the_pong_of_the_last_ping_gives_the_round_trip_once(void**) {
  Keepalive keepalive(config);
  keepalive.start(at(0));
  EXPECT(!keepalive.pong(at(1), keepalive.ping_payload()), "no time before a ping");
  EXPECT(keepalive.poll(at(31)) == Due::ping, "a ping");
  const auto first = keepalive.ping_payload();
  EXPECT(!keepalive.pong(at(32), {}), "an empty pong to say nothing");
  EXPECT(!keepalive.pong(at(32), std::span(first).first(7)), "a shorter one neither");
  keepalive.heard(at(33));
  EXPECT(keepalive.pong(at(34), first) == std::chrono::seconds{3}, "the time, also after other bytes");
  EXPECT(!keepalive.pong(at(35), first), "no time for the same pong again");
  EXPECT(keepalive.poll(at(65)) == Due::ping, "the next ping, 30 s after the last pong");
  EXPECT(keepalive.ping_payload() != first, "another name for it");
  EXPECT(!keepalive.pong(at(66), first), "no time for an old pong");
  EXPECT(keepalive.poll(at(76)) == Due::nothing, "yet it proved life");
}

static void a_new_connection_starts_afresh(void**) {
  Keepalive keepalive(config);
  keepalive.start(at(0));
  EXPECT(keepalive.poll(at(30)) == Due::ping, "a ping");
  const auto old = keepalive.ping_payload();
  keepalive.start(at(39));
  EXPECT(keepalive.poll(at(40)) == Due::nothing, "no death of the old connection");
  EXPECT(!keepalive.pong(at(41), old), "no time from the old connection");
  EXPECT(keepalive.next_deadline() == at(71), "a ping in its time");
}

static void an_interval_of_zero_means_never(void**) {
  Keepalive keepalive({Duration::zero(), std::chrono::seconds{10}});
  keepalive.start(at(0));
  EXPECT(keepalive.next_deadline() == never, "no deadline");
  EXPECT(keepalive.poll(at(1000000)) == Due::nothing, "nothing");
}

static void an_endless_interval_does_not_wrap(void**) {
  Keepalive keepalive({Duration::max(), Duration::max()});
  keepalive.start(at(5));
  EXPECT(keepalive.next_deadline() == never, "never");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(nothing_is_due_before_the_start),
      cmocka_unit_test(silence_brings_one_ping_and_then_death),
      cmocka_unit_test(traffic_postpones_the_ping),
      cmocka_unit_test(any_byte_after_the_ping_proves_life),
      cmocka_unit_test(a_late_start_of_the_ping_counts_from_when_it_was_sent),
      cmocka_unit_test(the_pong_of_the_last_ping_gives_the_round_trip_once),
      cmocka_unit_test(a_new_connection_starts_afresh),
      cmocka_unit_test(an_interval_of_zero_means_never),
      cmocka_unit_test(an_endless_interval_does_not_wrap),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

#include "uv_fixture.hpp"

#include <unistd.h>

#include <chrono>

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;

static Instant clock_now() {
  return Instant(Duration(static_cast<std::int64_t>(uv_hrtime() / 1000)));
}

static void the_timer_is_never_early(void**) {
  uv::Loop loop;
  uv::Port port(loop);
  Told ticks;
  port.set_events(ticks);
  Instant deadline;
  bool early = false;
  ticks.then = [&] { early = early || clock_now() < deadline || port.now() < deadline; };
  for (int i = 0; i < 200; ++i) {
    // The loop's own idea of the time is old by up to 2 ms when the timer is armed.
    usleep(static_cast<useconds_t>(i * 10));
    deadline = port.now() + std::chrono::microseconds(i * 37);
    port.arm(deadline);
    EXPECT(ticks.timers == i, "no event inside arm()");
    loop.run();
    EXPECT(ticks.timers == i + 1, "once");
  }
  EXPECT(!early, "no timer before its deadline");
}

static void a_deadline_that_has_passed_comes_from_the_loop_and_does_not_starve_it(void**) {
  uv::Loop loop;
  uv::Port port(loop);
  Told ticks;
  port.set_events(ticks);
  ticks.then = [&] {
    if (ticks.timers < 1000) port.arm(Instant{});
  };
  port.arm(Instant{} - 1h);
  EXPECT(ticks.timers == 0, "no event inside arm()");
  loop.poll();
  loop.poll();
  EXPECT(ticks.timers == 2, "one event a turn of the loop, and none put off to a later millisecond");
  EXPECT(run_until(loop, [&] { return ticks.timers > 3; }), "to go on");
  port.arm(never);
  loop.run();
}

static void arming_again_replaces_and_never_disarms(void**) {
  uv::Loop loop;
  uv::Port port(loop);
  Told ticks;
  port.set_events(ticks);
  port.arm(port.now() + 5ms);
  port.arm(port.now() + 1h);
  (void)turns_in(loop, 30);
  EXPECT(ticks.timers == 0, "the later deadline to count");
  port.arm(port.now() + 5ms);
  port.arm(never);
  (void)turns_in(loop, 30);
  EXPECT(ticks.timers == 0, "never to disarm");
  loop.run();  // returns: nothing is armed
}

static void now_is_one_value_in_an_event_and_fresh_outside(void**) {
  uv::Loop loop;
  uv::Port port(loop);
  Told ticks;
  port.set_events(ticks);
  bool same = false;
  ticks.then = [&] {
    const Instant first = port.now();
    usleep(2000);
    same = port.now() == first;
  };
  port.arm(port.now());
  loop.run();
  EXPECT(same, "one now an event");
  const Instant before = port.now();
  usleep(2000);
  EXPECT(port.now() - before >= 2ms, "a clock that goes on outside of events");
  EXPECT(clock_now() - port.now() < 1s, "microseconds of the monotonic clock");
}

static void wall_time_is_utc(void**) {
  uv::Loop loop;
  uv::Port port(loop);
  const auto difference = std::chrono::system_clock::now() - *port.wall_time();
  EXPECT(difference > -2s && difference < 10s, "the system's clock");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_timer_is_never_early),
      cmocka_unit_test(a_deadline_that_has_passed_comes_from_the_loop_and_does_not_starve_it),
      cmocka_unit_test(arming_again_replaces_and_never_disarms),
      cmocka_unit_test(now_is_one_value_in_an_event_and_fresh_outside),
      cmocka_unit_test(wall_time_is_utc),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

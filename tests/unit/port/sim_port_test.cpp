#include "sim_support.hpp"

#include <cerrno>

using namespace kedge;
using namespace kedge::test;

static void the_timer_fires_once_never_early_and_from_the_loop(void**) {
  sim::World world(1);
  sim::Port port(world);
  PortLog log;
  port.set_events(log);
  const Instant start = port.now();
  port.arm(start + 5s);
  port.arm(start + 2s);
  world.run_until(start + 2s - Duration{1});
  EXPECT(log.timers == 0, "nothing before the deadline");
  world.run_until(start + 2s);
  EXPECT(log.timers == 1, "the later deadline to replace the earlier");
  world.run_for(1h);
  EXPECT(log.timers == 1 && port.calls().timer_wakes() == 1, "once");
  port.arm(start);
  EXPECT(log.timers == 1, "no event inside the call");
  EXPECT(world.run_until_idle(1s) && log.timers == 2, "a passed deadline to fire at once");
  port.arm(port.now() + 1s);
  EXPECT(!port.idle(), "an armed port not to be idle");
  port.arm(never);
  world.run_for(1h);
  EXPECT(log.timers == 2 && port.idle(), "never to disarm");
  world.set_timer_grain(10ms);
  const Instant rounded = Instant{} + std::chrono::hours{3};
  port.arm(rounded - Duration{1});
  world.run_until(rounded - Duration{1});
  EXPECT(log.timers == 2, "the clock's grain to round up");
  world.run_until(rounded);
  EXPECT(log.timers == 3, "to a multiple of the grain");
  world.set_timer_grain({});
  port.calls().fail_nth(sim::Call::arm, 1);
  port.arm(rounded + 1s);
  world.run_until(rounded + 1999ms);
  EXPECT(log.timers == 3, "a failed arm to be late");
  world.run_until(rounded + 2s);
  EXPECT(log.timers == 4, "by a second");
}

static void names_resolve_fail_or_never_answer(void**) {
  sim::World world(1);
  sim::Port port(world);
  PortLog log;
  port.set_events(log);
  const Address two[] = {sim::ipv6(7), sim::ipv4(10, 0, 0, 1)};
  EXPECT(world.set_name("Gate.Example", two, 3s), "an entry");
  EXPECT(world.set_name_failure("broken.example") && world.set_name_silent("silent.example"), "entries");
  EXPECT(port.resolve("gate.EXAMPLE", 443).ok(), "a lookup");
  world.run_for(2s);
  EXPECT(log.answers == 0, "no answer before the delay");
  world.run_for(2s);
  EXPECT(log.answers == 1 && log.addresses.size() == 2 && !log.error, "both addresses");
  EXPECT(log.addresses[0] == sim::ipv6(7, 443) && log.addresses[1].port == 443, "the order and the port");
  for (const char* name : {"broken.example", "unknown.example", "1.2.3", "1.2.3.256", "01.2.3.4", "1.2.3.4.",
                           "1..3.4", "a.b.c.d"}) {
    log.error = Error{};
    EXPECT(port.resolve(name, 1).ok(), "a lookup");
    world.run_for(1s);
    EXPECT(log.addresses.empty() && log.error.layer() == Layer::resolver, "a failure by name");
  }
  EXPECT(port.resolve("10.20.0.255", 80).ok(), "a lookup");
  world.run_for(1s);
  EXPECT(log.addresses.size() == 1 && log.addresses[0] == sim::ipv4(10, 20, 0, 255, 80), "a literal");
  const int before = log.answers;
  EXPECT(port.resolve("silent.example", 80).ok(), "a lookup");
  world.run_for(1h);
  EXPECT(log.answers == before && !port.idle(), "no answer");
  port.cancel_resolve();
  EXPECT(port.idle(), "a cancelled lookup to be over");
  EXPECT(port.resolve("gate.example", 80).ok(), "a lookup");
  port.cancel_resolve();
  world.run_for(1h);
  EXPECT(log.answers == before, "a cancelled answer not to come");
  EXPECT(port.resolve("", 80).error().kind() == ErrorKind::config, "no name");
  EXPECT(port.resolve(std::string(254, 'a'), 80).error().kind() == ErrorKind::config, "too long a name");
  port.calls().fail_nth(sim::Call::resolve, 1);
  EXPECT(port.resolve("gate.example", 80).error().kind() == ErrorKind::connection, "an injected failure");
}

static void the_name_table_is_bounded(void**) {
  sim::Capacity capacity;
  capacity.names = 1;
  sim::World world(1, capacity);
  const std::vector<Address> many(17);
  EXPECT(!world.set_name("a", many) && !world.set_name(std::string(254, 'a'), {}), "limits");
  EXPECT(world.set_name_failure("a") && world.set_name_silent("A"), "one entry, replaced");
  EXPECT(!world.set_name_failure("b"), "no second");
}

static void connecting_ends_as_the_profile_says(void**) {
  sim::NetworkProfile profile;
  Line fine(profile);
  EXPECT(fine.log.opens == 1 && fine.log.errors == 0, "open");

  profile.refuse_permille = 1000;
  Line refused(profile);
  EXPECT(refused.log.errors == 1 && refused.log.error.layer_code() == ECONNREFUSED, "refused by name");
  refused.stream->close();
  refused.world.run_for(1ms);
  EXPECT(refused.log.closes == 1 && refused.log.opens == 0, "on_closed after on_error");

  profile = {};
  profile.unreachable_permille = 1000;
  Line lost(profile);
  EXPECT(lost.log.error.layer_code() == EHOSTUNREACH, "unreachable by name");

  profile = {};
  profile.no_answer_permille = 1000;
  Line silent(profile);
  EXPECT(silent.log.opens + silent.log.errors == 0, "no answer");
  silent.stream->close();
  silent.world.run_for(1ms);
  EXPECT(silent.log.closes == 1 && silent.world.connections() == 0, "close to work all the same");
  silent.world.set_profile({});
  silent.connect();
  EXPECT(silent.log.opens == 1, "the next connection to open");
}

static void an_attempt_cut_on_its_way_is_reset(void**) {
  Line line;
  line.stream->close();
  line.world.run_for(5ms);
  line.log.errors = 0;
  (void)line.port.connect(sim::ipv4(10, 0, 0, 1, 80), line.log);
  line.world.cut_all(sim::Cut::clean);
  line.world.run_for(5ms);
  EXPECT(line.log.errors == 1 && line.log.error.layer_code() == ECONNRESET, "a reset while connecting");
}

static void silence_while_connecting_can_be_mended_at_either_step(void**) {
  for (const Duration wait : {Duration{0}, Duration{1500}}) {  // before and after the peer was reached
    Line line;
    line.stream->close();
    line.world.run_for(5ms);
    line.log.opens = 0;
    (void)line.port.connect(sim::ipv4(10, 0, 0, 1, 80), line.log);
    line.world.run_for(wait);
    line.world.cut_all(sim::Cut::silent);
    line.world.run_for(1min);
    EXPECT(line.log.opens == 0, "no answer in the silence");
    line.world.restore_all();
    line.world.run_for(1s);
    EXPECT(line.log.opens == 1 && line.host.accepted() == 2, "an answer after it");
  }
}

static void nobody_listening_and_missing_families_are_errors(void**) {
  Line line;
  line.stream->close();
  line.world.run_for(5ms);
  line.host.stop_listening();
  line.connect();
  EXPECT(line.log.error.layer_code() == ECONNREFUSED, "refused where nobody listens");
  line.stream->close();
  line.world.run_for(5ms);
  line.world.set_family(Address::Family::ipv6, false);
  EXPECT(line.port.connect(sim::ipv6(1, 80), line.log).error().layer_code() == EAFNOSUPPORT, "no IPv6");
  EXPECT(line.host.listen(sim::ipv6(1, 80)).error().layer_code() == EAFNOSUPPORT, "nor for listening");
  line.port.calls().fail_nth(sim::Call::connect, 1);
  EXPECT(line.port.connect(sim::ipv4(1, 1, 1, 1), line.log).error().layer_code() == EMFILE, "no descriptor");
}

static void on_closed_may_connect_again(void**) {
  Line line;
  line.log.then_closed = [&line]() noexcept {
    (void)line.port.connect(sim::ipv4(10, 0, 0, 1, 80), line.log);
  };
  line.stream->close();
  line.world.run_for(1s);
  EXPECT(line.log.closes == 1 && line.log.opens == 2, "the next connection from within on_closed");
}

static void the_port_watches_its_contract(void**) {
  Line line;
  Contract contract(line.world);
  EXPECT(!line.port.connect(sim::ipv4(10, 0, 0, 1, 80), line.log).ok(), "a second stream to be refused");
  EXPECT(contract.once("one stream at a time"), "and noticed");
  line.stream->close();
  EXPECT(!line.port.connect(sim::ipv4(10, 0, 0, 1, 80), line.log).ok(), "also before on_closed");
  EXPECT(contract.once("one stream at a time"), "and noticed");
  line.port.set_events(line.port_log);
  EXPECT(contract.once("while nothing is under way"), "events set in the middle to be noticed");
  EXPECT(line.port.resolve("a", 1).ok() && !line.port.resolve("b", 1).ok(), "one lookup");
  EXPECT(contract.once("one lookup at a time"), "and the second noticed");
  sim::Port fresh(line.world);
  fresh.arm(never);
  EXPECT(contract.once("before anything else"), "arm without events to be noticed");
  EXPECT(!fresh.resolve("a", 1).ok() && contract.once("before anything else"), "resolve as well");
  EXPECT(!fresh.connect(Address{}, line.log).ok() && contract.once("before anything else"), "and connect");
}

static void the_time_of_day_can_be_set_jump_and_be_unknown(void**) {
  sim::World world(1);
  sim::Port port(world);
  const WallTime start = *port.wall_time();
  EXPECT(start.time_since_epoch() == std::chrono::seconds{1767225600}, "2026");
  world.run_for(90s);
  EXPECT(*port.wall_time() - start == 90s, "it to go on with the clock");
  world.jump_wall_time(-1h);
  EXPECT(*port.wall_time() - start == 90s - 1h, "a jump");
  world.set_wall_time(WallTime{5s});
  EXPECT(*world.wall_time() == WallTime{5s}, "a time set");
  world.set_wall_time(std::nullopt);
  world.jump_wall_time(1h);
  EXPECT(!port.wall_time() && !world.wall_time(), "a device without a clock");
}

static void a_port_that_follows_another_has_other_random_numbers(void**) {
  sim::World world(1);
  std::array<std::byte, 32> first{};
  std::array<std::byte, 32> second{};
  {
    sim::Port port(world);
    EXPECT(port.random(first), "bytes");
  }
  sim::Port port(world);
  EXPECT(port.random(second) && first != second,
         "a process that starts again not to draw what it drew before");
}

static void randomness_repeats_with_the_seed_and_can_fail(void**) {
  std::array<std::byte, 13> a{}, b{}, c{};
  sim::World one(5), same(5), other(6);
  sim::Port p(one), q(same), r(other), neighbour(one);
  EXPECT(p.random(a) && q.random(b) && r.random(c), "bytes");
  EXPECT(a == b && a != c, "the same for the same seed only");
  EXPECT(neighbour.random(b) && a != b, "other bytes for another port");
  p.calls().fail_nth(sim::Call::random, 2);
  EXPECT(p.random(a) && !p.random(a) && p.random(a), "the second to fail");
  p.set_random_works(false);
  EXPECT(!p.random(a), "a source that failed for good");
  p.set_random_works(true);
  EXPECT(p.random(a) && p.calls().count(sim::Call::random) == 6 && p.calls().total() == 6, "counts");
}

static void a_destroyed_port_resets_its_stream(void**) {
  Line line;
  {
    sim::Port port(line.world);
    PortLog log;
    StreamLog stream_log;
    port.set_events(log);
    port.arm(port.now() + 1s);
    (void)port.resolve("1.2.3.4", 1);
    (void)port.connect(sim::ipv4(10, 0, 0, 1, 80), stream_log);
    line.world.run_until([&] { return stream_log.opens == 1; }, 1s);
    EXPECT(port.cut(sim::Cut::silent), "a connection to cut");
    line.world.restore_all();
  }
  line.world.run_for(10s);
  EXPECT(line.host.latest().was_reset(), "the peer to be told");
  sim::Port unused(line.world);
  EXPECT(!unused.cut(sim::Cut::reset), "nothing to cut");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_timer_fires_once_never_early_and_from_the_loop),
      cmocka_unit_test(names_resolve_fail_or_never_answer),
      cmocka_unit_test(the_name_table_is_bounded),
      cmocka_unit_test(connecting_ends_as_the_profile_says),
      cmocka_unit_test(an_attempt_cut_on_its_way_is_reset),
      cmocka_unit_test(silence_while_connecting_can_be_mended_at_either_step),
      cmocka_unit_test(nobody_listening_and_missing_families_are_errors),
      cmocka_unit_test(on_closed_may_connect_again),
      cmocka_unit_test(the_port_watches_its_contract),
      cmocka_unit_test(the_time_of_day_can_be_set_jump_and_be_unknown),
      cmocka_unit_test(randomness_repeats_with_the_seed_and_can_fail),
      cmocka_unit_test(a_port_that_follows_another_has_other_random_numbers),
      cmocka_unit_test(a_destroyed_port_resets_its_stream),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

#include "contract.hpp"

#include <algorithm>

using namespace std::chrono_literals;

namespace kedge::test {

namespace {

// ---- time

void the_clock_can_be_asked_before_the_first_turn(Ground& ground) {
  Told told;
  ground.port().set_events(told);
  const Instant first = ground.port().now();
  ground.port().arm(after(first, 1ms));
  EXPECT(ground.run_until([&] { return told.timers == 1; }), "the timer");
  const Instant later = ground.port().now();
  EXPECT(later >= after(first, 1ms), "no time before what it was");
  EXPECT(later - first < 10s, "a time of the same clock");
}

void the_timer_comes_once_never_early_and_from_the_loop(Ground& ground) {
  Told told;
  Port& port = ground.port();
  port.set_events(told);
  const Instant deadline = after(port.now(), 30ms);
  Instant came{};
  told.then = [&] { came = port.now(); };
  port.arm(deadline);
  EXPECT(told.timers == 0, "no event inside arm()");
  EXPECT(ground.run_until([&] { return told.timers == 1; }), "on_timer");
  EXPECT(came >= deadline, "not before its time");
  EXPECT(ground.comes_to_rest() && told.timers == 1, "once");
}

void a_deadline_that_has_passed_comes_from_the_loop(Ground& ground) {
  Told told;
  Port& port = ground.port();
  port.set_events(told);
  port.arm(Instant::min());
  EXPECT(told.timers == 0, "no event inside arm()");
  EXPECT(ground.run_until([&] { return told.timers == 1; }), "on_timer");
}

void arming_again_replaces_and_never_disarms(Ground& ground) {
  Told told;
  Port& port = ground.port();
  port.set_events(told);
  const Instant second = after(port.now(), 50ms);
  port.arm(after(port.now(), 1ms));
  port.arm(second);
  Instant came{};
  told.then = [&] { came = port.now(); };
  EXPECT(ground.run_until([&] { return told.timers == 1; }), "on_timer");
  EXPECT(came >= second, "the later deadline alone");
  port.arm(after(port.now(), 1ms));
  port.arm(never);
  EXPECT(!ground.run_until([&] { return told.timers == 2; }, 100ms), "no event when disarmed");
}

void the_timer_may_be_armed_in_its_own_event(Ground& ground) {
  Told told;
  Port& port = ground.port();
  port.set_events(told);
  told.then = [&] {
    if (told.timers < 3) port.arm(after(port.now(), 1ms));
  };
  port.arm(port.now());
  EXPECT(ground.run_until([&] { return told.timers == 3; }), "three of them");
}

void the_time_of_day_is_this_century_or_unknown(Ground& ground) {
  const auto wall = ground.port().wall_time();
  using namespace std::chrono;
  EXPECT(!wall || (*wall > sys_days{year{2020} / 1 / 1} && *wall < sys_days{year{2100} / 1 / 1}),
         "UTC, or nothing");
}

// ---- randomness

void randomness_fills_the_span_and_differs(Ground& ground) {
  std::array<std::byte, 4096> seen{}, last{};
  for (int draw = 0; draw < 8; ++draw) {
    std::array<std::byte, 4096> drawn{};
    EXPECT(ground.port().random(drawn), "a source that works");
    EXPECT(drawn != last, "other bytes each time");
    for (std::size_t i = 0; i < drawn.size(); ++i) seen[i] |= drawn[i];
    last = drawn;
  }
  EXPECT(std::count(seen.begin(), seen.end(), std::byte{}) == 0, "the whole span to be filled");
}

// ---- names

Address answered(Ground& ground, std::string_view host, std::uint16_t tcp_port) {
  Told told;
  ground.port().set_events(told);
  EXPECT(ground.port().resolve(host, tcp_port).ok(), "a lookup to be started");
  EXPECT(told.answers == 0, "no answer inside resolve()");
  EXPECT(ground.run_until([&] { return told.answers == 1; }), "on_resolved");
  EXPECT(told.error.kind() == ErrorKind::none && !told.addresses.empty(), "an address");
  EXPECT(ground.comes_to_rest() && told.answers == 1, "one answer");
  return told.addresses.front();
}

void literals_are_addresses(Ground& ground) {
  const Address four = answered(ground, "10.1.2.3", 443);
  EXPECT(four.family == Address::Family::ipv4 && four.port == 443, "an IPv4 address with its port");
  EXPECT(four.bytes[0] == 10 && four.bytes[3] == 3, "its bytes in network order");
  const Address six = answered(ground, "fd00::5", 80);
  EXPECT(six.family == Address::Family::ipv6 && six.bytes[0] == 0xfd && six.bytes[15] == 5,
         "an IPv6 address");
  EXPECT(answered(ground, "fe80::1%1", 80).scope == 1, "the zone behind it (RFC 4007 section 11)");
}

void a_name_gives_addresses_with_the_port(Ground& ground) {
  EXPECT(answered(ground, ground.known_name(), 8443).port == 8443, "the port that was asked for");
}

void an_unknown_name_is_an_error(Ground& ground) {
  Told told;
  ground.port().set_events(told);
  const auto started = ground.port().resolve(ground.unknown_name(), 1);
  if (!started) {
    EXPECT(ground.comes_to_rest() && told.answers == 0, "no answer to what was refused at once");
    return;
  }
  EXPECT(ground.run_until([&] { return told.answers == 1; }, 60s), "on_resolved");
  EXPECT(told.addresses.empty() && told.error.kind() == ErrorKind::connection, "a connection error");
}

void a_cancelled_lookup_is_not_answered_and_the_next_one_is(Ground& ground) {
  Told told;
  Port& port = ground.port();
  port.set_events(told);
  EXPECT(port.resolve(ground.known_name(), 1).ok(), "a lookup to be started");
  port.cancel_resolve();
  port.cancel_resolve();
  EXPECT(port.resolve(ground.known_name(), 2).ok(), "another at once");
  EXPECT(ground.run_until([&] { return told.answers == 1; }), "its answer");
  EXPECT(told.addresses.front().port == 2, "and not that of the first");
  EXPECT(ground.comes_to_rest() && told.answers == 1, "one answer");
}

void a_lookup_may_start_inside_the_answer(Ground& ground) {
  Told told;
  Port& port = ground.port();
  port.set_events(told);
  told.then = [&] {
    if (told.answers == 1) EXPECT(port.resolve(ground.known_name(), 2).ok(), "a second lookup");
  };
  EXPECT(port.resolve(ground.known_name(), 1).ok(), "the first");
  EXPECT(ground.run_until([&] { return told.answers == 2; }), "both answers");
}

// ---- connecting

// Where somebody listened a moment ago.
Address nobody(Ground& ground) {
  Server server;
  const Address address = *ground.acceptor().listen(ground.own_address(), server);
  ground.acceptor().close();
  EXPECT(ground.run_until([&] { return server.closed == 1; }), "on_accept_closed");
  return address;
}

void a_refused_connection_is_an_error_and_the_port_serves_again(Ground& ground) {
  const Address address = nobody(ground);
  End end;
  const auto started = ground.port().connect(address, end);
  if (started) {
    end.stream = *started;
    EXPECT(end.failed == 0, "no event inside connect()");
    EXPECT(ground.run_until([&] { return end.failed == 1; }), "on_error");
    EXPECT(end.error.kind() == ErrorKind::connection && !end.error.message().empty(), "why, in words");
    EXPECT(end.stream->error().kind() == ErrorKind::connection, "the same of the stream");
    end.close();
    EXPECT(ground.run_until([&] { return end.closed == 1; }), "on_closed");
    EXPECT(end.opened == 0, "no on_open");
  } else {
    EXPECT(started.error().kind() == ErrorKind::connection, "the same, at once");
  }
  EXPECT(ground.connect()->client().opened == 1, "a connection afterwards");
}

void an_attempt_may_be_given_up(Ground& ground) {
  Server server;
  const Address address = *ground.acceptor().listen(ground.own_address(), server);
  End end;
  end.stream = *ground.port().connect(address, end);
  end.close();
  EXPECT(ground.run_until([&] { return end.closed == 1; }), "on_closed");
  EXPECT(end.opened == 0 && end.failed == 0, "no event after close() but that");
}

void a_new_attempt_may_start_inside_on_closed(Ground& ground) {
  Server server;
  const Address address = *ground.acceptor().listen(ground.own_address(), server);
  for (const bool when_open : {false, true}) {
    End first, second;
    first.stream = *ground.port().connect(address, first);
    if (when_open) EXPECT(ground.run_until([&] { return first.opened == 1; }), "a connection");
    first.when_closed = [&] {
      const auto started = ground.port().connect(address, second);
      EXPECT(started.ok(), "to connect again");
      second.stream = *started;
    };
    first.close();
    EXPECT(ground.run_until([&] { return second.opened == 1; }), "the second connection");
    second.close();
    EXPECT(ground.run_until([&] { return second.closed == 1; }), "on_closed");
  }
}

void a_port_that_is_destroyed_tells_nothing_more(Ground& ground) {
  Told told;
  End end;
  Server server;
  const Address address = *ground.acceptor().listen(ground.own_address(), server);
  ground.port().set_events(told);
  ground.port().arm(after(ground.port().now(), 1ms));
  EXPECT(ground.port().resolve(ground.known_name(), 1).ok(), "a lookup under way");
  EXPECT(ground.port().connect(address, end).ok(), "a connection under way");
  ground.destroy_port();
  EXPECT(ground.comes_to_rest(), "rest");
  EXPECT(told.timers + told.answers + end.opened + end.failed + end.closed == 0, "no event");
}

constexpr Promise of_ports[] = {
    {"the_clock_can_be_asked_before_the_first_turn", the_clock_can_be_asked_before_the_first_turn},
    {"the_timer_comes_once_never_early_and_from_the_loop",
     the_timer_comes_once_never_early_and_from_the_loop},
    {"a_deadline_that_has_passed_comes_from_the_loop", a_deadline_that_has_passed_comes_from_the_loop},
    {"arming_again_replaces_and_never_disarms", arming_again_replaces_and_never_disarms},
    {"the_timer_may_be_armed_in_its_own_event", the_timer_may_be_armed_in_its_own_event},
    {"the_time_of_day_is_this_century_or_unknown", the_time_of_day_is_this_century_or_unknown},
    {"randomness_fills_the_span_and_differs", randomness_fills_the_span_and_differs},
    {"literals_are_addresses", literals_are_addresses},
    {"a_name_gives_addresses_with_the_port", a_name_gives_addresses_with_the_port},
    {"an_unknown_name_is_an_error", an_unknown_name_is_an_error},
    {"a_cancelled_lookup_is_not_answered_and_the_next_one_is",
     a_cancelled_lookup_is_not_answered_and_the_next_one_is},
    {"a_lookup_may_start_inside_the_answer", a_lookup_may_start_inside_the_answer},
    {"a_refused_connection_is_an_error_and_the_port_serves_again",
     a_refused_connection_is_an_error_and_the_port_serves_again},
    {"an_attempt_may_be_given_up", an_attempt_may_be_given_up},
    {"a_new_attempt_may_start_inside_on_closed", a_new_attempt_may_start_inside_on_closed},
    {"a_port_that_is_destroyed_tells_nothing_more", a_port_that_is_destroyed_tells_nothing_more},
};

}  // namespace

std::span<const Promise> port_promises() {
  return of_ports;
}

}  // namespace kedge::test

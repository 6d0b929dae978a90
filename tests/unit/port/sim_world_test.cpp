#include "sim_support.hpp"

#include "support/aborts.hpp"
#include "support/allocations.hpp"

#include <algorithm>
#include <cstdlib>

using namespace kedge;
using namespace kedge::test;

namespace {

/// A client that sends numbered lines on a timer and reconnects whenever its line ends; both directions are
/// checked byte by byte.
struct Chatter final : PortEvents, StreamEvents {
  sim::World& world;
  sim::Port port;
  Stream* stream = nullptr;
  bool open = false;
  int connections = 0;
  unsigned char next_out = 0, next_in = 0;
  bool intact = true;
  std::uint64_t received = 0;
  Instant heard{};

  explicit Chatter(sim::World& in) : world(in), port(in) {
    port.set_events(*this);
    port.arm(port.now());
  }
  void on_timer() noexcept override {
    if (stream == nullptr) {
      Result<Stream*> started = port.connect(sim::ipv4(10, 0, 0, 1, 80), *this);
      if (started) stream = *started;
    } else if (!open || port.now() - heard > 20s) {
      stream->close();  // no answer, or a line gone silent
    } else {
      send();
    }
    port.arm(port.now() + 1s);
  }
  void send() noexcept {
    std::array<std::byte, 700> block;
    for (std::size_t i = 0; i < block.size(); ++i) block[i] = static_cast<std::byte>((next_out + i) & 0xFF);
    const IoResult result = stream->write(block);
    if (result.status == IoStatus::error) stream->close();
    next_out = static_cast<unsigned char>(next_out + result.bytes);
  }
  void on_resolved(std::span<const Address>, const Error&) noexcept override {}
  void on_open() noexcept override {
    open = true;
    next_out = next_in = 0;
    heard = port.now();
    ++connections;
  }
  void on_error(const Error&) noexcept override { stream->close(); }
  void on_readable() noexcept override {
    std::array<std::byte, 512> into;
    while (true) {
      const IoResult result = stream->read(into);
      for (std::size_t i = 0; i < result.bytes; ++i) {
        intact = intact && into[i] == static_cast<std::byte>(next_in++);
      }
      received += result.bytes;
      if (result.bytes > 0) heard = port.now();
      if (result.status == IoStatus::end || result.status == IoStatus::error) return stream->close();
      if (result.bytes < into.size()) return;
    }
  }
  void on_writable() noexcept override {}
  void on_closed() noexcept override {
    stream = nullptr;
    open = false;
  }
};

/// A gateway that sends back what it gets.
struct Echo {
  sim::PeerHost host;
  explicit Echo(sim::World& world)
      : host(world, [](sim::Peer peer, sim::PeerEvent event) noexcept {
          std::array<std::byte, 4096> block;
          if (event == sim::PeerEvent::bytes) {
            // As much as the way back takes; a gateway that cannot keep up drops the line.
            while (const std::size_t count = peer.read(block)) {
              if (peer.write(std::span(block).first(count)) < count) return peer.reset();
            }
          } else if (event == sim::PeerEvent::end || event == sim::PeerEvent::reset) {
            peer.close();
          }
        }) {
    (void)host.listen(sim::ipv4(10, 0, 0, 1, 80));
  }
};

struct Run {
  std::uint64_t digest, received;
  int connections;
  bool intact;
};

Run rough_run(std::uint64_t seed, Duration length) {
  sim::World world(seed);
  world.set_profile(sim::NetworkProfile::randomised(seed));
  Echo echo(world);
  Chatter chatter(world);
  // Most lines outlive a run: without cuts there would be little more than one for each.
  for (Duration left = length; left > Duration::zero(); left -= 1min) {
    world.run_for(1min);
    world.cut_all(static_cast<sim::Cut>(world.rng().between(std::uint64_t{0}, std::uint64_t{2})));
  }
  return {world.digest(), chatter.received, chatter.connections, chatter.intact};
}

}  // namespace

static void the_same_seed_gives_the_same_run(void**) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Run once = rough_run(seed, 5min), again = rough_run(seed, 5min);
    EXPECT(once.digest == again.digest && once.received == again.received, "the same run");
  }
  EXPECT(rough_run(1, 5min).digest != rough_run(2, 5min).digest, "another run for another seed");
}

static void rough_lines_keep_every_byte_in_order_and_life_goes_on(void**) {
  std::uint64_t received = 0;
  int connections = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const Run run = rough_run(seed, 10min);
    if (!run.intact) print_error("seed %llu\n", static_cast<unsigned long long>(seed));
    EXPECT(run.intact, "no byte lost or out of order on a living line");
    received += run.received;
    connections += run.connections;
  }
  EXPECT(received > 1'000'000 && connections > 1000, "bytes to flow and lines to break");
}

// Whoever asks is counted, the test too: there must be none.
static void a_running_world_allocates_nothing(void**) {
  if (!allocations::works()) skip();
  sim::World world(9);
  Echo echo(world);
  Chatter chatter(world);
  allocations::start();
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    world.set_profile(sim::NetworkProfile::randomised(seed));
    world.run_for(10min);
    world.cut_all(sim::Cut::reset);
    (void)world.at(world.now() + 1s, [&world]() noexcept { world.note("from the loop"); });
  }
  EXPECT(allocations::stop().calls() == 0, "no allocation after construction");
  EXPECT(chatter.connections > 20, "the line to have been used");
}

static void the_clock_stands_still_between_events(void**) {
  sim::World world(1);
  const Instant start = world.now();
  EXPECT(start > Instant{}, "a start that is not zero");
  EXPECT(!world.step() && world.now() == start, "nothing to do");
  EXPECT(world.run_until_idle(1h) && world.now() == start, "idle at once");
  world.run_for(1h);
  EXPECT(world.now() - start == 1h, "an hour");
  std::string order;
  (void)world.at(world.now() + 2s, [&order]() noexcept { order += 'c'; });
  (void)world.at(world.now() + 1s, [&order]() noexcept { order += 'a'; });
  (void)world.at(world.now() + 1s, [&order]() noexcept { order += 'b'; });
  EXPECT(world.step() && world.now() - start == 1h + 1s, "a step to the next event");
  EXPECT(!world.run_until_idle(500ms), "more to come after the bound");
  EXPECT(!world.run_until([&order] { return order == "abc"; }, 400ms), "not yet");
  EXPECT(world.run_until([&order] { return order == "abc"; }, 1h), "by time, then in the order of asking");
  EXPECT(world.now() - start == 1h + 2s && world.events() == 3, "and no further");
  (void)world.at(start, [&order]() noexcept { order += 'd'; });
  EXPECT(world.step() && world.now() - start == 1h + 2s, "the past to come at once");
}

static void actions_are_bounded(void**) {
  sim::Capacity capacity;
  capacity.actions = 1;
  sim::World world(1, capacity);
  int calls = 0;
  EXPECT(world.at(world.now(), [&calls]() noexcept { ++calls; }), "one");
  EXPECT(!world.at(world.now(), [&calls]() noexcept { ++calls; }), "no second");
  world.run_for(1s);
  EXPECT(calls == 1 && world.at(world.now(), [&calls]() noexcept { ++calls; }), "room again");
}

static void a_busy_loop_and_a_nested_run_are_noticed(void**) {
  sim::World world(1);
  Contract contract(world);
  sim::Port port(world);
  PortLog log;
  log.then_timer = [&port]() noexcept { port.arm(port.now()); };
  port.set_events(log);
  port.arm(port.now());
  world.run_for(1s);
  EXPECT(contract.once("time passes"), "a million events at one instant");
  port.arm(never);
  (void)world.at(world.now(), [&world]() noexcept { world.run_for(1s); });
  world.run_for(1s);
  EXPECT(contract.once("not run from a callback"), "a nested run");
}

static void the_trace_shows_the_seed_and_the_last_events(void**) {
  Line line({}, 77);
  for (int i = 0; i < 100; ++i) line.world.note("noise");
  line.world.note(std::string(200, 'n'));
  (void)line.stream->write(bytes_of("12345"));
  line.port.arm(line.port.now());
  line.world.run_for(1s);
  char* text = nullptr;
  std::size_t size = 0;
  std::FILE* file = open_memstream(&text, &size);
  line.world.print_trace(file);
  std::fclose(file);
  const std::string shown(text, size);
  std::free(text);
  EXPECT(shown.find("seed 77") != std::string::npos, "the seed");
  EXPECT(shown.find("connection 1 (out): sent 5") != std::string::npos, "what was sent");
  EXPECT(shown.find("port 0: timer") != std::string::npos, "the timer");
  EXPECT(shown.find(std::string(63, 'n') + "\n") != std::string::npos, "a note, cut");
  EXPECT(std::count(shown.begin(), shown.end(), '\n') == 51, "a heading and fifty lines");
}

static void a_broken_contract_aborts_by_default(void**) {
  const char* breaches[] = {"a timer without events", "a second port", "a second host"};
  for (int which = 0; which < 3; ++which) {
    const bool aborted = aborts([which] {
      sim::Capacity capacity;
      capacity.ports = capacity.hosts = 1;
      sim::World world(1, capacity);
      sim::Port port(world);
      sim::PeerHost host(world);
      if (which == 0) port.arm(never);
      if (which == 1) sim::Port second(world);
      if (which == 2) sim::PeerHost second(world);
    });
    EXPECT(aborted, breaches[which]);
  }
}

static void an_idle_line_wakes_nobody(void**) {
  Line line;
  const std::uint64_t before = line.world.events();
  line.world.run_for(std::chrono::hours{24});
  EXPECT(line.world.events() == before && line.port.calls().wakes() == 1, "nothing in a day");
}

static void numbers_are_spread_and_bounded(void**) {
  sim::Rng rng(1);
  EXPECT(rng.between(std::uint64_t{5}, std::uint64_t{5}) == 5 && rng.between(2s, 1s) == 2s, "empty ranges");
  (void)rng.between(std::uint64_t{0}, ~std::uint64_t{0});
  int hits = 0;
  for (int i = 0; i < 10'000; ++i) {
    const std::uint64_t number = rng.between(std::uint64_t{3}, std::uint64_t{6});
    EXPECT(number >= 3 && number <= 6, "a number of the range");
    hits += rng.chance(250);
  }
  EXPECT(hits > 2300 && hits < 2700, "a quarter");
  EXPECT(!rng.chance(0) && rng.chance(1000), "never and always");
  // The first number of splitmix64 from state 0, as its reference implementation gives it.
  EXPECT(sim::mix(0) == 0xE220A8397B1DCDAFu, "splitmix64 as published");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_same_seed_gives_the_same_run),
      cmocka_unit_test(rough_lines_keep_every_byte_in_order_and_life_goes_on),
      cmocka_unit_test(a_running_world_allocates_nothing),
      cmocka_unit_test(the_clock_stands_still_between_events),
      cmocka_unit_test(actions_are_bounded),
      cmocka_unit_test(a_busy_loop_and_a_nested_run_are_noticed),
      cmocka_unit_test(the_trace_shows_the_seed_and_the_last_events),
      cmocka_unit_test(a_broken_contract_aborts_by_default),
      cmocka_unit_test(an_idle_line_wakes_nobody),
      cmocka_unit_test(numbers_are_spread_and_bounded),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

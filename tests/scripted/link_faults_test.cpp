// Random work on random lines with random faults, and what must hold nevertheless.

#include "link_fixture.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

/// One message as the test knows it. Its text is "<id> <filling>".
struct Sent {
  Priority priority = Priority::normal;
  bool kept = false;  ///< until acknowledged
  Handle handle;
  bool acknowledged = false;
  std::set<std::uint64_t> connections;  ///< of the server, that got it
};

/// One seed: a link, an echo server and a rough network.
class Chaos {
 public:
  explicit Chaos(std::uint64_t seed) : t({}, seed), random(sim::mix(seed)) {
    t.world.set_profile(sim::NetworkProfile::randomised(seed));
    ServerSetup server = small_server();
    server.service.connections_max =
        64;  // half-open ones take theirs until the server's keepalive finds them
    t.serve(server);
    t.service.message = [this](server::Connection& from, std::string_view text) { on_server(from, text); };
    t.protocol.on_text = [this](std::string_view text) { on_echo(text); };
    t.on_state = [this](LinkState) { in_a_handler(); };
  }

  void run() {
    EXPECT(t.link->connect().ok(), "started");
    for (int i = 0; i < 60 && !closing; ++i) {
      something();
      t.world.run_for(random.between(Duration{1}, Duration{2s}));
    }
    if (!closing) recover();
    finish();
  }

 private:
  /// 0 to `count` - 1.
  std::size_t below(std::size_t count) {
    return static_cast<std::size_t>(random.between(std::uint64_t{0}, count - 1));
  }

  void push() {
    OutboundOptions options;
    options.priority = static_cast<Priority>(below(3));
    options.release = random.chance(300) ? Release::acked : Release::sent;
    options.tag = static_cast<std::uint32_t>(messages.size());
    std::string text = std::to_string(messages.size()) + " ";
    text.append(below(600), 'x');
    const auto pushed = t.push(text, options);
    if (!pushed) {
      EXPECT(pushed.error().kind() == ErrorKind::queue_full, "no refusal but for room");
      return;
    }
    messages.push_back({options.priority, options.release == Release::acked, *pushed, false, {}});
  }

  void something() {
    switch (below(12)) {
      case 0:
        t.world.cut_all(sim::Cut::reset);
        break;
      case 1:
        t.world.cut_all(sim::Cut::clean);
        break;
      case 2:
        t.world.cut_all(sim::Cut::silent);
        break;
      case 3:
        if (t.service.current != nullptr) t.service.current->close(4000, "by the server");
        break;
      case 4:
        if (t.service.current != nullptr) t.service.current->cut();
        break;
      case 5:
        t.link->pause_reading();
        break;
      case 6:
        t.link->resume_reading();
        break;
      case 7:
        t.link->retry_now();
        break;
      default:
        for (std::size_t n = below(8); n > 0; --n) push();
    }
  }

  void in_a_handler() {
    if (!rough || t.link->state() == LinkState::closed || !random.chance(250)) return;
    switch (below(7)) {
      case 0:
        t.link->pause_reading();
        break;
      case 1:
        t.link->pause_reading();
        t.link->resume_reading();
        break;
      case 2:
        t.link->end_line(Error(ErrorKind::protocol, Layer::protocol, 1, "by a handler"));
        break;
      case 3:
        if (random.chance(50)) close();
        break;
      case 4:
        if (!messages.empty()) (void)t.link->ring().cancel(messages[below(messages.size())].handle);
        break;
      default:
        push();
    }
  }

  static std::size_t id_of(std::string_view text) {
    std::size_t id = SIZE_MAX;
    (void)std::from_chars(text.data(), text.data() + text.size(), id);
    return id;
  }

  void on_server(server::Connection& from, std::string_view text) {
    const std::size_t id = id_of(text);
    EXPECT(id < messages.size(), "a message that was pushed");
    Sent& message = messages[id];
    EXPECT(message.connections.insert(from.id()).second, "none twice on one connection");
    EXPECT(message.kept || message.connections.size() == 1, "none twice that is not kept");
    auto& last = order[{from.id(), static_cast<int>(message.priority)}];
    EXPECT(last <= id, "in order within its priority");
    last = id;
    from.send(text);
  }

  void on_echo(std::string_view text) {
    const std::size_t id = id_of(text);
    EXPECT(id < messages.size() && !messages[id].connections.empty(), "an echo of what arrived");
    if (messages[id].kept && (!rough || random.chance(700))) {
      (void)t.link->ring().ack(messages[id].handle);
      messages[id].acknowledged = true;
    }
    in_a_handler();
  }

  void close() {
    t.link->close();
    closing = true;
    asked = t.world.now();
  }

  /// The faults stop: the line is ready again in bounded time, nothing stalls, nothing spins.
  void recover() {
    rough = false;
    t.world.set_profile({});
    const int before = t.protocol.readied;
    t.world.cut_all(sim::Cut::reset);
    t.link->resume_reading();
    // A delay of backoff's cap, or a stage that hangs in an old connection, and a round trip.
    EXPECT(t.world.run_until([&] { return t.protocol.readied > before; }, 41s),
           "ready within the cap and a timeout");
    const std::uint64_t losses = t.protocol.lost.size();
    t.world.run_for(5s);
    EXPECT(!t.link->ring().has_next(false), "nothing left unsent on a ready line");
    for (int i = 0; i < 5; ++i) push();
    t.world.run_for(5s);
    EXPECT(!t.link->ring().has_next(false), "nothing left unsent on a ready line");
    for (std::size_t id = messages.size() - 5; id < messages.size(); ++id)
      EXPECT(messages[id].connections.size() == 1, "a message on a good line to arrive");
    EXPECT(t.protocol.lost.size() == losses, "a good line to be kept");
    const std::uint64_t wakes = t.port.calls().timer_wakes();
    const std::uint64_t events = t.world.events();
    t.world.run_for(10min);
    EXPECT(t.port.calls().timer_wakes() - wakes <= 120, "no spin: the keepalives' wakes only");
    EXPECT(t.world.events() - events <= 2000, "no spin anywhere");
    close();
  }

  void finish() {
    EXPECT(t.world.run_until([this] { return t.link->state() == LinkState::closed; }, 10s), "closed");
    EXPECT(t.world.now() - asked <= 5s + 10ms, "within close_timeout");
    EXPECT(t.port.idle(), "nothing open, armed or looked up");
    EXPECT(t.protocol.stopped.size() == 1, "one stop");
    EXPECT(t.protocol.stopped[0].kind() == ErrorKind::closed, "kind closed");
    check_statistics();
    const std::size_t states = t.states.size();
    const std::size_t received = t.protocol.messages.size();
    t.world.run_for(2min);
    EXPECT(t.states.size() == states && t.protocol.messages.size() == received, "nothing after the end");
    EXPECT(t.host->connection_count() == 0, "no connection left at the server");
  }

  void check_statistics() {
    const Statistics counted = t.link->statistics();
    EXPECT(counted.connects == static_cast<std::uint64_t>(t.protocol.readied), "each ready to be counted");
    EXPECT(counted.attempts >= static_cast<std::uint64_t>(t.protocol.opened), "attempts for the openings");
    const auto lost = static_cast<int>(t.protocol.lost.size());
    EXPECT(t.protocol.opened - lost == 0 || t.protocol.opened - lost == 1, "a loss for each but the last");
    EXPECT(counted.messages_in == t.protocol.messages.size(), "each message to be counted");
    std::uint64_t bytes = 0;
    for (const std::string& message : t.protocol.messages) bytes += message.size();
    EXPECT(counted.message_bytes_in == bytes, "its bytes, too");
    std::uint64_t delivered = 0;
    for (const Sent& message : messages) delivered += message.connections.size();
    EXPECT(counted.messages_out >= delivered, "no delivery without a message out");
    EXPECT(counted.protocol_errors == 0, "no broken frame");
    EXPECT(counted.queued == 0 && counted.queued_bytes == 0, "an empty store");
    std::vector<std::uint64_t> tags = t.protocol.sent;
    std::erase_if(tags, [this](std::uint64_t tag) { return messages[static_cast<std::size_t>(tag)].kept; });
    std::sort(tags.begin(), tags.end());
    EXPECT(std::adjacent_find(tags.begin(), tags.end()) == tags.end(), "each reported sent once");
  }

  LinkWorld t;
  sim::Rng random;
  std::vector<Sent> messages;
  std::map<std::pair<std::uint64_t, int>, std::size_t> order;
  bool rough = true;
  bool closing = false;
  Instant asked{};
};

std::uint64_t first_seed = 1;
std::uint64_t last_seed = 300;
std::uint64_t seed = 0;

void a_link_keeps_its_promises_on_every_line(void**) {
  for (seed = first_seed; seed <= last_seed; ++seed) Chaos(seed).run();
}

int tell_seed(void**) {
  if (seed <= last_seed) print_error("seed %llu\n", static_cast<unsigned long long>(seed));
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  if (count > 1) first_seed = last_seed = std::strtoull(arguments[1], nullptr, 10);
  const CMUnitTest tests[] = {
      cmocka_unit_test_teardown(a_link_keeps_its_promises_on_every_line, tell_seed),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

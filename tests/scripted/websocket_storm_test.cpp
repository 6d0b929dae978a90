// The raw WebSocket client on lines that break at every place, with everything that it can do at once.

#include "websocket_fixture.hpp"
#include "websocket_source.hpp"

#include <kedge/sim/rng.hpp>

#include <deque>
#include <map>

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

struct Sent {
  std::string text;
  std::optional<TextSource> source;
  Handle handle;
  int ended = 0;
  Error error;
};

class Storm {
 public:
  explicit Storm(std::uint64_t seed)
      : rng_(sim::mix(seed)), t_(configuration(), Limits::tiny(), seed), seed_(std::to_string(seed)) {
    t_.world.set_profile(sim::NetworkProfile::randomised(seed));
    expect(t_.client->connect().ok(), "started");
  }

  void rage(int steps) {
    for (int i = 0; i < steps; ++i) {
      one_thing();
      t_.run(rng_.between(Duration(0), Duration(2s)));
    }
  }

  void calm_down() {
    t_.world.set_profile({});
    t_.client->resume();
    for (Sent& sent : all_) {
      if (sent.source) sent.source->available = sent.text.size();
    }
    t_.client->source_ready();
    (void)t_.world.cut_all(sim::Cut::reset);
    expect(t_.world.run_until([&] { return t_.client->statistics().pending == 0; }, 30min), "all to end");
    expect(t_.client->statistics().queued == 0, "an empty ring");
    t_.run(1min);
  }

  void judge() {
    std::map<std::string, int> times;
    for (const std::string& text : t_.arrived()) ++times[text];
    for (const Sent& sent : all_) {
      const auto found = times.find(sent.text);
      const int came = found == times.end() ? 0 : found->second;
      if (found != times.end()) times.erase(found);
      expect(sent.ended == 1, "one end each");
      expect(came <= 1, "nothing twice");
      // A peer that closes with 1009 says that it has refused it, whatever it reads after that.
      const bool refused = sent.error.kind() == ErrorKind::too_large;
      if (sent.error && !sent.error.may_have_run() && !refused)
        expect(came == 0, "what did not leave does not come");
      if (sent.error.kind() == ErrorKind::connection) expect(came == 0, "what broke off does not come whole");
    }
    expect(times.empty(), "nothing that was not sent");
    expect(!t_.gateway.failure(), std::string(t_.gateway.failure().message()).c_str());
  }
  [[nodiscard]] int came_well() const {
    return static_cast<int>(
        std::count_if(all_.begin(), all_.end(), [](const Sent& one) { return !one.error; }));
  }

 private:
  static websocket::Config configuration() {
    websocket::Config config;
    config.on_piece = [](const websocket::Piece&) noexcept {};
    config.source_timeout = 10s;
    return config;
  }
  void expect(bool holds, const char* what) { EXPECT(holds, ("seed " + seed_ + ": " + what).c_str()); }

  /// Up to `most`.
  std::size_t number(std::size_t most) {
    return static_cast<std::size_t>(rng_.between(std::uint64_t{0}, std::uint64_t{most}));
  }

  void one_thing() {
    const std::uint64_t die = rng_.between(std::uint64_t{0}, std::uint64_t{99});
    if (die < 45) {
      send(die < 15);
    } else if (die < 52 && !all_.empty()) {
      t_.client->cancel(all_[number(all_.size() - 1)].handle);
    } else if (die < 62) {
      feed();
    } else if (die < 67) {
      (void)t_.world.cut_all(static_cast<sim::Cut>(rng_.between(std::uint64_t{0}, std::uint64_t{2})));
    } else if (die < 72) {
      t_.client->pause();
    } else if (die < 82) {
      t_.client->resume();
    } else if (die < 85) {
      t_.client->retry_now();
    } else if (t_.gateway.latest() != nullptr) {
      speak(*t_.gateway.latest(), die);
    }
  }
  void speak(sim::WebSocketConnection& line, std::uint64_t die) {
    if (die < 92) {
      line.send_in_fragments(std::string(number(20'000), 'x'), 1000);
    } else if (die < 97) {
      line.ping("ping");
    } else {
      line.close(die == 97 ? 1009 : 1001, "for now");
    }
  }
  void feed() {
    for (Sent& sent : all_) {
      if (sent.source) sent.source->available += number(5'000);
    }
    t_.client->source_ready();
  }
  void send(bool in_pieces) {
    Sent& sent = all_.emplace_back();
    sent.text = std::to_string(all_.size()) + ":" + std::string(number(in_pieces ? 30'000 : 3'000), 'y');
    websocket::SendOptions options;
    options.priority = static_cast<Priority>(rng_.between(std::uint64_t{0}, std::uint64_t{2}));
    if (rng_.chance(300)) options.deadline = rng_.between(Duration(1ms), Duration(20s));
    if (rng_.chance(500)) options.on_loss = OnLoss::resend;
    Completion completion = [&sent](const Outcome& outcome) noexcept {
      ++sent.ended;
      sent.error = outcome.error;
    };
    if (!in_pieces) return took(t_.client->send_text(sent.text, std::move(completion), options));
    sent.source.emplace(sent.text);
    sent.source->rewinds = rng_.chance(500);
    sent.source->at_once = 1 + number(1'999);
    sent.source->available = number(40'000);
    if (rng_.chance(100)) sent.source->lies = 100'000;
    const auto total = rng_.chance(500) ? std::optional<std::uint64_t>(sent.text.size()) : std::nullopt;
    took(t_.client->send_pieces(MessageType::text, *sent.source, total, std::move(completion), options));
  }
  void took(const Result<Handle>& handle) {
    if (!handle) return all_.pop_back();
    all_.back().handle = *handle;
  }

  sim::Rng rng_;
  std::deque<Sent> all_;  // completions point into it; outlives the client
  WebSocketWorld t_;
  std::string seed_;
};

void whatever_happens_each_message_ends_once_and_comes_at_most_once(void**) {
  int came_well = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    Storm storm(seed);
    storm.rage(150);
    storm.calm_down();
    storm.judge();
    came_well += storm.came_well();
  }
  EXPECT(came_well > 1000, "most of them to be sent");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(whatever_happens_each_message_ends_once_and_comes_at_most_once),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

#pragma once
// A simulated ground on which one call of a port fails, and what must hold there all the same.

#include "sim_ground.hpp"

#include <array>
#include <string>

namespace kedge::test {

/// The scenario went another way than without the failure; the promises were kept so far.
struct Disturbed {};

/// Whose call fails.
enum class Caller : std::uint8_t {
  party,         ///< the party's port
  second_party,  ///< the other party's
  server,        ///< the server's port: its timer and randomness
  line,          ///< the server's end of the parties' lines
};
inline constexpr std::array<const char*, 4> caller_names = {"the party", "the second party", "the server",
                                                            "the server's line"};
inline constexpr std::array<const char*, sim::call_kinds> call_names = {"read",    "write",  "connect",
                                                                        "resolve", "random", "arm"};

/// What the user does when it has failed.
enum class User : std::uint8_t {
  waits,   ///< until everything is well again
  closes,  ///< the client, in the turn of the failure
};

/// Which call fails, once.
struct Failure {
  User user = User::waits;
  Caller caller = Caller::party;
  sim::Call call = sim::Call::read;
  std::uint64_t nth = 0;  ///< from 1; 0: none

  [[nodiscard]] std::string text() const {
    return std::string(call_names[static_cast<std::size_t>(call)]) + " number " + std::to_string(nth) +
           " of " + caller_names[static_cast<std::size_t>(caller)] + " fails and the user " +
           (user == User::waits ? "waits" : "closes");
  }
};

template <class P>
class FailingGround final : public SimGround<P> {
  using SimGround = test::SimGround<P>;
  using Party = typename P::Party;

 public:
  FailingGround(typename P::Config config, bool tls, const Failure& failure)
      : SimGround(std::move(config), tls), failure_(failure) {
    calls().fail_nth(failure.call, failure.nth);
  }
  [[nodiscard]] sim::Calls& calls_of(Caller caller) {
    switch (caller) {
      case Caller::party:
        return this->client_ports[0].calls();
      case Caller::second_party:
        return this->client_ports[1].calls();
      case Caller::server:
        return this->server_port.calls();
      case Caller::line:
        break;
    }
    return this->listener.calls();
  }
  [[nodiscard]] bool failed() { return calls().failures() > 0; }

  Way way(std::size_t party) override {
    two_parties_ = two_parties_ || party > 0;
    return SimGround::way(party);
  }
  bool run_until(const std::function<bool()>& done) override {
    const bool watch = failure_.user == User::closes && !closing_;
    return SimGround::run_until([&] { return done() || (watch && failed()); }) && done();
  }
  // Before the failure, and when there was none, everything the scenario says must hold.
  void unmet(const char*) override {
    if (failed()) throw Disturbed{};
  }
  /// What was under way comes to an end of its own, and the line comes back.
  void before_close(Party& party) override {
    closing_ = true;
    if (failure_.user == User::closes && failed()) return;
    party.token = P::token;
    const LinkState state = party.client->state();
    if (state == LinkState::idle || state == LinkState::closing || state == LinkState::closed) return;
    EXPECT(run_until([&] { return all_over(party); }), "each request to end by its deadline");
    EXPECT(run_until([&] { return settled(party); }), "the client to come back");
    if (!(P::one_at_a_time && two_parties_)) expect_short_absences(party);
  }
  void after_close(Party& party, Duration length) override {
    EXPECT(length <= close_timeout + late, "close() to end in time");
    EXPECT(this->client_ports[party.number].idle(), "a closed client to leave its port idle");
    for (const auto& ending : party.endings) {
      EXPECT(ending.ended - ending.started <= ending.deadline + late, "a request to end by its deadline");
      P::expect_sensible(party, ending);
    }
    asked_ += party.endings.size();
  }
  /// The server's own end, after the parties'.
  void shut_down() {
    bool gone = false;
    this->server->shut_down([&gone]() noexcept { gone = true; });
    EXPECT(run_until([&gone] { return gone; }), "the server to shut down");
    EXPECT(this->server->connection_count() == 0, "a server that is down to have no connection");
    this->world.run_for(std::chrono::seconds{1});
    EXPECT(this->world.connections() == 0, "no connection to be left");
    EXPECT(P::done(this->stand_in()) <= asked_, "nothing to have been carried out twice");
  }

 private:
  static constexpr Duration late = std::chrono::seconds{1};  ///< of a timer that fails
  static constexpr Duration close_timeout = std::chrono::seconds{1};
  /// A call that fails is noticed at once, no stage has to time out: the waits between a few attempts.
  static constexpr Duration absence_max = std::chrono::seconds{1} + late;

  [[nodiscard]] sim::Calls& calls() { return calls_of(failure_.caller); }
  bool all_over(const Party& party) {
    P::help(this->stand_in());
    return std::all_of(party.endings.begin(), party.endings.end(),
                       [](const Ending& ending) { return ending.times > 0; });
  }
  // Ready, or turned away by the other one who is.
  bool settled(const Party& party) {
    if (party.client->state() == LinkState::ready) return true;
    return P::one_at_a_time && two_parties_ && P::turned_away(this->stand_in(), party);
  }
  static void expect_short_absences(const Party& party) {
    Instant gone = party.times.front();
    for (std::size_t i = 1; i < party.states.size(); ++i) {
      const bool ready = party.states[i] == LinkState::ready;
      if (ready) EXPECT(party.times[i] - gone <= absence_max, "the client to be ready again in time");
      if (party.states[i - 1] == LinkState::ready) gone = party.times[i];
    }
  }

  const Failure failure_;
  bool two_parties_ = false;
  bool closing_ = false;
  std::size_t asked_ = 0;
};

}  // namespace kedge::test

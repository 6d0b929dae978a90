#pragma once
// What the scenarios of any protocol stand on: a world (simulated, or libuv and TLS) with the hub's stand-in
// in it, and parties - real clients - that connect to it.
//
// A protocol P supplies its list of scenarios and says what they are made of, and gets three runs for it:
// scripted/sim_ground.hpp, integration/uv_ground.hpp, and scripted/failing_ground.hpp, where each call of a
// port fails:
//
//   using StandIn, Config  the hub's side, with `attach(TestServer&)`, and what it is made of
//   using Party, Ending    one that derives from test::Party<P>; a request of its client's, from test::Ending
//   using Client           the client
//   token                  what a party shows
//   make_stand_in(Config), services(StandIn&), server_config()
//   one_at_a_time          the stand-in turns a second party away, and `turned_away(StandIn&, const Party&)`
//                          says that it did
//   help(StandIn&)         what a person at the server does so that everything asked ends
//   done(StandIn&)         how many requests were carried out
//   expect_sensible(const Party&, const Ending&)
//                          whatever failed, it ended as this request of the party's may

#include "support/server.hpp"

#include <kedge/client.hpp>

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "support/cmocka.hpp"

namespace kedge::test {

using server::CutKind;

/// A client's port and what it needs to reach the stand-in.
struct Way {
  Port* port = nullptr;
  TlsLayer* tls = nullptr;
  std::string url;  ///< ends with '/'
};

template <class P>
class Ground {
 public:
  Ground(const Ground&) = delete;
  Ground& operator=(const Ground&) = delete;
  virtual ~Ground() = default;
  /// For party 0 or 1; each has a port of its own.
  virtual Way way(std::size_t party) = 0;
  /// Lets time pass until `done`; false when the ground's patience (far more than any scenario needs) is at
  /// its end.
  virtual bool run_until(const std::function<bool()>& done) = 0;
  [[nodiscard]] typename P::StandIn& stand_in() { return *stand_in_; }

  /// What a scenario expects does not hold. Returns where that is a failure; a ground that disturbed the
  /// scenario throws and so ends it, as only the promises below hold there whatever happens.
  virtual void unmet(const char*) {}
  /// The scenario is done with the party, which is closed next.
  virtual void before_close(typename P::Party&) {}
  /// The party is closed, since `length` after close() was called.
  virtual void after_close(typename P::Party&, Duration) {}

 protected:
  explicit Ground(typename P::Config config)
      : stand_in_(P::make_stand_in(std::move(config))), services_(P::services(*stand_in_)) {}

  /// The hub's limits, less of them: scenarios send little, and each makes a server. `message_bytes`: the
  /// largest message that it takes.
  [[nodiscard]] static ServerSetup small_server(std::uint32_t message_bytes = 64 * 1024) {
    ServerSetup config = P::server_config();
    config.service.connections_max = 4;
    config.server.refusals_max = 2;
    config.service.message_buffers = 2;
    config.service.limits.inbound_message_bytes_max = message_bytes;
    config.service.limits.outbound_bytes = 2 * message_bytes;
    config.service.limits.outbound_message_bytes_max = 2 * message_bytes;
    config.service.limits.outbound_messages_max = 256;
    config.service.close_timeout = std::chrono::milliseconds{500};
    return config;
  }
  /// Once. Where it listens.
  Address serve(std::unique_ptr<TestServer>& server, Port& port, Acceptor& acceptor, server::TlsAcceptor* tls,
                const ServerSetup& config, const Address& address) {
    server = std::make_unique<TestServer>(port, acceptor, tls, config, services_, LogHook{});
    stand_in_->attach(*server);
    const auto bound = server->listen(address);
    EXPECT(bound.ok(), "the server to listen");
    return *bound;
  }

 private:
  std::unique_ptr<typename P::StandIn> stand_in_;
  std::vector<server::Service*> services_;
};

/// Fails with a sentence that says what the scenario expected, unless the ground disturbed it.
#define EXPECT_ON(ground, condition, what)             \
  do {                                                 \
    const bool condition_holds = (condition);          \
    if (!condition_holds) (ground).unmet(what);        \
    EXPECT(condition_holds, what " (" #condition ")"); \
  } while (false)

/// A request, and how it ended.
struct Ending {
  Duration deadline{};
  Instant started, ended;
  int times = 0;
  int times_after_closed = 0;
  int place = -1;  ///< among the party's endings, from 0
  Error error;
};

/// A client whose times are short, and what became of its requests. Closed at the end, and every request with
/// it: whoever derives from it calls `end()` in its destructor.
template <class P>
class Party {
  Ground<P>& ground_;
  const Way way_;
  std::vector<std::byte> storage_;  // outlives the client, which is destroyed in it

 public:
  Party(const Party&) = delete;
  Party& operator=(const Party&) = delete;

  void start() { EXPECT(client->connect().ok(), "the client to start"); }
  void end() {
    auto& self = static_cast<typename P::Party&>(*this);
    ground_.before_close(self);
    const Instant begin = now();
    client->close();
    EXPECT(ground_.run_until([this] { return client->state() == LinkState::closed; }), "the client to close");
    for (const Ending& ending : endings) {
      EXPECT(ending.times == 1, "each request to have completed once");
      EXPECT(ending.times_after_closed == 0, "nothing to complete after closed");
    }
    const Statistics statistics = client->statistics();
    EXPECT(statistics.pending == 0 && statistics.queued == 0, "a closed client to hold nothing");
    ground_.after_close(self, now() - begin);
  }
  void wait(const Ending& ending) {
    EXPECT_ON(ground_, ground_.run_until([&] { return ending.times > 0; }), "the request to end");
  }
  /// Until it has come to pass: on a machine that stalls, a short wait begins and ends in one turn of the
  /// loop.
  void wait(LinkState state) {
    const std::size_t before = states.size();
    const auto entered = [&] {
      return client->state() == state || std::find(states.begin() + static_cast<std::ptrdiff_t>(before),
                                                   states.end(), state) != states.end();
    };
    EXPECT_ON(ground_, ground_.run_until(entered), "the state");
  }
  /// Until so many requests have ended.
  void wait_for_all(int count) {
    EXPECT_ON(ground_, ground_.run_until([&] { return completed == count; }), "all to complete");
  }
  void expect_error(const Ending& ending, ErrorKind kind, std::int32_t code = 0) {
    wait(ending);
    if (ending.error.kind() != kind || ending.error.code() != code) ground_.unmet("the error");
    EXPECT_TEXT(to_string(ending.error.kind()), to_string(kind));
    EXPECT(ending.error.code() == code, "the protocol's own code");
    EXPECT(ending.times == 1, "one completion");
  }
  void expect_all_closed() {
    for (const Ending& ending : endings) {
      EXPECT_ON(ground_, ending.error.kind() == ErrorKind::closed && ending.times == 1, "closed, once");
    }
  }
  [[nodiscard]] Instant now() const { return way_.port->now(); }

  const std::size_t number;
  /// For the next attempt.
  std::string token{P::token};
  std::deque<typename P::Ending> endings;  // a deque: completions point into it
  int completed = 0;
  std::vector<LinkState> states;
  std::vector<Instant> times;  ///< of the states
  std::vector<Error> errors;
  std::unique_ptr<typename P::Client> client;

 protected:
  Party(Ground<P>& ground, std::size_t number_in, std::size_t storage_bytes)
      : ground_(ground), way_(ground.way(number_in)), storage_(storage_bytes), number(number_in) {}
  ~Party() = default;

  [[nodiscard]] Ground<P>& ground() const { return ground_; }
  [[nodiscard]] Port& port() const { return *way_.port; }
  [[nodiscard]] std::span<std::byte> storage() { return storage_; }
  /// The way to the stand-in, short times, and what is recorded. `path`: behind the '/'.
  void set_up(ClientConfig& config, std::string_view path = {}) {
    url_ = way_.url + std::string(path);
    config.url = url_;
    config.tls = way_.tls;
    config.credentials = [this](Secret& secret) noexcept { return secret.assign(token); };
    config.on_state = [this](LinkState state, const Error& error) noexcept {
      states.push_back(state);
      times.push_back(now());
      if (error) errors.push_back(error);
    };
    // Long enough that a machine that stalls finds the client still offline where a scenario says so.
    config.backoff = {std::chrono::milliseconds{100}, std::chrono::milliseconds{200}, Jitter::equal};
    config.max_retries = {};
    config.fatal_retry_interval = std::chrono::milliseconds{40};
    config.close_timeout = std::chrono::seconds{1};
  }
  /// One more request.
  typename P::Ending& begin(Duration deadline) {
    auto& ending = endings.emplace_back();
    ending.deadline = deadline;
    ending.started = now();
    return ending;
  }
  void over(Ending& ending, const Error& error) noexcept {
    ++ending.times;
    if (!states.empty() && states.back() == LinkState::closed) ++ending.times_after_closed;
    ending.ended = now();
    ending.place = completed++;
    ending.error = error;
  }

 private:
  std::string url_;
};

template <class P>
struct Scenario {
  const char* name;
  typename P::Config (*config)();
  void (*run)(Ground<P>& ground);
};

/// Runs every scenario, each on a ground of its own, made from the scenario's configuration of the stand-in.
template <template <class> class SomeGround, class P>
int run_scenarios(const char* group, std::span<const Scenario<P>> scenarios) {
  std::vector<CMUnitTest> tests;
  for (const Scenario<P>& one : scenarios) {
    const auto run = [](void** state) {
      const auto& scenario = *static_cast<const Scenario<P>*>(*state);
      SomeGround<P> ground(scenario.config());
      scenario.run(ground);
    };
    tests.push_back({one.name, run, nullptr, nullptr, const_cast<Scenario<P>*>(&one)});
  }
  return _cmocka_run_group_tests(group, tests.data(), tests.size(), nullptr, nullptr);
}

}  // namespace kedge::test

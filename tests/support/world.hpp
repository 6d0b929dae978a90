#pragma once
// One client and one server on a simulated world, and what is recorded of the client. A protocol adds its
// client, its server and its verbs.

#include "support/server.hpp"

#include <kedge/client.hpp>
#include <kedge/limits.hpp>
#include <kedge/port_sim.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "support/cmocka.hpp"

namespace kedge::test {

/// Whoever derives from it makes the client, and calls `end()` in its destructor: what the client calls back
/// is its own.
template <class Client, class Service>
class World {
 public:
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  void run(Duration length) { world.run_for(length); }
  bool until(LinkState state, Duration bound = std::chrono::minutes{2}) {
    return world.run_until([&] { return client->state() == state; }, bound);
  }
  void connect() {
    EXPECT(client->connect().ok(), "connect to be accepted");
    EXPECT(until(LinkState::ready), "the client to be ready");
  }
  /// Cuts the line abruptly and waits until the client has noticed.
  void cut() {
    EXPECT(port.cut(sim::Cut::reset), "a line to cut");
    EXPECT(world.run_until([&] { return client->state() != LinkState::ready; }, std::chrono::minutes{1}),
           "the client to notice the cut");
  }
  [[nodiscard]] bool logged(std::string_view words) const { return holds(log, words); }

  sim::World world;
  Limits limits;
  std::string secret;   ///< for the next attempt
  std::string peer_id;  ///< that each line of the log names, beside the server; empty: is not looked at
  std::function<void(LinkState)> on_state;
  std::vector<LinkState> states;
  std::vector<Instant> times;  ///< of the states
  std::vector<Error> errors;   ///< those that were told with a state
  std::vector<std::string> log;
  Service service;
  sim::Port server_port{world};
  sim::Listener listener{world};
  server::Service* services[1] = {&service};
  std::unique_ptr<TestServer> host;
  std::vector<std::byte> storage;
  sim::Port port{world};
  std::optional<Client> client;

 protected:
  /// The server, once it serves, is called `name`. `secret`: what the client shows; empty: nothing.
  World(std::string_view name, std::string_view secret_in, std::uint64_t seed, const Limits& limits_in,
        std::size_t storage_bytes)
      : world(seed),
        limits(limits_in),
        secret(secret_in),
        storage(storage_bytes),
        name_(name),
        url_("ws://" + name_ + "/"),
        first_secret_(secret_in) {
    EXPECT(world.set_name(name, std::span(&address_, 1)), "room for the name");
  }
  ~World() = default;

  void serve(const ServerSetup& config) {
    host = std::make_unique<TestServer>(server_port, listener, nullptr, config, services, LogHook{});
    Address address = address_;
    address.port = 80;
    EXPECT(host->listen(address).ok(), "the simulated server to listen");
  }
  /// What is recorded, and the way to the server, where a test has not said another.
  void watch(ClientConfig& config) {
    if (config.url.empty()) config.url = url_;
    if (!secret.empty()) {
      config.credentials = [this](Secret& into) noexcept { return into.assign(secret); };
    }
    config.on_state = [this](LinkState state, const Error& error) noexcept {
      states.push_back(state);
      times.push_back(world.now());
      if (error) errors.push_back(error);
      if (on_state) on_state(state);
    };
    if (config.log) return;
    config.log = [this](const LogRecord& record) noexcept {
      log.emplace_back(std::string(record.event) + ": " + std::string(record.message));
      EXPECT(peer_id.empty() || (record.peer == name_ && record.peer_id == peer_id),
             "every line to name who speaks");
    };
  }
  void end() {
    on_state = {};
    if (!client) return;
    client->close();
    run(std::chrono::seconds{20});
    EXPECT(client->state() == LinkState::closed || client->state() == LinkState::idle,
           "the client to be closed");
    client.reset();
    if (first_secret_.empty()) return;
    EXPECT(!holds(log, first_secret_), "no secret in a log line");
    for (const Error& error : errors)
      EXPECT(error.message().find(first_secret_) == std::string_view::npos, "no secret in an error");
  }

 private:
  static bool holds(const std::vector<std::string>& lines, std::string_view words) {
    return std::any_of(lines.begin(), lines.end(),
                       [&](const std::string& line) { return line.find(words) != std::string::npos; });
  }

  const Address address_ = sim::ipv4(10, 0, 0, 1);
  const std::string name_;
  const std::string url_;
  const std::string first_secret_;
};

}  // namespace kedge::test

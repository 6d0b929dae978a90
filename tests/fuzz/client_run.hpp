#pragma once
// A whole agent-gate client on a simulated world, and a server that says whatever it is told to.

#include <kedge/agent_gate.hpp>
#include <kedge/port_sim.hpp>
#include <kedge/storage.hpp>

#include "fuzz.hpp"
#include "wire_end.hpp"

#include <string>
#include <vector>

namespace kedge::fuzz {

class ClientRun {
 public:
  explicit ClientRun(std::uint8_t seed)
      : world(
            seed,
            {.ports = 1, .hosts = 1, .connections = 4, .buffer_bytes = 16 * 1024, .names = 1, .actions = 1}),
        storage_(agent_gate::storage_bytes(limits)),
        host(world, [this](sim::Peer peer, sim::PeerEvent event) noexcept { on_peer(peer, event); }) {
    PROMISE(host.listen(sim::ipv4(10, 0, 0, 1, 80)).ok(), "a server that listens");
    if (seed % 4U == 3) {
      auto profile = sim::NetworkProfile::randomised(seed);
      world.set_profile(profile);
    }
    agent_gate::Config config;
    config.client.url = "ws://10.0.0.1/";
    config.client.credentials = [](Secret& secret) noexcept { return secret.assign("let-me-in"); };
    config.client.on_state = [this](LinkState state, const Error&) noexcept {
      PROMISE(!inside_call_, "no handler runs inside a call");
      PROMISE(state_ != LinkState::closed, "nothing follows closed");
      state_ = state;
    };
    config.client.log = [](const LogRecord&) noexcept {};
    config.client.log_level = LogLevel::debug;
    config.client.max_retries = seed % 4U == 2 ? std::optional<std::uint32_t>(3) : std::nullopt;
    config.client.fatal_policy = seed % 2U == 0 ? FatalPolicy::retry_slowly : FatalPolicy::stop;
    config.on_unclaimed_row = [this](const agent_gate::ResultRow& row) noexcept {
      PROMISE(!inside_call_ && state_ != LinkState::closed, "rows come from the loop, before closed");
      PROMISE(row.too_large || row.bytes <= limits.result_row_bytes_max, "a whole row is within its limit");
    };
    client.emplace(port, std::move(config), limits, storage_);
    requests_.reserve(requests_max);
    PROMISE(client->connect().ok(), "a client that starts");
  }

  enum class What : std::uint8_t { tool, tools, results };

  void ask(What what, std::string_view args, Duration deadline, Priority priority) {
    if (requests_.size() == requests_max) return;
    const std::size_t index = requests_.size();
    requests_.push_back({});
    requests_[index].due = after(world.now(), deadline);
    const auto done = [this, index](const Outcome& outcome) noexcept { on_done(index, outcome); };
    const agent_gate::RequestOptions options{deadline, priority};
    inside_call_ = true;
    auto handle = what == What::tool    ? client->tool_request("light", args, done, options)
                  : what == What::tools ? client->list_tools(done, options)
                                        : client->get_pending_results(done, options);
    inside_call_ = false;
    requests_[index].started = handle.ok();
    if (handle) requests_[index].handle = *handle;
  }
  void cancel(std::size_t number) {
    if (requests_.empty()) return;
    Request& request = requests_[number % requests_.size()];
    inside_call_ = true;
    const bool cancelled = request.started && client->cancel(request.handle);
    inside_call_ = false;
    PROMISE(!cancelled || (request.completions == 0 && !request.cancelled),
            "only what waits is cancelled, once");
    request.cancelled = request.cancelled || cancelled;
  }
  void close() {
    inside_call_ = true;
    client->close();
    inside_call_ = false;
  }

  /// The end of each run: close() ends it, whatever has happened.
  void finish() {
    close();
    // A timer that was made to fail comes a second late: one that ran already, and one after that.
    world.run_for(std::chrono::seconds{8});
    PROMISE(client->state() == LinkState::closed && state_ == LinkState::closed,
            "close() ends it within close_timeout");
    PROMISE(port.idle(), "a closed client leaves nothing at its port");
    world.run_for(std::chrono::hours{1});
    std::size_t started = 0;
    for (const Request& request : requests_) {
      started += request.started ? 1U : 0U;
      PROMISE(request.completions == (request.started ? 1 : 0), "each request completed exactly once");
      PROMISE(!request.started || !client->cancel(request.handle),
              "the handle of a finished request is harmless");
    }
    const Statistics counted = client->statistics();
    PROMISE(counted.pending == 0 && counted.queued == 0 && counted.queued_bytes == 0,
            "nothing is left in pool and ring");
    PROMISE(counted.requests_started == started && counted.requests_completed == started,
            "and the counters say so");
  }

  /// `{id}`, `{tool}`, `{poll}` in a server's words: ids of the client's last message, tool request and poll.
  std::string with_ids(std::string_view words) {
    std::string out(words);
    const std::pair<std::string_view, const std::string&> names[] = {
        {"{id}", id_}, {"{tool}", tool_id_}, {"{poll}", poll_id_}};
    for (const auto& [name, id] : names) {
      for (std::size_t at = out.find(name); at != std::string::npos; at = out.find(name, at))
        out.replace(at, name.size(), id);
    }
    return out;
  }

  static constexpr agent_gate::Limits limits = agent_gate::Limits::tiny();
  sim::World world;

 private:
  static constexpr std::size_t requests_max = 64;
  std::vector<std::byte> storage_;

 public:
  WireEnd wire{ws::Role::server};
  sim::PeerHost host;
  sim::Port port{world};
  std::optional<agent_gate::Client> client;

 private:
  struct Request {
    Handle handle;
    Instant due{};
    int completions = 0;
    bool started = false;
    bool cancelled = false;
  };

  void on_done(std::size_t index, const Outcome& outcome) noexcept {
    Request& request = requests_[index];
    PROMISE(!inside_call_, "no completion runs inside a call");
    PROMISE(request.started && ++request.completions == 1,
            "a request completes once, and only one that was started");
    PROMISE(state_ != LinkState::closed, "and not after closed");
    PROMISE(!request.cancelled || outcome.error.kind() == ErrorKind::cancelled,
            "a cancelled request says so");
    // A timer that was made to fail comes a second late.
    PROMISE(world.now() <= after(request.due, std::chrono::seconds{2}), "no request outlives its deadline");
    PROMISE(outcome.error || json::parse(outcome.text(), 255).ok(), "a result is JSON");
    PROMISE(outcome.request == request.handle, "under its own handle");
  }
  void on_peer(sim::Peer peer, sim::PeerEvent event) noexcept {
    if (event == sim::PeerEvent::open) wire.attach(peer);
    if (!(peer == wire.peer())) return;
    const std::size_t before = wire.messages.size();
    wire.read();
    for (std::size_t i = before; i < wire.messages.size(); ++i) note_id(wire.messages[i]);
  }
  void note_id(const std::string& message) {
    const auto parsed = json::parse(message, 255);
    id_ = parsed->find("id").text();
    if (parsed->find("method").equals("tool_request")) tool_id_ = id_;
    if (parsed->find("method").equals("get_pending_results")) poll_id_ = id_;
  }

  std::vector<Request> requests_;
  std::string id_ = "0", tool_id_ = "0", poll_id_ = "0";
  LinkState state_ = LinkState::idle;
  bool inside_call_ = false;
};

}  // namespace kedge::fuzz

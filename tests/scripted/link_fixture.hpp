#pragma once
// A Link with a protocol that says yes to everything, and a host that upgrades connections, on one simulated
// world.

#include "base/arena.hpp"
#include "link/link.hpp"
#include "support/server.hpp"

#include <functional>
#include <string>
#include <vector>

#include "support/world.hpp"

namespace kedge::test {

/// Records what the link tells it; ready as soon as the line is open, unless told to wait.
class RecordingProtocol final : public Protocol {
 public:
  Link* link = nullptr;
  bool ready_at_open = true;
  const Secret* secret = nullptr;  // the link's
  std::vector<std::string> messages;
  std::vector<std::uint64_t> sent;
  std::vector<Error> lost;
  std::vector<Error> stopped;
  int opened = 0;
  int readied = 0;
  std::function<void(std::string_view)> on_text;
  std::function<Result<void>(UpgradeExtras&)> attempt;
  std::function<void(const Opened&)> opened_to;
  std::function<void()> open;
  std::function<void()> turn;
  int turns = 0;
  std::uint64_t piece_bytes = 0;
  std::uint64_t discarded_bytes = 0;

  Result<void> on_attempt(const Secret& of_attempt, UpgradeExtras& extras) noexcept override {
    secret = &of_attempt;
    return attempt ? attempt(extras) : Result<void>{};
  }
  void on_open(const Opened& said) noexcept override {
    ++opened;
    if (opened_to) opened_to(said);
    if (open) open();
    if (ready_at_open) link->authenticated();
  }
  void on_ready() noexcept override { ++readied; }
  void on_message(const Message& message) noexcept override {
    messages.emplace_back(message.text());
    if (on_text) on_text(messages.back());
  }
  void on_piece(MessageType, std::span<const std::byte> piece, bool, bool) noexcept override {
    piece_bytes += piece.size();
  }
  void on_discarded(MessageType, std::uint64_t bytes) noexcept override { discarded_bytes += bytes; }
  void on_sent(Handle, std::uint64_t tag) noexcept override { sent.push_back(tag); }
  void on_lost(const Error& why) noexcept override { lost.push_back(why); }
  void on_stopped(const Error& why) noexcept override { stopped.push_back(why); }
  void on_turn(Instant) noexcept override {
    ++turns;
    if (turn) turn();
  }
};

/// A service that echoes, or does what a test says.
class EchoService final : public server::Service {
 public:
  bool serves(std::string_view path) const noexcept override { return path == "/"; }
  server::Admission admit(const ws::UpgradeServer&) noexcept override { return admission; }
  void on_open(server::Connection& connection) noexcept override {
    ++opened;
    current = &connection;
    if (open) open(connection);
  }
  void on_message(server::Connection& connection, ws::MessageType,
                  std::span<const std::byte> payload) noexcept override {
    received.emplace_back(reinterpret_cast<const char*>(payload.data()), payload.size());
    if (message) {
      message(connection, received.back());
    } else {
      connection.send(received.back());
    }
  }
  void on_closed(server::Connection&, const Error& why) noexcept override {
    ++closed;
    last_close = why;
    current = nullptr;
  }

  server::Admission admission;
  std::function<void(server::Connection&)> open;
  std::function<void(server::Connection&, std::string_view)> message;
  server::Connection* current = nullptr;
  std::vector<std::string> received;
  int opened = 0;
  int closed = 0;
  Error last_close;
};

inline ServerSetup small_server() {
  ServerSetup config;
  config.service.connections_max = 8;
  config.service.limits = Limits::small();
  return config;
}

/// One world, one server, one link. Served once a test says so.
class LinkWorld : public World<Link, EchoService> {
 public:
  explicit LinkWorld(ClientConfig config = {}, std::uint64_t seed = 1, Limits limits_in = Limits::small(),
                     const LinkOptions& options = {})
      : World("gateway", {}, seed, limits_in, Link::storage_bytes(limits_in)) {
    watch(config);
    Arena arena(storage);
    client.emplace(port, std::move(config), options, limits, arena, protocol);
    protocol.link = link = &*client;
  }
  ~LinkWorld() {
    // They may refer to what the test had, and which is gone by now.
    protocol.on_text = {};
    protocol.attempt = {};
    protocol.open = protocol.turn = {};
    service.open = {};
    service.message = {};
    end();
  }

  void serve(const ServerSetup& config = small_server()) { World::serve(config); }
  bool run_until_state(LinkState state, Duration bound = std::chrono::minutes{1}) {
    return until(state, bound);
  }
  bool connect_and_wait(Duration bound = std::chrono::minutes{1}) {
    return link->connect().ok() && until(LinkState::ready, bound);
  }
  Result<Handle> push(std::string_view text, const OutboundOptions& options = {}) {
    auto pushed = link->ring().try_push(std::as_bytes(std::span(text.data(), text.size())), options);
    link->wake();
    return pushed;
  }

  RecordingProtocol protocol;
  Link* link = nullptr;
};

}  // namespace kedge::test

#pragma once
// What the tests of the simulated port share: recorders of events and short ways to move text.

#include <kedge/port_sim.hpp>

#include "support/cmocka.hpp"

#include <string>
#include <vector>

namespace kedge::test {

using namespace std::chrono_literals;

inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

/// Counts what a stream tells.
struct StreamLog final : StreamEvents {
  int opens = 0, errors = 0, readables = 0, writables = 0, closes = 0;
  Error error;
  Callback<void()> then_readable, then_closed;
  void on_open() noexcept override { ++opens; }
  void on_error(const Error& e) noexcept override {
    ++errors;
    error = e;
  }
  void on_readable() noexcept override {
    ++readables;
    if (then_readable) then_readable();
  }
  void on_writable() noexcept override { ++writables; }
  void on_closed() noexcept override {
    ++closes;
    if (then_closed) then_closed();
  }
};

/// Counts what a port tells.
struct PortLog final : PortEvents {
  int timers = 0, answers = 0;
  std::vector<Address> addresses;
  Error error;
  Callback<void()> then_timer;
  void on_timer() noexcept override {
    ++timers;
    if (then_timer) then_timer();
  }
  void on_resolved(std::span<const Address> found, const Error& e) noexcept override {
    ++answers;
    addresses.assign(found.begin(), found.end());
    error = e;
  }
};

/// A server that keeps the streams it is given.
struct AcceptLog final : AcceptEvents {
  std::vector<Stream*> streams;
  StreamLog events;
  int errors = 0, closes = 0;
  bool turn_away = false, forget = false;
  void on_accept(Stream& stream, const Address&) noexcept override {
    streams.push_back(&stream);
    if (turn_away) {
      stream.close();
    } else if (!forget) {
      stream.set_events(events);
    }
  }
  void on_accept_error(const Error&) noexcept override { ++errors; }
  void on_accept_closed() noexcept override { ++closes; }
};

inline std::string read_some(Stream& stream, std::size_t at_most, IoStatus* status = nullptr) {
  std::string text(at_most, '\0');
  const IoResult result = stream.read(std::as_writable_bytes(std::span(text)));
  if (status != nullptr) *status = result.status;
  text.resize(result.bytes);
  return text;
}

inline std::string read_all(sim::Peer peer) {
  std::string text(peer.readable(), '\0');
  text.resize(peer.read(std::as_writable_bytes(std::span(text))));
  return text;
}

/// A port connected to a raw peer at 10.0.0.1:80.
struct Line {
  sim::World world;
  sim::PeerHost host{world};
  sim::Port port{world};
  PortLog port_log;
  StreamLog log;
  Stream* stream = nullptr;
  sim::Peer peer;

  explicit Line(const sim::NetworkProfile& profile = {}, std::uint64_t seed = 1) : world(seed) {
    world.set_profile(profile);
    port.set_events(port_log);
    EXPECT(host.listen(sim::ipv4(10, 0, 0, 1, 80)).ok(), "the peer to listen");
    connect();
  }
  void connect() {
    Result<Stream*> started = port.connect(sim::ipv4(10, 0, 0, 1, 80), log);
    EXPECT(started.ok(), "a connection to be started");
    stream = *started;
    const int before = log.opens + log.errors;
    world.run_until([&] { return log.opens + log.errors > before; }, 1min);
    peer = host.latest();
  }
};

/// Collects broken contracts instead of aborting.
struct Contract {
  std::vector<std::string> broken;
  explicit Contract(sim::World& world) {
    world.set_on_broken_contract([this](std::string_view what) noexcept { broken.emplace_back(what); });
  }
  [[nodiscard]] bool once(std::string_view words) {
    const bool as_expected = broken.size() == 1 && broken[0].find(words) != std::string::npos;
    if (!as_expected) {
      for (const std::string& one : broken) print_error("broken: %s\n", one.c_str());
    }
    broken.clear();
    return as_expected;
  }
};

}  // namespace kedge::test

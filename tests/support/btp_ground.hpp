#pragma once
// What the scenarios of BTP stand on.

#include "crypto/digest.hpp"
#include "hub/btp/connector.hpp"
#include "support/ground.hpp"

#include <kedge/btp.hpp>

#include <array>

namespace kedge::test {

using btp::Dialect;
using ConnectorConfig = hub::btp::Config;

/// A packet, and the answer that it had.
struct PacketEnding : Ending {
  std::string destination;
  std::string data;
  std::string fulfillment;  ///< when it was fulfilled
  std::string code;         ///< when it was rejected
};

class Peer;

struct Btp {
  using StandIn = hub::btp::Connector;
  using Config = ConnectorConfig;
  using Client = btp::Client;
  using Party = Peer;
  using Ending = PacketEnding;
  static constexpr std::string_view token = "correct horse";
  static constexpr bool one_at_a_time = false;
  static constexpr std::string_view names[] = {"alice", "bob"};

  static std::unique_ptr<StandIn> make_stand_in(Config config) {
    hub::btp::PeerTokens tokens;
    EXPECT(tokens.add(hub::btp::PeerTokens::any_peer, token).ok(), "a token to be taken");
    return std::make_unique<StandIn>(std::move(config), std::move(tokens));
  }
  static std::vector<server::Service*> services(StandIn& connector) { return {&connector}; }
  static ServerSetup server_config() {
    return {.server = {}, .service = hub::btp::connector_service_config()};
  }
  static bool turned_away(StandIn&, const Peer&) { return false; }
  static void help(StandIn&) {}
  static std::uint64_t done(StandIn& connector) { return connector.counters().packets; }

  static std::string hash(std::string_view text) {
    std::array<std::byte, ilp::hash_bytes> hash{};
    EXPECT(crypto::sha256(std::as_bytes(std::span(text)), hash), "SHA-256 to work");
    return {reinterpret_cast<const char*>(hash.data()), hash.size()};
  }
  static void expect_sensible(const Peer& peer, const Ending& ending) {
    expect_no_longer_than_its_line(peer, ending);
    if (!ending.fulfillment.empty())
      EXPECT(ending.fulfillment == hash(ending.data), "its own packet's fulfillment");
    if (!sensible(ending))
      print_error("%s: %s%s\n", ending.destination.c_str(), ending.code.c_str(),
                  ending.error.message().data());
    EXPECT(sensible(ending), "an answer or an error that the failure explains");
  }

 private:
  static void expect_no_longer_than_its_line(const Peer& peer, const Ending& ending);
  static bool sensible(const Ending& ending) {
    const std::string_view to = ending.destination;
    const std::string_view code = ending.code;
    switch (ending.error.kind()) {
      case ErrorKind::closed:
      case ErrorKind::timeout:
      case ErrorKind::connection:
        return true;
      case ErrorKind::remote:
        return to == "test.failing";
      case ErrorKind::protocol:
        return to == "test.empty" || to == "test.forged";
      case ErrorKind::none:
        if (to == "test.no") return code == "F00";
        if (to == "test.nowhere") return code == "F02";
        // Handed on: the other one may be gone or going, or the server's random source fails.
        if (to == "test.alice" || to == "test.bob")
          return code.empty() || code == "T00" || code == "T01" || code == "T02" || code == "F02";
        return code.empty() && to != "test.silent" && to != "test.empty" && to != "test.forged";
      default:
        return false;
    }
  }
};

struct PeerOptions {
  Dialect dialect = Dialect::crosstown;
  std::size_t number = 0;  ///< alice or bob
  Limits limits = Limits::small();
  /// The handler of what is asked of it. Null: none.
  std::function<void(Peer&, const btp::IncomingPacket&)> on_packet = nullptr;
};

class Peer final : public Party<Btp> {
 public:
  explicit Peer(Ground<Btp>& on, const PeerOptions& options = {}, bool connect = true)
      : Party(on, options.number, btp::storage_bytes(options.limits)), on_packet_(options.on_packet) {
    btp::Config config;
    set_up(config.client, options.dialect == Dialect::crosstown ? "btp" : "btp2");
    config.dialect = options.dialect;
    config.peer_id = name();
    if (on_packet_) {
      config.on_packet = [this](const btp::IncomingPacket& packet) noexcept {
        for (const auto& [line, request] : told)
          EXPECT(line != packet.id.line || request != packet.id.request, "to be told of a packet once");
        told.push_back(packet.id);
        on_packet_(*this, packet);
      };
    }
    client = std::make_unique<btp::Client>(port(), std::move(config), options.limits, storage());
    if (connect) start();
  }
  ~Peer() { end(); }

  [[nodiscard]] std::string_view name() const { return Btp::names[number]; }
  static constexpr Duration patience = std::chrono::minutes{1};

  /// A packet whose fulfillment is SHA-256 of its data.
  Result<Handle> try_send(std::string_view destination, std::string_view data, Duration timeout,
                          btp::PacketCompletion completion) {
    const std::string condition = Btp::hash(Btp::hash(data));
    const auto bytes = [](std::string_view text) { return std::as_bytes(std::span(text)); };
    const ilp::Prepare prepare{107, *port().wall_time() + std::chrono::seconds{30}, bytes(condition),
                               destination, bytes(data)};
    btp::PacketOptions options;
    options.timeout = timeout;
    return client->send_packet(prepare, std::move(completion), options);
  }
  PacketEnding& send(std::string_view destination, std::string_view data = "some data",
                     Duration timeout = patience) {
    PacketEnding* ending = &begin(timeout);
    ending->destination = destination;
    ending->data = data;
    const auto sent =
        try_send(destination, data, timeout, [this, ending](const btp::PacketOutcome& outcome) noexcept {
          over(*ending, outcome.error);
          if (const auto* fulfill = outcome.fulfill())
            ending->fulfillment.assign(reinterpret_cast<const char*>(fulfill->fulfillment.data()),
                                       fulfill->fulfillment.size());
          if (const auto* reject = outcome.reject()) ending->code = reject->code;
        });
    if (!sent) endings.pop_back();
    EXPECT_ON(ground(), sent.ok(), "the packet to be taken");
    return endings.back();
  }
  /// Refused at once, and never completed.
  void expect_refused(ErrorKind kind) {
    const auto sent = try_send("test.server", {}, patience, [](const btp::PacketOutcome&) noexcept {
      EXPECT(false, "no completion of a packet that was refused");
    });
    EXPECT_ON(ground(), !sent.ok() && sent.error().kind() == kind, "the packet to be refused at once");
    EXPECT_ON(ground(), !sent.error().message().empty(), "words for it");
  }
  void expect_fulfilled(const PacketEnding& ending) {
    wait(ending);
    if (ending.fulfillment.empty()) ground().unmet("a FULFILL");
    EXPECT_TEXT(ending.error.message(), "");
    EXPECT(ending.fulfillment == Btp::hash(ending.data), "its own packet's fulfillment");
    EXPECT(ending.times == 1, "one completion");
  }
  void expect_rejected(const PacketEnding& ending, std::string_view code) {
    wait(ending);
    if (ending.code != code) ground().unmet("a REJECT");
    EXPECT_TEXT(ending.error.message(), "");
    EXPECT_TEXT(ending.code, code);
    EXPECT(ending.times == 1, "one completion");
  }
  /// Answers what asks for SHA-256 of `data`.
  Result<void> fulfil(const btp::IncomingPacket::Id& id, std::string_view data = "some data") {
    const std::string fulfillment = Btp::hash(data);
    return client->answer(id, ilp::Fulfill{std::as_bytes(std::span(fulfillment)), {}});
  }

  std::vector<btp::IncomingPacket::Id> told;  ///< what the handler was told of

 private:
  const std::function<void(Peer&, const btp::IncomingPacket&)> on_packet_;
};

inline void Btp::expect_no_longer_than_its_line(const Peer& peer, const Ending& ending) {
  for (std::size_t i = 0; i < peer.states.size(); ++i) {
    const bool next_line = peer.states[i] == LinkState::ready && ending.started < peer.times[i];
    EXPECT(!next_line || ending.ended <= peer.times[i], "no packet to outlive its line");
  }
}

/// The connector's routes for all scenarios.
inline ConnectorConfig connector_config() {
  using namespace hub::btp;
  ConnectorConfig config;
  using hub::Habit;
  const auto add = [&config](std::string_view prefix, auto action, Habit habit = Habit::none,
                             std::uint32_t reverse = 0) {
    hub::btp::Route route;
    route.prefix = prefix;
    route.action = action;
    route.habit = habit;
    route.reverse = reverse;
    EXPECT(config.routes.add(std::move(route)), "a route");
  };
  add("test.server", Fulfilling{});
  add("test.no", Rejecting{"F00", "no", {}, {}});
  add("test.alice", Forwarding{"alice"});
  add("test.bob", Forwarding{"bob"});
  add("test.silent", Fulfilling{}, Habit::silent);
  add("test.twice", Fulfilling{}, Habit::twice);
  add("test.stray", Fulfilling{}, Habit::wrong_id);
  add("test.empty", Fulfilling{}, Habit::empty);
  add("test.failing", Fulfilling{}, Habit::failing);
  add("test.cut", Fulfilling{}, Habit::cut);
  add("test.forged", Fulfilling{.fulfillment = std::string(ilp::hash_bytes, 'f'), .data = {}});
  add("test.reverse", Fulfilling{}, Habit::none, 64);
  return config;
}

}  // namespace kedge::test

#pragma once
// The stand-in connector: it speaks both dialects of BTP, answers packets by their destination, and hands
// them from one peer to another. It does what real servers do, the odd things too.
//
// connector.cpp follows the lines and reads what they say, connector_packets.cpp follows the packets.

#include "../../server/connection.hpp"
#include "../../server/server.hpp"
#include "../../server/service.hpp"
#include "../answer_queue.hpp"
#include "config.hpp"
#include "forwarded.hpp"
#include "line.hpp"
#include "peer_tokens.hpp"
#include "transit.hpp"

#include "../../protocol/btp/message.hpp"

#include <kedge/ilp.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace kedge::hub::btp {

/// What the connector has counted since it was made.
struct Counters {
  std::uint64_t connections = 0;          ///< WebSockets opened
  std::uint64_t authentications = 0;      ///< peers let in
  std::uint64_t authentications_bad = 0;  ///< refused
  std::uint64_t packets = 0;              ///< PREPAREs taken
  std::uint64_t fulfilled = 0;            ///< of those, with FULFILL for an answer, whatever habit tells it
  std::uint64_t rejected = 0;             ///< with REJECT
  std::uint64_t forwarded = 0;            ///< handed to a peer
  std::uint64_t failed = 0;               ///< requests that were answered with ERROR
  std::uint64_t undelivered = 0;          ///< answers whose line is gone, or takes nothing more
  std::uint64_t unmatched = 0;            ///< answers of peers to nothing that waits
  std::uint64_t undecodable = 0;          ///< messages
};

using server::Connection;
using server::CutKind;
using server::Server;

/// Any number of peers, each on any number of lines. Everything runs on the loop's thread, the operator's
/// calls too.
class Connector final : public server::Service {
 public:
  /// No tokens let nobody in.
  Connector(Config config, PeerTokens tokens);
  Connector(const Connector&) = delete;
  Connector& operator=(const Connector&) = delete;

  /// Once, before anything else: the server it is a service of. Borrowed.
  void attach(Server& server) noexcept { server_ = &server; }

  [[nodiscard]] const PeerTokens& tokens() const noexcept { return tokens_; }

  // For the operator. None of these may be called from inside the connector's own calls.
  /// By the id of their connection: the oldest first.
  [[nodiscard]] const std::map<std::uint64_t, Line>& lines() const noexcept { return lines_; }
  /// Ends every connection of the peer; false when there is none.
  bool cut_peer(std::string_view peer, CutKind how) noexcept;
  [[nodiscard]] const Counters& counters() const noexcept { return counters_; }
  [[nodiscard]] std::size_t packets_forwarded() const noexcept { return forwarded_.size(); }
  [[nodiscard]] std::size_t packets_delayed() const noexcept { return answers_.delayed(); }
  [[nodiscard]] std::size_t packets_held() const noexcept { return answers_.held(); }

  // Service
  [[nodiscard]] bool serves(std::string_view path) const noexcept override;
  [[nodiscard]] bool takes_the_rest() const noexcept override;
  [[nodiscard]] bool pings() const noexcept override { return config_.pings; }
  server::Admission admit(const ws::UpgradeServer& request) noexcept override;
  void on_open(Connection& connection) noexcept override;
  void on_message(Connection& connection, ws::MessageType type,
                  std::span<const std::byte> payload) noexcept override;
  void on_closed(Connection& connection, const Error& why) noexcept override;
  void on_deadline(Connection& connection) noexcept override;
  void on_turn(Instant now) noexcept override;
  [[nodiscard]] Instant next_deadline() const noexcept override;

 private:
  // connector.cpp
  [[nodiscard]] Line* line_of(std::uint64_t id) noexcept;
  [[nodiscard]] Line* line_to(std::string_view peer) noexcept;
  void handle(Line& line, ws::MessageType type, std::span<const std::byte> payload);
  void authenticate(Line& line, const kedge::btp::Message& message);
  void succeed(const Line& fresh, std::uint32_t request_id);
  void refuse(Line& line, std::uint32_t request_id, std::string_view reason);
  void turn_away(Line& line);
  void leave(Line& line);
  void undecodable(Line& line, std::string_view why);
  void request(Line& line, const kedge::btp::Message& message);
  void no_packet(Line& line, std::uint32_t request_id);
  bool say(Line& line, const std::string& message) noexcept;
  void say_error(Line& line, std::uint32_t request_id, std::string_view code, std::string_view name,
                 std::string_view data);
  void fail(Line& line, std::uint32_t request_id, std::string_view why);
  void log(LogLevel level, std::string_view event, std::string_view message) noexcept;

  // connector_packets.cpp
  void take(Line& line, std::uint32_t request_id, const ilp::Prepare& prepare);
  void fulfill(Transit transit, const Fulfilling& fulfilling, const ilp::Prepare& prepare);
  void forward(Transit transit, const std::string& peer, const ilp::Prepare& prepare);
  [[nodiscard]] std::uint32_t request_id_for(const Line& line) noexcept;
  [[nodiscard]] Duration time_for(const ilp::Prepare& prepare) noexcept;
  void answered(Line& line, const kedge::btp::Message& message);
  void reject(Transit transit, std::string_view code, std::string_view message);
  void settle(Transit transit, const ilp::Packet& answer);
  void deliver(const Transit& transit);
  void forget_line(std::uint64_t id) noexcept;
  [[nodiscard]] WallTime wall_time() noexcept;

  const Config config_;
  const PeerTokens tokens_;
  Server* server_ = nullptr;
  std::map<std::uint64_t, Line> lines_;  // by connection
  Forwarded forwarded_;
  AnswerQueue<Transit> answers_;
  std::size_t bytes_waiting_ = 0;  // of those answers
  Counters counters_;
};

/// What its connections may take: messages of 1 MiB, 1009 beyond.
[[nodiscard]] server::ServiceConfig connector_service_config();

}  // namespace kedge::hub::btp

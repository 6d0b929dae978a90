#pragma once
// One life of a BTP client's process: the client, what its user does, and what must come of it.

#include "../client_actor.hpp"
#include "btp_connector.hpp"

#include <kedge/btp.hpp>

#include <deque>
#include <map>
#include <set>
#include <vector>

namespace kedge::rig {

class BtpProcess final : public ClientActor<btp::Client, BtpConnector> {
 public:
  BtpProcess(Run& run, Chaos& chaos, const Plan& plan, std::uint64_t first_number, BtpConnector& connector);

  void do_something(bool from_handler) override;
  void watch() override;
  void watch_calm(Instant since) override;
  void expect_idle() override;

 private:
  // A packet of the peer's that the handler was told of.
  struct Told {
    btp::IncomingPacket::Id id;
    std::uint64_t line;
  };
  // What the peer sent and the handler has yet to be told.
  struct Untold {
    std::uint32_t id;
    IlpPacket packet;
  };
  // What the client itself has to answer.
  struct Owed {
    BtpMessage::Type type;
    std::uint32_t id;
    Instant since;
  };
  // How a packet ends by what came for it.
  struct Expected {
    ErrorKind kind = ErrorKind::none;
    IlpPacket packet;        // none
    std::string code, name;  // remote
    std::uint64_t number = 0;
  };
  // What has passed on one line.
  struct Passage {
    std::uint64_t line = 0;
    bool begun = false;  // the client has said who it is
    std::uint32_t auth_id = 0;
    bool authenticated = false;
    bool refused = false;
    std::deque<Untold> untold;
    std::deque<std::uint32_t> answers;  // the user's, accepted and not seen yet
    std::deque<Owed> owed;
  };

  void on_state(LinkState state) override;
  void close_client() override;
  [[nodiscard]] std::string_view secret() const override { return BtpConnector::secret_mark; }
  Meaning read(std::string_view begin, const std::vector<Request*>& waiting) override;
  void heard(std::uint8_t opcode, std::string_view message, bool open) override;
  void refused(const std::vector<std::uint64_t>& numbers) override;

  // btp_process.cpp: what a user does
  bool send(std::size_t data_bytes, std::optional<Duration> timeout);
  void send_something();
  void send_what_cannot_be();
  void answer_something();
  void answer(const Told& told);
  void cancel_something();
  void bring_ids_around();
  [[nodiscard]] Duration timeout_of(const IlpPacket& packet);
  [[nodiscard]] std::size_t message_bytes(const IlpPacket& packet) const;

  // btp_verdicts.cpp: what comes of it
  void told(const btp::IncomingPacket& packet);
  void completed(std::uint64_t number, const btp::PacketOutcome& outcome);
  void judge(const Request& request, const btp::PacketOutcome& outcome);
  [[nodiscard]] bool is_as_expected(std::uint64_t number, const btp::PacketOutcome& outcome) const;
  void heard_question(Passage& here, const BtpMessage& message);
  void heard_answer(const BtpMessage& message);
  void heard_large(Passage& here, std::string_view bytes);
  void heard_unreadable(std::string_view bytes);
  Expected* expect_answer(std::uint32_t id);
  void owe(Passage& here, BtpMessage::Type type, std::uint32_t id);
  Meaning read_packet(std::uint32_t id, std::string_view begin);
  void settle_now();
  [[nodiscard]] Passage& passage();
  [[nodiscard]] bool attends();

  Passage passage_;
  std::deque<Told> told_;                         // the last ones
  std::map<std::uint64_t, std::uint32_t> ids_;    // of packets, once they were offered, by number
  std::uint32_t last_id_ = 0;                     // of the packet that was offered last
  std::map<std::uint64_t, std::uint64_t> lines_;  // on which packets were asked for
  std::map<std::uint64_t, Expected> expected_;    // for packets whose answer has come
  std::vector<std::uint64_t> answered_;           // those whose answer came in this step
  std::size_t refusals_ = 0;                      // closes with 1009 that have ended nothing yet
  std::set<std::uint64_t> lost_;                  // packets that were open when their line was lost
};

/// What a packet is made of, as the client takes it; views into `packet`.
[[nodiscard]] ilp::Prepare as_prepare(const IlpPacket& packet);
[[nodiscard]] ilp::Answer as_answer(const IlpPacket& packet);
/// The other way round.
[[nodiscard]] IlpPacket value_of(const ilp::Packet& packet);

}  // namespace kedge::rig

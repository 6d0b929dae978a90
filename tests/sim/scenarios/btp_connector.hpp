#pragma once
// A connector of either dialect as a model: it fulfils, rejects and fails packets, at once, late and in any
// order, sends packets of its own, and does everything that a connector may do wrong.

#include "../chaos.hpp"
#include "../model/server.hpp"
#include "btp_wire.hpp"

#include <kedge/limits.hpp>

#include <deque>
#include <map>
#include <set>

namespace kedge::rig {

class BtpConnector final : public ModelService {
 public:
  BtpConnector(Run& run, Chaos& chaos, const Limits& client_limits)
      : run_(run),
        chaos_(chaos),
        codec_(run.rng.chance(500) ? btp::Dialect::crosstown : btp::Dialect::btp2),
        inbound_max_(client_limits.inbound_message_bytes_max),
        client_answers_(run.rng.chance(700)) {}

  static constexpr std::string_view peer_id = "sim-agent";
  /// What every secret begins with, and nothing else that is said.
  static constexpr std::string_view secret_mark = "s3cret-o";
  [[nodiscard]] const BtpCodec& codec() const noexcept { return codec_; }
  /// The client has a handler for packets.
  [[nodiscard]] bool client_answers() const noexcept { return client_answers_; }
  [[nodiscard]] const std::string& token() const noexcept { return token_; }
  void rotate_token() { token_ = secret_of(++tokens_); }

  /// The client's packet of that number: a destination of its own, and a condition that this connector can
  /// open.
  [[nodiscard]] IlpPacket prepare(std::uint64_t number, std::int64_t expires_ms, std::size_t data_bytes);
  [[nodiscard]] const IlpPacket& prepared(std::uint64_t number) { return prepared_[number]; }
  /// Out of what may be a part of a message; 0 when no packet of the client's goes there.
  [[nodiscard]] static std::uint64_t number_in(std::string_view bytes);
  /// A FULFILL or REJECT, as either side may give.
  [[nodiscard]] IlpPacket some_answer(const std::string& fulfillment, std::size_t data_bytes);
  /// The client says so to the packet of this connector's with this id.
  void expect_answer(std::uint32_t id, IlpPacket answer) { asked_[id].answers.push_back(std::move(answer)); }
  /// Forgets what it was working on.
  void restart() {
    ++life_;
    jobs_ = 0;
  }

  Conduct conduct() override { return chaos_.conduct(); }
  void on_open(Wire& wire, const std::string&) override { peers_[wire.number()].wire = &wire; }
  void on_text(Wire& wire, std::string_view bytes) override;
  void on_gone(Wire& wire) override { peers_.erase(wire.number()); }
  [[nodiscard]] std::uint8_t opcode() const override { return 2; }
  [[nodiscard]] std::size_t message_bytes_max() const override {
    return run_.is_calm() ? ~std::size_t{0} : message_bytes_max_;
  }
  void on_too_large(Wire&, std::string_view) override { run_.count(Fault::peer_says_1009); }

 private:
  [[nodiscard]] static std::string secret_of(std::uint64_t number) {
    return std::string(secret_mark) + "f-mine-" + std::to_string(number);
  }
  struct Peer {
    Wire* wire = nullptr;
    bool authenticated = false;
    std::vector<std::uint32_t> ids;  // of its packets, the last ones
  };
  struct Job {
    std::uint64_t wire = 0;
    std::vector<std::string> messages;
    bool strays = false;  // goes to the next line when its own is gone
    bool closes = false;
  };
  struct Asked {  // of the client
    std::uint64_t wire = 0;
    std::string refusal;            // the ERROR's code; empty: it is a packet, and no ERROR is due
    bool answered = false;          // by the client itself, without a user
    std::deque<IlpPacket> answers;  // that the client's user gave, and that are on their way
  };

  // btp_connector.cpp: what the client says
  void authenticate(Wire& wire, Peer& peer, const BtpMessage& message);
  [[nodiscard]] std::optional<std::string> secret_in(const BtpMessage& message) const;
  void take_packet(Wire& wire, Peer& peer, const BtpMessage& message);
  void take_answer(Wire& wire, const BtpMessage& message);

  // btp_connector_words.cpp: what it says, well or badly
  void refuse(Wire& wire, std::uint32_t id, const std::string& secret);
  void respond(Wire& wire, const Peer& peer, std::uint32_t id, std::uint64_t number);
  void add_answer(Job& job, std::uint32_t id, std::uint64_t number);
  void add_wrong_answer(Job& job, std::uint32_t id, std::uint64_t number);
  [[nodiscard]] std::uint32_t wrong_id(const Peer& peer);
  void ask(Wire& wire, const Peer& peer);
  void misbehave(Wire& wire, const Peer& peer);
  void say(Wire& wire, const std::string& message);
  void later(Duration delay, Job job);
  void finish(const Job& job);
  [[nodiscard]] std::string fulfillment_of(std::uint64_t number) const;
  [[nodiscard]] std::size_t some_size();

  Run& run_;
  Chaos& chaos_;
  BtpCodec codec_;
  std::size_t inbound_max_;
  bool client_answers_;
  std::size_t message_bytes_max_ =
      run_.rng.chance(200) ? static_cast<std::size_t>(run_.rng.between(400, 4000)) : ~std::size_t{0};
  std::uint64_t tokens_ = 0;
  std::string token_ = secret_of(tokens_);
  std::map<std::uint64_t, Peer> peers_;  // by the number of their wire
  std::uint64_t life_ = 0;
  std::size_t jobs_ = 0;
  std::map<std::uint64_t, IlpPacket> prepared_;  // by number
  std::set<std::uint64_t> seen_;
  std::map<std::uint32_t, Asked> asked_;  // by id, over all lines
};

}  // namespace kedge::rig

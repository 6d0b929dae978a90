#pragma once
// A server that keeps a WebSocket and has habits, bad ones among them: it checks what arrives against what
// was sent, and remembers what it says, so that the client's ears can be checked too.

#include "../chaos.hpp"
#include "../model/server.hpp"
#include "websocket_words.hpp"

#include <kedge/limits.hpp>
#include <kedge/websocket.hpp>

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace kedge::rig {

class WebSocketServer final : public ModelService {
 public:
  WebSocketServer(Run& run, Chaos& chaos, const Limits& limits);

  /// What every upgrade shows.
  struct Dress {
    websocket::CredentialKind credential = websocket::CredentialKind::none;
    std::vector<std::pair<std::string, std::string>> headers;
    std::vector<std::string> subprotocols;
    std::string user_agent;
  };
  struct Goodbye {
    std::uint16_t code = 0;
    std::string reason;
    bool gossips = false;  ///< it may hold the credential
  };
  /// A message to the client, by its place on its connection.
  struct Said {
    std::uint64_t number = 0;
    MessageType type = MessageType::text;
    std::size_t bytes = 0;
  };
  /// What is known of one connection, also when it is gone.
  struct Record {
    std::string subprotocol;
    std::vector<Said> said;              ///< the last one perhaps not to its end
    std::deque<std::uint64_t> coming;    ///< messages of the client's that it has put on its line
    std::optional<std::size_t> spoiled;  ///< how many messages came before the bytes that broke the rules
    std::optional<Goodbye> goodbye;      ///< by which this side began to close
    std::set<std::string> allowed;       ///< the payloads of close frames that the client may send
    bool half_said = false;              ///< the last of them ends no more
  };

  /// What every secret begins with, and nothing else that is said.
  static constexpr std::string_view secret_mark = "s3cret-o";
  [[nodiscard]] const Dress& dress() const noexcept { return dress_; }
  [[nodiscard]] const std::string& token() const noexcept { return token_; }
  void rotate_token() { token_ = secret_of(++tokens_); }

  /// The field of a 101 that says which connection this is.
  static constexpr std::string_view wire_header = "X-Connection";
  [[nodiscard]] Record& record(std::uint64_t wire) { return records_[wire]; }
  /// How many messages it has said whole.
  [[nodiscard]] std::size_t said_whole(std::uint64_t wire);

  /// The client is asked to send that.
  void announce(std::uint64_t number, MessageType type, std::size_t bytes) { sizes_[number] = {type, bytes}; }
  /// It has put it on the line, as a whole or the first of it.
  void offered(std::uint64_t wire, std::uint64_t number) { records_[wire].coming.push_back(number); }
  /// It says that it will not arrive, or that it has not.
  void never_arrives(std::uint64_t number);

  /// Says something of its own accord.
  void speak();
  void restart();

  Conduct conduct() override { return chaos_.conduct(); }
  Reply on_upgrade(Wire& wire, const std::string& head) override;
  void on_open(Wire& wire, const std::string& head) override;
  void on_text(Wire&, std::string_view) override {}
  void on_message(Wire& wire, std::uint8_t opcode, std::string_view message) override;
  void on_gone(Wire& wire) override { peers_.erase(wire.number()); }
  void on_closing(Wire& wire, std::uint16_t code, std::string_view reason) override;
  void on_client_closing(Wire& wire, std::string_view payload) override;
  [[nodiscard]] std::uint8_t opcode() const override { return 0; }
  [[nodiscard]] std::size_t message_bytes_max() const override {
    return run_.is_calm() ? ~std::size_t{0} : message_bytes_max_;
  }
  void on_too_large(Wire&, std::string_view) override { run_.count(Fault::peer_says_1009); }

 private:
  // A message that leaves in fragments, one by one.
  struct Half {
    std::string body;
    std::size_t at = 0;
    std::uint8_t opcode = 0;  // of the next fragment
  };
  struct Peer {
    Wire* wire = nullptr;
    std::optional<Half> half;
  };
  [[nodiscard]] static std::string secret_of(std::uint64_t number) {
    return std::string(secret_mark) + "f" + std::to_string(number);
  }
  [[nodiscard]] std::string authorization() const;

  // websocket_server_words.cpp
  void speak(Peer& peer);
  void say(Peer& peer, std::size_t bytes, bool in_fragments);
  void flood(Peer& peer);
  void go_on(Peer& peer);
  void cut(Peer& peer);
  void spoil(Peer& peer);
  void break_rules(Wire& wire);
  void spoil_text(Wire& wire);
  void say_goodbye(Wire& wire);
  void later(std::uint64_t wire);
  [[nodiscard]] std::size_t some_size();

  Run& run_;
  Chaos& chaos_;
  std::size_t inbound_max_;
  Dress dress_;
  std::size_t message_bytes_max_ =
      run_.rng.chance(200) ? static_cast<std::size_t>(run_.rng.between(400, 4000)) : ~std::size_t{0};
  std::uint64_t tokens_ = 0;
  std::string token_ = secret_of(tokens_);
  std::uint64_t latest_ = 0;
  std::uint64_t said_ = 0;
  std::map<std::uint64_t, Record> records_;                             // by wire
  std::map<std::uint64_t, Peer> peers_;                                 // by wire, while it is there
  std::map<std::uint64_t, std::pair<MessageType, std::size_t>> sizes_;  // by number
  std::set<std::uint64_t> arrived_;
  std::set<std::uint64_t> never_;
  std::uint64_t life_ = 0;
  std::size_t jobs_ = 0;
};

}  // namespace kedge::rig

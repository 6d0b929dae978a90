#pragma once
// What the scenarios of the raw WebSocket client stand on: a service that does what messages say, and a party
// that checks every byte that comes.

#include "server/connection.hpp"
#include "support/ground.hpp"
#include "websocket_source.hpp"

#include <kedge/timer.hpp>
#include <kedge/websocket.hpp>

#include <charconv>
#include <optional>
#include <set>

namespace kedge::test {

/// What every message says, either way: its number, what is asked by it, and how many letters follow. No two
/// are alike, and each can be checked by whom it reaches.
struct Words {
  unsigned number = 0;
  std::string what;
  std::size_t letters = 0;

  static char letter(unsigned number, std::size_t place) {
    return static_cast<char>('a' + (number + place + place / 26) % 26);
  }
  [[nodiscard]] std::string text() const {
    std::string all = std::to_string(number) + " " + what + " " + std::to_string(letters) + " ";
    for (std::size_t i = 0; i < letters; ++i) all += letter(number, i);
    return all;
  }
  /// Of a message that came whole.
  static Words read(std::string_view text) {
    Words words;
    const char* const end = text.data() + text.size();
    const char* at = std::from_chars(text.data(), end, words.number).ptr;
    while (++at < end && *at != ' ') words.what += *at;
    if (at < end) std::from_chars(at + 1, end, words.letters);
    EXPECT(words.text() == text, "each byte of a message to be as it was sent");
    return words;
  }
};

/// The server's side. `echo`: the message comes back; `large`: one of so many letters comes, in bytes; else
/// it takes note.
class Exchange final : public server::Service {
 public:
  void attach(TestServer&) {}
  [[nodiscard]] bool serves(std::string_view path) const noexcept override { return path == "/"; }
  server::Admission admit(const ws::UpgradeServer&) noexcept override { return {}; }
  void on_open(server::Connection& connection) noexcept override { line_ = &connection; }
  void on_message(server::Connection& connection, ws::MessageType,
                  std::span<const std::byte> payload) noexcept override {
    const std::string_view text(reinterpret_cast<const char*>(payload.data()), payload.size());
    const Words words = Words::read(text);
    EXPECT(came.insert(words.number).second, "no message to come twice");
    if (words.what == "echo") connection.send(text);
    if (words.what == "large") {
      const std::string large = Words{words.number, "here", 20'000}.text();
      connection.send_binary(std::as_bytes(std::span(large)));
    }
  }
  void on_closed(server::Connection& connection, const Error&) noexcept override {
    if (line_ == &connection) line_ = nullptr;
  }

  /// The latest line; null when it is over.
  [[nodiscard]] server::Connection* line() const { return line_; }

  std::set<unsigned> came;
  /// What a person at the client does so that everything ends.
  std::function<void()> helped;

 private:
  server::Connection* line_ = nullptr;
};

struct ExchangeConfig {};

/// A message, and how it ended.
struct MessageEnding : Ending {
  Words words;
  std::optional<TextSource> source;
  Handle handle;
  std::uint64_t line = 0;                  ///< the client's latest when it ended
  std::optional<ErrorKind> may_also = {};  ///< how the scenario lets it end
};

class Talker;

struct Talk {
  using StandIn = Exchange;
  using Config = ExchangeConfig;
  using Client = websocket::Client;
  using Party = Talker;
  using Ending = MessageEnding;
  static constexpr std::string_view token = "correct-horse";
  static constexpr bool one_at_a_time = false;

  static std::unique_ptr<StandIn> make_stand_in(Config) { return std::make_unique<StandIn>(); }
  static std::vector<server::Service*> services(StandIn& exchange) { return {&exchange}; }
  static ServerSetup server_config() {
    ServerSetup config;
    config.service.limits = Limits::small();
    return config;
  }
  static bool turned_away(StandIn&, const Talker&) { return false; }
  static void help(StandIn& exchange) { exchange.helped(); }
  static std::size_t done(StandIn& exchange) { return exchange.came.size(); }
  static void expect_sensible(const Talker& talker, const Ending& ending);
};

class Talker final : public Party<Talk> {
 public:
  explicit Talker(Ground<Talk>& on, bool connect = true)
      : Party(on, 0, websocket::storage_bytes(Limits::tiny())) {
    websocket::Config config;
    set_up(config.client);
    config.credential = websocket::CredentialKind::bearer;
    config.on_message = [this](const Message& message) noexcept {
      EXPECT(!is_paused, "nothing to be handed up while it is paused");
      EXPECT(message.type == MessageType::text, "the type");
      EXPECT(heard.insert(Words::read(message.text()).number).second, "no answer to come twice");
    };
    config.on_piece = [this](const websocket::Piece& piece) noexcept { take(piece); };
    on.stand_in().helped = [this] {
      pauses_after_each = false;
      resume();
      for (MessageEnding& ending : endings) give(ending);
    };
    client = std::make_unique<websocket::Client>(port(), std::move(config), Limits::tiny(), storage());
    if (connect) start();
  }
  ~Talker() { end(); }

  MessageEnding& send(std::string_view what, std::size_t letters = 10) {
    MessageEnding& ending = next(what, letters);
    taken(ending, client->send_text(ending.words.text(), completion(ending)));
    return ending;
  }
  /// From a source, of which so many bytes are there by now.
  MessageEnding& send_in_pieces(std::string_view what, std::size_t letters, std::size_t available) {
    MessageEnding& ending = next(what, letters);
    ending.source.emplace(ending.words.text());
    ending.source->available = available;
    taken(ending, client->send_pieces(MessageType::text, *ending.source, ending.source->all.size(),
                                      completion(ending)));
    return ending;
  }
  /// One of which half is out, and no more is there.
  MessageEnding& half_out(std::size_t letters = 9'000) {
    wait(LinkState::ready);
    MessageEnding& ending = send_in_pieces("note", letters, letters / 2);
    EXPECT_ON(ground(), ground().run_until([&] { return ending.source->at == letters / 2; }),
              "half of it out");
    return ending;
  }
  void give(MessageEnding& ending) {
    if (!ending.source || ending.source->available == std::string::npos) return;
    ending.source->available = std::string::npos;
    client->source_ready();
  }
  void pause() {
    is_paused = true;
    client->pause();
  }
  void resume() {
    is_paused = false;
    client->resume();
  }
  void rest(Duration time) {
    bool over = false;
    Timer timer(*client);
    EXPECT(timer.start(time, [&over]() noexcept { over = true; }), "a timer");
    EXPECT_ON(ground(), ground().run_until([&] { return over; }), "time to pass");
  }
  void expect_sent(const MessageEnding& ending) {
    wait(ending);
    if (ending.error) ground().unmet("it to be sent");
    EXPECT_TEXT(ending.error.message(), "");
  }
  void expect_heard(const MessageEnding& ending) {
    EXPECT_ON(ground(), ground().run_until([&] { return heard.count(ending.words.number) > 0; }),
              "the answer");
  }
  void expect_came(const MessageEnding& ending) {
    const std::set<unsigned>& came = ground().stand_in().came;
    EXPECT_ON(ground(), ground().run_until([&] { return came.count(ending.words.number) > 0; }),
              "it to come");
  }
  [[nodiscard]] bool did_come(const MessageEnding& ending) const {
    return ground().stand_in().came.count(ending.words.number) > 0;
  }

  std::set<unsigned> heard;  ///< answers that came, whole or in pieces
  std::size_t pieces = 0;
  bool is_paused = false;
  bool pauses_after_each = false;  ///< piece

 private:
  void take(const websocket::Piece& piece) noexcept {
    EXPECT(!is_paused, "nothing to be handed up while it is paused");
    EXPECT(piece.first || !half_.empty(), "a message to begin with its first piece");
    if (piece.first) half_.clear();
    half_.append(reinterpret_cast<const char*>(piece.bytes.data()), piece.bytes.size());
    ++pieces;
    if (piece.last)
      EXPECT(heard.insert(Words::read(std::exchange(half_, {})).number).second, "no answer to come twice");
    if (pauses_after_each) pause();
  }
  MessageEnding& next(std::string_view what, std::size_t letters) {
    MessageEnding& ending = begin(std::chrono::minutes{1});
    ending.words = {static_cast<unsigned>(endings.size()), std::string(what), letters};
    return ending;
  }
  void taken(MessageEnding& ending, const Result<Handle>& handle) {
    if (handle) ending.handle = *handle;
    if (!handle) endings.pop_back();
    EXPECT_ON(ground(), handle.ok(), "the message to be taken");
  }
  Completion completion(MessageEnding& ending) {
    return [this, &ending](const Outcome& outcome) noexcept {
      EXPECT(outcome.request == ending.handle, "under its own handle");
      ending.line = client->statistics().connects;
      over(ending, outcome.error);
    };
  }

  std::string half_;  // of a message in pieces
};

inline void Talk::expect_sensible(const Talker& talker, const Ending& ending) {
  const bool came = talker.did_come(ending);
  const ErrorKind kind = ending.error.kind();
  if (kind != ErrorKind::none && !ending.error.may_have_run())
    EXPECT(!came, "what had not begun to leave not to come");
  if (kind == ErrorKind::connection) EXPECT(!came, "what broke off not to come whole");
  // It has answered our close, and so read what went before that.
  const websocket::Client& client = *talker.client;
  const bool was_read = client.peer_said_goodbye() && client.peer_close().code == 0;
  if (kind == ErrorKind::none && was_read && ending.line == client.statistics().connects)
    EXPECT(came, "what was sent before the goodbye to have come");
  const bool sensible = kind == ErrorKind::none || kind == ErrorKind::closed ||
                        kind == ErrorKind::connection || kind == ending.may_also;
  if (!sensible) print_error("%s: %s\n", ending.words.what.c_str(), ending.error.message().data());
  EXPECT(sensible, "an error that the failure explains");
}

}  // namespace kedge::test

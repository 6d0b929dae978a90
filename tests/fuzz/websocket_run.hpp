#pragma once
// A whole raw WebSocket client on a simulated world, a server that says whatever it is told to, and a plain
// reading of what it said to compare with.

#include <kedge/port_sim.hpp>
#include <kedge/storage.hpp>
#include <kedge/websocket.hpp>

#include "fuzz.hpp"
#include "reference_frames.hpp"
#include "wire_end.hpp"

#include <deque>
#include <set>
#include <string>
#include <vector>

namespace kedge::fuzz {

class WebSocketRun {
 public:
  enum class Kind : std::uint8_t { text, binary, streamed };
  static constexpr Limits limits = Limits::tiny();

  /// `seed`: also whether large messages come in pieces, and what the line is like.
  explicit WebSocketRun(std::uint8_t seed)
      : world(
            seed,
            {.ports = 1, .hosts = 1, .connections = 4, .buffer_bytes = 16 * 1024, .names = 1, .actions = 1}),
        storage_(websocket::storage_bytes(limits)),
        host(world, [this](sim::Peer peer, sim::PeerEvent event) noexcept { on_peer(peer, event); }),
        in_pieces_(seed / 4U % 2U == 0) {
    PROMISE(host.listen(sim::ipv4(10, 0, 0, 1, 80)).ok(), "a server that listens");
    if (seed % 4U == 3) world.set_profile(sim::NetworkProfile::randomised(seed));
    websocket::Config config;
    config.client.url = "ws://10.0.0.1/";
    config.client.on_state = [this](LinkState state, const Error&) noexcept {
      from_loop();
      state_ = state;
    };
    config.client.log = [](const LogRecord&) noexcept {};
    config.client.log_level = LogLevel::debug;
    config.client.max_retries = seed % 4U == 2 ? std::optional<std::uint32_t>(3) : std::nullopt;
    config.client.fatal_policy = seed % 2U == 0 ? FatalPolicy::retry_slowly : FatalPolicy::stop;
    config.on_open = [this](const Opened&) noexcept {
      from_loop();
      opened_ = true;
    };
    config.on_message = [this](const Message& message) noexcept {
      handed_up();
      PROMISE(message.bytes.size() <= limits.inbound_message_bytes_max, "a whole message within its limit");
      hear(message.type, "=" + std::string(as_text(message.bytes)));
    };
    if (in_pieces_) config.on_piece = [this](const websocket::Piece& piece) noexcept { take(piece); };
    config.on_discarded = [this](MessageType type, std::uint64_t bytes) noexcept {
      handed_up();
      PROMISE(!in_pieces_, "what can be had in pieces is not discarded");
      hear(type, "-" + std::to_string(bytes));
    };
    client.emplace(port, std::move(config), limits, storage_);
    PROMISE(client->connect().ok(), "a client that starts");
  }

  /// A message of so many letters, and its number. `how`: whether anybody is told of its end, its deadline
  /// and fate; of a source also what it has by now, and what is wrong with it.
  void send(Kind kind, std::size_t letters, std::uint8_t how) {
    if (sent_.size() == sent_max) return;
    Sent& sent = sent_.emplace_back(*this, letters, how);
    websocket::SendOptions options;
    options.priority = static_cast<Priority>(how % 3U);
    options.on_loss = how / 4U % 2U == 0 ? OnLoss::fail : OnLoss::resend;
    if (how % 8U == 7) options.deadline = std::chrono::milliseconds{1} * (1U << (how / 8U % 16U));
    sent.told = kind == Kind::streamed || how < 128;
    Completion done;
    if (sent.told) done = [this, &sent](const Outcome& outcome) noexcept { on_done(sent, outcome); };
    const MessageType type = kind == Kind::text ? MessageType::text : MessageType::binary;
    inside_call_ = true;
    const auto handle =
        kind == Kind::streamed
            ? client->send_pieces(
                  how % 2U == 0 ? MessageType::text : MessageType::binary, sent,
                  how % 16U < 8 ? std::optional<std::uint64_t>(sent.text.size()) : std::nullopt,
                  std::move(done), options)
            : client->send(type, as_bytes(sent.text), std::move(done), options);
    inside_call_ = false;
    sent.started = handle.ok();
    if (handle) sent.handle = *handle;
  }
  void give(std::size_t more) {
    for (Sent& sent : sent_) sent.available += more;
    client->source_ready();
  }
  void cancel(std::size_t number) {
    if (sent_.empty()) return;
    Sent& sent = sent_[number % sent_.size()];
    inside_call_ = true;
    const bool cancelled = sent.started && client->cancel(sent.handle);
    inside_call_ = false;
    PROMISE(!cancelled || (sent.completions == 0 && !sent.cancelled), "only what waits is cancelled, once");
    sent.cancelled = sent.cancelled || cancelled;
  }
  void pause() {
    client->pause();
    paused_ = true;
  }
  void resume() {
    inside_call_ = true;
    client->resume();
    inside_call_ = paused_ = false;
  }
  /// From now on: each thing that is handed up pauses.
  void set_pauses(bool pauses) { pauses_ = pauses; }
  void close(std::uint16_t code, std::string_view reason) {
    inside_call_ = true;
    (void)client->close(code, reason);
    inside_call_ = false;
  }
  void accept_upgrade() {
    const bool first = wire.said.empty();
    if (wire.accept_upgrade() && first) frames_at_ = wire.said.size();
  }

  /// The end of each run: close() ends it, whatever has happened.
  void finish() {
    inside_call_ = true;
    client->close();
    inside_call_ = false;
    // A timer that was made to fail comes a second late: one that ran already, and one after that.
    world.run_for(std::chrono::seconds{8});
    PROMISE(client->state() == LinkState::closed && state_ == LinkState::closed,
            "close() ends it within close_timeout");
    PROMISE(port.idle(), "a closed client leaves nothing at its port");
    line_over();
    world.run_for(std::chrono::hours{1});
    std::size_t told = 0;
    for (const Sent& sent : sent_) {
      told += sent.started && sent.told ? 1U : 0U;
      PROMISE(sent.completions == (sent.started && sent.told ? 1 : 0), "each completed exactly once");
      PROMISE(!sent.started || !client->cancel(sent.handle), "the handle of what is over is harmless");
      judge_end(sent);
    }
    const Statistics counted = client->statistics();
    PROMISE(counted.pending == 0 && counted.queued == 0 && counted.queued_bytes == 0,
            "nothing is left in pool and ring");
    PROMISE(counted.requests_started == told && counted.requests_completed == told,
            "and the counters say so");
  }

  sim::World world;

 private:
  static constexpr std::size_t sent_max = 64;
  std::vector<std::byte> storage_;

 public:
  WireEnd wire{ws::Role::server, [](ws::MessageType, std::span<const std::byte>) {}};
  sim::PeerHost host;
  sim::Port port{world};

 private:
  /// A message, which may be its own source.
  struct Sent final : websocket::Source {
    Sent(WebSocketRun& its_run, std::size_t letters, std::uint8_t its_how)
        : run(its_run), how(its_how), available(its_how / 2U) {
      text = std::to_string(its_run.sent_.size()) + ":";
      while (letters-- > 0) text += static_cast<char>('a' + text.size() % 26);
      if (how % 32U == 31) text += "\xE9";  // no UTF-8
    }
    Result<websocket::Filled> fill(std::span<std::byte> room) noexcept override {
      PROMISE(started && completions == 0 && !cancelled, "a source is let go when its message has ended");
      PROMISE(!room.empty(), "room to give something");
      if (how % 32U == 30 && at > 10) return Error(ErrorKind::remote, "it cannot be read any more");
      if (how % 32U == 29 && at > 10) return websocket::Filled{room.size() + 1, false};
      const std::size_t bytes = std::min({room.size(), std::min(available, text.size()) - at});
      std::copy_n(as_bytes(text).subspan(at).data(), bytes, room.data());
      at += bytes;
      return websocket::Filled{bytes, at == text.size() && how % 32U != 28};
    }
    bool rewind() noexcept override {
      PROMISE(started && completions == 0 && !cancelled, "nobody asks a source that was let go");
      if (how % 3U == 0) return false;
      at = 0;
      return true;
    }

    WebSocketRun& run;
    const std::uint8_t how;
    std::string text;
    std::size_t available;  ///< of `text`, by now
    std::size_t at = 0;
    Handle handle;
    bool told = false;
    bool started = false;
    bool cancelled = false;
    int completions = 0;
    Error error;
  };

  void from_loop() const {
    PROMISE(!inside_call_, "no handler runs inside a call");
    PROMISE(state_ != LinkState::closed, "nothing follows closed");
  }
  void handed_up() {
    from_loop();
    PROMISE(!paused_, "nothing is handed up while it is paused");
    PROMISE(opened_, "nor before there was a line");
    if (pauses_) pause();
  }
  void hear(MessageType type, const std::string& what) {
    PROMISE(half_.empty(), "no message in the middle of another");
    heard_.push_back(std::string(to_string(type)) + what);
  }
  void take(const websocket::Piece& piece) noexcept {
    handed_up();
    PROMISE(piece.first == half_.empty(), "the first piece, and only that, is called the first");
    PROMISE(piece.last || !piece.bytes.empty(), "only the last piece may be empty");
    if (piece.first) half_ = std::string(to_string(piece.type)) + "~";
    PROMISE(half_.starts_with(to_string(piece.type)), "all pieces are of one type");
    half_ += as_text(piece.bytes);
    if (piece.last) heard_.push_back(std::exchange(half_, {}));
  }
  void on_done(Sent& sent, const Outcome& outcome) noexcept {
    from_loop();
    PROMISE(sent.started && ++sent.completions == 1, "a message completes once, and only one that was taken");
    PROMISE(!sent.cancelled || outcome.error.kind() == ErrorKind::cancelled, "a cancelled one says so");
    PROMISE(outcome.request == sent.handle, "under its own handle");
    sent.error = outcome.error;
  }
  void on_peer(sim::Peer peer, sim::PeerEvent event) noexcept {
    if (event == sim::PeerEvent::open) {
      line_over();
      wire.attach(peer);
    }
    if (!(peer == wire.peer())) return;
    const std::size_t before = wire.messages.size();
    wire.read();
    for (std::size_t i = before; i < wire.messages.size(); ++i) {
      PROMISE(came_.insert(wire.messages[i]).second, "nothing comes twice");
    }
  }
  /// What was heard on it is what the server said, as far as that came.
  void line_over() {
    const std::size_t frames_at = std::exchange(frames_at_, 0);
    const std::vector<std::string> heard = std::exchange(heard_, {});
    const std::string half = std::exchange(half_, {});
    if (!std::exchange(opened_, false) || frames_at == 0) return;
    FrameReading said = reference_frames(std::string_view(wire.said).substr(frames_at), false,
                                         in_pieces_ ? ws::TooLarge::stream : ws::TooLarge::discard,
                                         limits.inbound_message_bytes_max);
    const bool says_goodbye = !said.log.empty() && said.log.back().starts_with("close ");
    std::erase_if(said.log, [](const std::string& line) {
      return !line.starts_with("text") && !line.starts_with("binary");
    });
    PROMISE(heard.size() <= said.log.size() && std::equal(heard.begin(), heard.end(), said.log.begin()),
            "what is handed up is what the server said, in order");
    if (heard.size() < said.log.size())
      PROMISE(said.log[heard.size()].starts_with(half), "and so are the pieces of the last one");
    // Its close was read, and so all that came before.
    if (says_goodbye && client->peer_close().code != 0)
      PROMISE(heard.size() == said.log.size(), "all that came before the peer's close");
  }
  void judge_end(const Sent& sent) const {
    const bool came = came_.find(sent.text) != came_.end();
    PROMISE(sent.started || !came, "what was refused is not sent");
    if (!sent.told) return;
    const ErrorKind kind = sent.error.kind();
    const bool never_left = kind != ErrorKind::none && !sent.error.may_have_run();
    // A peer that closes with 1009 says that it has refused it, whatever it reads after that.
    PROMISE(!never_left || !came || kind == ErrorKind::too_large, "what did not leave does not come");
    PROMISE(kind != ErrorKind::connection || !came, "what broke off does not come whole");
  }

  std::deque<Sent> sent_;  // completions, and the client as their source, point into it

 public:
  std::optional<websocket::Client> client;

 private:
  const bool in_pieces_;
  std::set<std::string> came_;
  std::vector<std::string> heard_;  // on this line, a line each, as the reference writes it
  std::string half_;                // of a message whose pieces come
  std::size_t frames_at_ = 0;       // in what the server said; 0: not known
  LinkState state_ = LinkState::idle;
  bool opened_ = false;
  bool inside_call_ = false;
  bool paused_ = false;
  bool pauses_ = false;
};

}  // namespace kedge::fuzz

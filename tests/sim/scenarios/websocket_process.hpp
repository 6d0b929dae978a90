#pragma once
// One life of a WebSocket client's process: the client, what its user does, and what must come of it.

#include "../client_actor.hpp"
#include "websocket_server.hpp"
#include "websocket_source.hpp"

#include <kedge/websocket.hpp>

#include <deque>
#include <map>
#include <memory>
#include <vector>

namespace kedge::rig {

class WebSocketProcess final : public ClientActor<websocket::Client, WebSocketServer>, private SourceWatcher {
 public:
  WebSocketProcess(Run& run, Chaos& chaos, const Plan& plan, std::uint64_t first_number,
                   WebSocketServer& server);

  void do_something(bool from_handler) override;
  void watch() override;
  void watch_calm(Instant since) override;
  void expect_idle() override;
  [[nodiscard]] bool leaves() override { return run_.mishap(2); }

 private:
  // A message that was asked for and has not ended.
  struct Sent {
    MessageType type = MessageType::text;
    std::size_t bytes = 0;
    OnLoss on_loss = OnLoss::fail;
    bool posted = false;      // nobody is told of its end
    bool broken_off = false;  // with its line: it must not come again
    ModelSource* source = nullptr;
  };
  // What the server says on one line, as far as it was handed up.
  struct Hearing {
    std::uint64_t wire = 0;
    std::size_t told = 0;      // messages
    std::size_t piece_at = 0;  // bytes, of one in pieces
    bool in_pieces = false;
    std::string body;  // of that
  };

  void on_state(LinkState state) override;
  [[nodiscard]] Instant sends_since() const override;
  [[nodiscard]] bool counts_agree(const Statistics& now) override;
  void close_client() override;
  void destroy_client() override;
  [[nodiscard]] std::string_view secret() const override { return WebSocketServer::secret_mark; }
  Meaning read(std::string_view begin, const std::vector<Request*>& waiting) override;
  void heard(std::uint8_t opcode, std::string_view message, bool open) override;
  void refused(const std::vector<std::uint64_t>& numbers) override;
  // SourceWatcher
  void on_asked(std::uint64_t number, bool begins) override;
  void on_dry(std::uint64_t number) override;
  void on_failed(std::uint64_t number, ErrorKind kind) override;

  // websocket_process.cpp: what a user does
  [[nodiscard]] websocket::Config configuration(std::span<const websocket::Header> headers,
                                                std::span<const std::string_view> subprotocols,
                                                std::string_view user_agent);
  bool send(std::size_t bytes, const websocket::SendOptions& options, bool posted);
  bool send_pieces(std::size_t bytes, const websocket::SendOptions& options);
  Request& begin(Sent sent, const websocket::SendOptions& options);
  bool took(Request& request, const Result<Handle>& handle);
  void send_something();
  void send_what_cannot_be();
  void cancel_something();
  void cancel_posted(Request& request);
  /// True when one of them had run dry.
  bool refill_sources();
  void pause();
  void resume();

  // websocket_verdicts.cpp: what becomes of its messages
  void completed(std::uint64_t number, const Outcome& outcome);
  void judge(const Request& request, const Sent& sent, const Error& error);
  void judge_loss(const Request& request, const Sent& sent, const Error& error);
  void end(Request& request, const Error& error);
  void forget(std::uint64_t number);
  void settle_posted();
  void find_refusal();
  void lose_line();
  void line_given_up(std::uint16_t code);
  void look_at_goodbye();

  // websocket_hearing.cpp: what it is told
  void opened(const Opened& opened);
  void told(MessageType type, std::string_view bytes);
  void told_piece(const websocket::Piece& piece);
  void told_discarded(MessageType type, std::uint64_t bytes);
  const WebSocketServer::Said* next_said(MessageType type);
  void may_hear();
  void expect_all_heard();

  bool takes_pieces_;
  Duration source_timeout_;
  std::map<std::uint64_t, Sent> sent_;  // by number, those that have not ended
  std::vector<std::uint64_t> posted_;   // those of them whose end nobody is told
  std::deque<ModelSource> sources_;     // of all messages, as nobody may ask those that have ended
  std::uint64_t asked_ = 0;             // the message whose source was asked last
  Instant asked_at_{};
  std::uint64_t refused_ = 0;       // the message that the peer closed with 1009 for
  std::uint64_t refused_line_ = 0;  // on which it did so
  bool paused_ = false;
  Instant resume_at_ = never;
  Instant resumed_at_{};
  std::optional<std::string> goodbye_;  // the close frame that its user wants
  bool line_open_ = false;              // from `on_open` to the state that follows
  Hearing hearing_;
  std::uint64_t heard_line_ = 0;
  std::size_t heard_ = 0;  // messages that came whole on that line
};

}  // namespace kedge::rig

#pragma once
// What goes over one client's lines: order within a priority, urgent before low, pings in time, a dead peer
// noticed.

#include "../tap.hpp"
#include "ledger.hpp"

#include <vector>

namespace kedge::rig {

/// Reads a protocol's messages.
class Interpreter {
 public:
  enum class Whose : std::uint8_t { own, request, unknown };
  struct Meaning {
    Whose whose = Whose::unknown;  ///< own: the protocol's, sent ahead of all requests
    std::uint64_t number = 0;
  };
  /// What the first piece of a message says. `waiting` are the numbers that may come, in the order they must.
  virtual Meaning read(std::string_view begin, const std::vector<Request*>& waiting) = 0;
  /// A message from the server, read whole (`opcode` 1 text, 2 binary); `open` says that the client was not
  /// closing its line.
  virtual void heard(std::uint8_t opcode, std::string_view message, bool open) = 0;
  /// The server has closed with 1009 while the client was not closing. `refused` are the requests of which
  /// one is ended by that: those being written (0: no request), else the largest of those that wait for their
  /// answer on this line.
  virtual void refused(const std::vector<std::uint64_t>&) {}

 protected:
  ~Interpreter() = default;
};

class LineCheck final : public LineWatcher {
 public:
  LineCheck(Run& run, Ledger& ledger, Interpreter& interpreter, const KeepaliveConfig& keepalive,
            Duration late)
      : run_(run), ledger_(ledger), interpreter_(interpreter), keepalive_(keepalive), late_(late) {}

  /// At each step while the client is ready: a dead peer is noticed.
  void watch();
  /// Each second while the client is ready, and holds nothing back `since` then: what it was asked to send
  /// goes.
  void watch_queue(Instant since);
  /// The client reads nothing until it is resumed: nobody is called dead meanwhile.
  void paused() noexcept { paused_ = true; }
  void resumed();
  /// The client has begun to end this line, whenever its close frame leaves.
  void given_up() noexcept { given_up_ = true; }
  /// What the client has put into its write buffer, over all lines.
  struct Seen {
    std::uint64_t messages_out = 0;
    std::uint64_t message_bytes_out = 0;
    std::uint64_t pings = 0;
  };
  [[nodiscard]] const Seen& seen() const noexcept { return seen_; }
  /// Counts lines; 0 before the first.
  [[nodiscard]] std::uint64_t line() const noexcept { return line_; }
  /// It was offered on this line, which is where its answer comes.
  [[nodiscard]] bool offered(const Request& request) const noexcept {
    return line_ != 0 && request.line == line_;
  }
  /// In its queue still: none of its bytes was offered on this line.
  [[nodiscard]] bool waits(const Request& request) const noexcept {
    return request.ordered && !request.cancelled && !request.taken && !offered(request);
  }
  /// It was offered on this line, and the stream has accepted some of it, as far as the client knows, and not
  /// all.
  [[nodiscard]] bool broken_off(const Request& request) const noexcept {
    return offered(request) && !request.taken && request.begin < accepted_;
  }
  /// The server's close frame has been read.
  [[nodiscard]] bool heard_goodbye() const noexcept { return heard_goodbye_; }
  /// Frames are passing: the upgrade is over and nobody closes.
  [[nodiscard]] bool open() const noexcept { return upgraded_ && !closing_ && !given_up_; }
  /// The client has not closed its stream yet.
  [[nodiscard]] bool stands() const noexcept { return upgraded_; }

 private:
  struct Sent {
    std::uint64_t begin;  // of its payload
    std::uint64_t end;
    std::uint64_t number;
    bool in_pieces;
  };

  void on_line() override;
  void on_upgraded() override { upgraded_ = true; }
  void on_offered(std::span<const Frame> frames) override;
  void on_accepted(std::uint64_t position, bool whole) override;
  void on_heard(std::size_t bytes) override;
  void on_frame(const Frame& frame) override;
  void on_breach(std::string_view rule, std::string detail) override { run_.broke(rule, detail); }
  void on_line_closed() override { upgraded_ = false; }

  void begin_message(const Frame& frame);
  void look_at_mask_key(std::uint32_t key);
  void look_at_pong(const std::string& payload);
  void back_to_the_queue();
  [[nodiscard]] std::vector<std::uint64_t> refusable();
  [[nodiscard]] std::vector<Request*> waiting();
  [[nodiscard]] bool ping_is_due() const;

  Run& run_;
  Ledger& ledger_;
  Interpreter& interpreter_;
  KeepaliveConfig keepalive_;
  Duration late_;

  Seen seen_;
  std::uint64_t message_bytes_ = 0;  // of the one under way
  std::uint64_t line_ = 0;
  bool upgraded_ = false;
  bool closing_ = false;  // either side has said goodbye
  bool close_sent_ = false;
  bool heard_goodbye_ = false;
  bool given_up_ = false;
  bool pinged_ = false;  // since the last byte came
  bool paused_ = false;
  bool blocked_ = false;  // the stream takes no more
  bool in_message_ = false;
  bool user_message_seen_ = false;  // in the offer that is being looked at
  std::uint64_t number_ = 0;        // of the request whose message is under way; 0: none
  Instant heard_{};
  std::uint64_t begin_ = 0;         // of the message that was begun last, its payload
  std::uint64_t accepted_ = 0;      // position in the stream
  std::vector<Sent> sent_;          // offered whole, not yet accepted; with number 0 those of no request
  std::uint8_t opcode_ = 0;         // of the server's message
  std::string message_;             // as far as it came
  std::vector<std::string> pings_;  // from the server, payloads of those that no pong has answered
  std::array<std::uint32_t, 64> keys_{};  // the last mask keys
  std::size_t key_next_ = 0;
  int keys_again_ = 0;  // in a row: 0, or one of the last
};

}  // namespace kedge::rig

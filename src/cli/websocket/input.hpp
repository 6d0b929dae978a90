#pragma once
// Standard input as messages that the client sends, each once and in its order.

#include "../exit_code.hpp"
#include "../input_messages.hpp"
#include "../standard_input.hpp"
#include "options.hpp"

#include <kedge/websocket.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kedge::cli::websocket {

class Input {
 public:
  struct Events {
    /// Of one message, which does not end the run: what it shows as in the exit code.
    Callback<void(ExitCode code, const Error& error, std::string_view advice)> on_trouble;
    /// Nothing can be read.
    Callback<void(const Error& error)> on_failed;
    /// A message was sent, or ended otherwise, or there was something to read.
    Callback<void()> on_progress;
  };

  /// `options` are borrowed. No message has more than `bytes_max`.
  Input(const Options& options, std::size_t bytes_max, Events events);

  /// Once, when there is a line: reads, and sends to `client`, which is borrowed until `close`. Errors:
  /// config, with the system's reason.
  Result<void> open(uv::Loop& loop, kedge::websocket::Client& client) noexcept;
  /// Sends as long as there is room; the rest waits here, and what is behind it where it comes from.
  void send() noexcept;
  /// Neither reads nor sends any more.
  void stop() noexcept { stopped_ = true; }
  void close() noexcept { input_.close(); }

  /// Whether it has ended, and each message too.
  [[nodiscard]] bool is_done() noexcept;
  [[nodiscard]] bool has_sent() const noexcept { return sent_any_; }
  /// Whether there is more of it that was not read: reads it.
  [[nodiscard]] bool has_more() noexcept;
  /// The messages that were read and not sent. No more is read then.
  [[nodiscard]] std::uint64_t count_unsent() noexcept;

 private:
  void read() noexcept;
  void end() noexcept;
  [[nodiscard]] Result<void> send_one(const InputMessages::Item& item) noexcept;
  void on_sent(std::uint64_t number, const Error& error) noexcept;

  const Options& options_;
  Events events_;
  InputMessages messages_;
  StandardInput input_;
  kedge::websocket::Client* client_ = nullptr;
  bool ended_ = false;
  bool stopped_ = false;
  bool sent_any_ = false;
  std::uint64_t under_way_ = 0;  // messages that wait, or are being written
  std::uint64_t unsent_ = 0;     // of those that ended
};

}  // namespace kedge::cli::websocket

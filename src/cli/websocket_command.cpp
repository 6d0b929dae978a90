#include "websocket_command.hpp"

#include "../ws/close_code.hpp"
#include "command_run.hpp"
#include "header_line.hpp"
#include "input_messages.hpp"
#include "message_text.hpp"
#include "standard_input.hpp"
#include "standard_output.hpp"

#include <kedge/timer.hpp>
#include <kedge/websocket.hpp>

#include <unistd.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kedge::cli {

namespace {

// A server may take its time to read what lies in between: its answer to our close says that it has.
constexpr std::chrono::milliseconds goodbye_timeout{30'000};
// Where nobody asks for that answer.
constexpr Duration short_goodbye_timeout = std::chrono::seconds{5};
constexpr std::size_t input_chunk = std::size_t{64} * 1024;

class WebsocketRun final : public CommandRun {
 public:
  explicit WebsocketRun(const WebsocketOptions& options)
      : CommandRun(options),
        options_(options),
        raw_(options.binary && !options.json),
        type_(options.binary ? MessageType::binary : MessageType::text),
        messages_(options.binary ? InputMessages::Cut::as_read : InputMessages::Cut::lines,
                  limits().outbound_message_bytes_max),
        input_(input_chunk) {}

 private:
  [[nodiscard]] std::size_t storage_bytes() const noexcept override {
    return websocket::storage_bytes(limits());
  }
  Result<void> connect(ClientConfig config, std::span<std::byte> storage) override;
  Result<void> ask() override;
  [[nodiscard]] bool needs_token() const noexcept override {
    return options_.credential != websocket::CredentialKind::none;
  }
  void on_ready() noexcept override;
  void on_waiting() noexcept override { limit_wait(); }
  [[nodiscard]] bool ends_well(const Error& error) noexcept override;
  [[nodiscard]] std::string_view awaits() const noexcept override { return {}; }
  void retry_now() noexcept override { client_->retry_now(); }
  void close() noexcept override;
  void destroy() noexcept override;
  ExitCode print(ExitCode code) override;

  void limit_wait() noexcept;

  // Input.
  void read_input() noexcept;
  void end_input() noexcept;
  void send_input() noexcept;
  [[nodiscard]] Result<void> send(const InputMessages::Item& item) noexcept;
  void on_sent(std::uint64_t number, const Error& error) noexcept;
  void end_when_done() noexcept;
  void linger() noexcept;
  void finish_well() noexcept;
  [[nodiscard]] bool has_more_input() noexcept;
  [[nodiscard]] std::uint64_t count_unsent() noexcept;
  [[nodiscard]] bool is_confirmed() noexcept;

  // Output.
  void on_open(const Opened& opened) noexcept;
  void on_message(const Message& message) noexcept;
  void on_piece(const websocket::Piece& piece) noexcept;
  void put(std::string text) noexcept;
  void on_output(const Error& error) noexcept;

  /// Of an end that does not end the run: it shows in the exit code.
  void note_trouble(ExitCode code, const Error& error, std::string_view advice = {}) noexcept;

  const WebsocketOptions& options_;
  const Duration goodbye_ = std::min<Duration>(goodbye_timeout, options_.lineless.value_or(goodbye_timeout));
  const bool raw_;  // bytes come out as they are
  const MessageType type_;
  const bool on_terminal_ = ::isatty(STDOUT_FILENO) == 1;
  InputMessages messages_;
  StandardInput input_;
  StandardOutput output_;
  std::optional<websocket::Client> client_;
  std::optional<kedge::Timer> lineless_;
  std::optional<kedge::Timer> linger_;
  bool was_ready_ = false;
  bool sent_any_ = false;
  bool all_is_done_ = false;
  bool input_ended_ = false;
  bool server_ended_ = false;
  bool confirmed_ = false;
  bool told_of_line_ends_ = false;
  std::uint64_t under_way_ = 0;  // messages that wait, or are being written
  std::uint64_t unsent_ = 0;     // of those that ended
  std::uint64_t unprinted_ = 0;
  std::optional<ExitCode> trouble_;  // the first one
};

// ---- the line

Result<void> WebsocketRun::connect(ClientConfig client_config, std::span<std::byte> storage) {
  if (raw_ && on_terminal_)
    return Error(ErrorKind::config, "--binary prints bytes as they are, not on a terminal; see --json");
  const auto lines = read_headers(options_.headers, patience());
  if (!lines) return lines.error();
  const std::vector<websocket::Header> headers = split_headers(*lines);
  const std::vector<std::string_view> subprotocols(options_.subprotocols.begin(),
                                                   options_.subprotocols.end());
  websocket::Config config;
  config.client = std::move(client_config);
  config.client.close_timeout = goodbye_;
  config.client.judge = [this](const Ending& ending, const Judgement& usual) noexcept {
    const bool normal =
        ending.close_code == ws::close_code::normal || ending.close_code == ws::close_code::none_received;
    // Told by the state. Which message it was nobody can say, once it was out.
    if (ending.close_code == ws::close_code::message_too_big && !trouble_) trouble_ = ExitCode::protocol;
    server_ended_ = normal && ending.was_ready && !options_.retry;
    return server_ended_ ? Judgement{Verdict::final, {}, usual.error} : usual;
  };
  config.client.on_writable = [this]() noexcept { send_input(); };
  config.credential = options_.credential;
  config.headers = headers;
  config.subprotocols = subprotocols;
  config.user_agent = options_.user_agent;
  config.on_open = [this](const Opened& opened) noexcept { on_open(opened); };
  config.on_message = [this](const Message& message) noexcept { on_message(message); };
  config.on_piece = [this](const websocket::Piece& piece) noexcept { on_piece(piece); };
  client_.emplace(port(), std::move(config), limits(), storage);
  lineless_.emplace(*client_);
  linger_.emplace(*client_);
  return client_->connect().error();
}

Result<void> WebsocketRun::ask() {
  limit_wait();
  output_.open(loop(), [this](const Error& error) noexcept { on_output(error); });
  return {};
}

void WebsocketRun::limit_wait() noexcept {
  if (!options_.lineless || lineless_->running()) return;
  (void)lineless_->start(*options_.lineless, [this]() noexcept {
    finish(ExitCode::connection, Error(ErrorKind::timeout, "no connection in time"));
  });
}

// Input is not touched before: where there is no server, it is the next command's.
void WebsocketRun::on_ready() noexcept {
  lineless_->stop();
  if (std::exchange(was_ready_, true)) return end_when_done();
  const auto opened = input_.open(loop(), [this]() noexcept { read_input(); });
  if (!opened) return finish(opened.error());
  send_input();
}

bool WebsocketRun::ends_well(const Error& error) noexcept {
  if (!server_ended_ || count_unsent() != 0 || has_more_input()) return false;
  reporter().note(error.message());
  all_is_done_ = true;
  return true;
}

void WebsocketRun::close() noexcept {
  client_->close();
  if (!all_is_done_) (void)linger_->start(short_goodbye_timeout, [this]() noexcept { end_now(); });
}

void WebsocketRun::destroy() noexcept {
  confirmed_ = is_confirmed();
  input_.close();
  output_.close();
  lineless_.reset();
  linger_.reset();
  client_.reset();
}

// ---- input

void WebsocketRun::read_input() noexcept {
  if (is_over()) return input_.want(false);
  const auto read = input_.read();
  if (!read) {
    if (!options_.listen || !StandardInput::is_missing()) return finish(ExitCode::usage, read.error());
    return end_input();  // a daemon's
  }
  if (!*read) return;
  if ((*read)->empty()) return end_input();
  messages_.append(**read);
  send_input();
}

void WebsocketRun::end_input() noexcept {
  input_ended_ = true;
  messages_.end();
  send_input();
}

// As long as there is room; the rest waits here, and what is behind it where it comes from.
void WebsocketRun::send_input() noexcept {
  if (is_over() || !input_.is_open()) return;
  while (const auto item = messages_.next()) {
    const Result<void> sent = send(*item);
    if (!sent && sent.error().kind() == ErrorKind::closed) return;
    if (!sent) return input_.want(false);
    messages_.drop();
  }
  input_.want(!input_ended_);
  end_when_done();
}

// Errors: queue_full, closed. What can never be sent is told of, and gone.
Result<void> WebsocketRun::send(const InputMessages::Item& item) noexcept {
  const auto about = [&item](const Error& why) {
    return Error(why.kind(), "input line ")
        .append(static_cast<std::int64_t>(item.number))
        .append(why.message());
  };
  if (item.too_long) {
    note_trouble(ExitCode::protocol, about({ErrorKind::too_large, " is too long, and was not sent"}),
                 "; see --max-message");
    return {};
  }
  websocket::SendOptions options;
  if (options_.resend) options.on_loss = OnLoss::resend;
  const auto bytes = std::as_bytes(std::span(item.text.data(), item.text.size()));
  const auto completion = [this, number = item.number](const Outcome& outcome) noexcept {
    on_sent(number, outcome.error);
  };
  const auto sent = client_->send(type_, bytes, completion, options);
  if (sent) {
    ++under_way_;
    return {};
  }
  const ErrorKind kind = sent.error().kind();
  if (kind == ErrorKind::queue_full || kind == ErrorKind::closed) return sent.error();
  // Its length, the other thing that may be wrong with it, was looked at before.
  note_trouble(ExitCode::usage, about({kind, " is not UTF-8, and was not sent"}), "; see --binary");
  return {};
}

void WebsocketRun::on_sent(std::uint64_t number, const Error& error) noexcept {
  --under_way_;
  const char* what = options_.binary ? "input chunk " : "input line ";
  Error about(error.kind(), error.layer(), error.layer_code(), what);
  about.append(static_cast<std::int64_t>(number));
  if (error.kind() == ErrorKind::too_large) {
    note_trouble(ExitCode::protocol, about.append(": ").append(error.message()));
  } else if (error.may_have_run()) {
    const bool ended = error.kind() == ErrorKind::closed;
    about.append(" was partly out when the ").append(ended ? "command ended" : "line was lost");
    about.append(": its outcome is unknown").with_may_have_run();
    note_trouble(ExitCode::outcome_unknown, about, ended || options_.resend ? "" : "; see --resend");
  } else if (error) {
    ++unsent_;  // why is told by the state
  } else {
    sent_any_ = true;
  }
  end_when_done();
}

void WebsocketRun::note_trouble(ExitCode code, const Error& error, std::string_view advice) noexcept {
  if (!trouble_) trouble_ = code;
  reporter().error(error, advice);
}

void WebsocketRun::end_when_done() noexcept {
  // A line that is closed for good is ended by the state, which knows why.
  if (is_over() || client_->state() == LinkState::closed) return;
  if (!input_ended_ || under_way_ != 0 || messages_.next()) return;
  if (!options_.listen && options_.linger.count() == 0) return finish_well();
  // From now on there is nothing to do for us but to print.
  if (!output_.is_watched()) {
    (void)output_.watch_reader([this]() noexcept {
      finish(ExitCode::other, Error(ErrorKind::closed, "nobody reads standard output any more"));
    });
  }
  if (!options_.listen && !linger_->running()) linger();
}

// Each message is a reason to wait for another one; so is what the reader has not taken, behind which more
// may lie.
void WebsocketRun::linger() noexcept {
  (void)linger_->start(options_.linger, [this]() noexcept {
    if (output_.waits()) return linger();
    finish_well();
  });
}

void WebsocketRun::finish_well() noexcept {
  all_is_done_ = true;
  finish(ExitCode::ok, {});
}

bool WebsocketRun::has_more_input() noexcept {
  if (input_ended_ || !input_.is_open()) return false;
  const auto read = input_.read();
  return read && *read && !(*read)->empty();
}

std::uint64_t WebsocketRun::count_unsent() noexcept {
  messages_.end();
  std::uint64_t count = unsent_ + under_way_;
  for (; messages_.next(); messages_.drop()) ++count;
  unsent_ = count - under_way_;
  return count;
}

// Whether the server has said goodbye, and so has read what went before it.
bool WebsocketRun::is_confirmed() noexcept {
  return confirmed_ || (client_ && client_->state() == LinkState::closed && client_->peer_said_goodbye());
}

// ---- output

void WebsocketRun::on_open(const Opened& opened) noexcept {
  if (options_.subprotocols.empty()) return;
  const std::string chosen = opened.subprotocol.empty() ? "no subprotocol" : "the subprotocol ";
  reporter().note("the server chose " + chosen + std::string(opened.subprotocol));
}

void WebsocketRun::on_message(const Message& message) noexcept {
  if (is_over()) return;
  if (options_.json) return put(message_json(message).append("\n"));
  if (raw_) return put(std::string(message.text()));
  if (message.type == MessageType::binary) {
    if (unprinted_++ == 0)
      reporter().warning("a binary message was not printed, nor will others be: see --binary and --json");
    return;
  }
  if (message.text().find('\n') != std::string_view::npos && !std::exchange(told_of_line_ends_, true)) {
    reporter().note("line ends in messages are not printed as such: see --json");
  }
  put(message_line(message.text(), on_terminal_).append("\n"));
}

void WebsocketRun::on_piece(const websocket::Piece& piece) noexcept {
  if (!piece.first || is_over()) return;
  note_trouble(ExitCode::protocol,
               Error(ErrorKind::too_large, "a message was not printed: it has more than ")
                   .append(std::int64_t{limits().inbound_message_bytes_max})
                   .append(" bytes"),
               "; see --max-message");
}

void WebsocketRun::put(std::string text) noexcept {
  if (linger_->running()) linger();
  reporter().not_waiting();
  const auto written = output_.write(std::move(text));
  if (!written) return finish(ExitCode::other, written.error());
  if (!*written) client_->pause();
}

void WebsocketRun::on_output(const Error& error) noexcept {
  if (error) return finish(ExitCode::other, error);
  client_->resume();
  if (linger_->running() && !is_over()) linger();  // it was the reader who was silent
}

ExitCode WebsocketRun::print(ExitCode code) {
  // Who interrupts does not wait for the reader.
  if (output_.waits() && code == ExitCode::interrupted) {
    reporter().warning("the last message was not printed whole: nobody read it");
  } else if (const Error error = output_.finish().error()) {
    reporter().error(error);
    const bool interrupted = error.kind() == ErrorKind::cancelled;
    if (code == ExitCode::ok) code = interrupted ? ExitCode::interrupted : ExitCode::other;
  }
  if (const std::uint64_t count = was_ready_ ? count_unsent() : 0; count != 0) {
    const char* what = options_.binary ? " chunks" : " lines";
    reporter().warning(
        std::string("input that was read and not sent: ").append(std::to_string(count)).append(what));
  }
  if (code == ExitCode::ok && sent_any_ && !is_confirmed()) {
    note_trouble(
        ExitCode::outcome_unknown,
        Error(ErrorKind::timeout, "the server said no goodbye: the outcome is unknown of what was sent last")
            .with_may_have_run());
  }
  return code == ExitCode::ok ? trouble_.value_or(code) : code;
}

}  // namespace

ExitCode run_websocket_command(const WebsocketOptions& options) {
  return run_to_end<WebsocketRun>(options);
}

}  // namespace kedge::cli

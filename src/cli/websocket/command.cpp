#include "../../ws/close_code.hpp"
#include "../command_of.hpp"
#include "../command_run.hpp"
#include "../standard_output.hpp"
#include "arguments.hpp"
#include "header_line.hpp"
#include "input.hpp"
#include "message_printer.hpp"

#include <kedge/timer.hpp>
#include <kedge/websocket.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kedge::cli::websocket {

namespace {

// A server may take its time to read what lies in between: its answer to our close says that it has.
constexpr std::chrono::milliseconds goodbye_timeout{30'000};
// Where nobody asks for that answer.
constexpr Duration short_goodbye_timeout = std::chrono::seconds{5};

class WebsocketRun final : public CommandRun {
 public:
  explicit WebsocketRun(const Options& options)
      : CommandRun(options),
        options_(options),
        printer_(options, reporter()),
        input_(options, limits().outbound_message_bytes_max, input_events()) {}

 private:
  [[nodiscard]] std::size_t storage_bytes() const noexcept override {
    return kedge::websocket::storage_bytes(limits());
  }
  Result<void> connect(ClientConfig config, std::span<std::byte> storage) override;
  Result<void> ask() override;
  [[nodiscard]] bool needs_token() const noexcept override {
    return options_.credential != kedge::websocket::CredentialKind::none;
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
  [[nodiscard]] Input::Events input_events() noexcept;
  void end_when_done() noexcept;
  void linger() noexcept;
  void finish_well() noexcept;
  [[nodiscard]] bool is_confirmed() noexcept;

  // Output.
  void on_open(const Opened& opened) noexcept;
  void on_message(const Message& message) noexcept;
  void on_piece(const kedge::websocket::Piece& piece) noexcept;
  void put(std::string text) noexcept;
  void on_output(const Error& error) noexcept;

  /// Of an end that does not end the run: it shows in the exit code.
  void note_trouble(ExitCode code, const Error& error, std::string_view advice = {}) noexcept;

  const Options& options_;
  const Duration goodbye_ = std::min<Duration>(goodbye_timeout, options_.lineless.value_or(goodbye_timeout));
  MessagePrinter printer_;
  Input input_;
  StandardOutput output_;
  std::optional<kedge::websocket::Client> client_;
  std::optional<kedge::Timer> lineless_;
  std::optional<kedge::Timer> linger_;
  bool was_ready_ = false;
  bool all_is_done_ = false;
  bool server_ended_ = false;
  bool confirmed_ = false;
  std::optional<ExitCode> trouble_;  // the first one
};

// ---- the line

Result<void> WebsocketRun::connect(ClientConfig client_config, std::span<std::byte> storage) {
  if (auto checked = printer_.check(); !checked) return checked;
  const auto lines = read_headers(options_.headers, patience());
  if (!lines) return lines.error();
  const std::vector<kedge::websocket::Header> headers = split_headers(*lines);
  const std::vector<std::string_view> subprotocols(options_.subprotocols.begin(),
                                                   options_.subprotocols.end());
  kedge::websocket::Config config;
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
  config.client.on_writable = [this]() noexcept { input_.send(); };
  config.credential = options_.credential;
  config.headers = headers;
  config.subprotocols = subprotocols;
  config.user_agent = options_.user_agent;
  config.on_open = [this](const Opened& opened) noexcept { on_open(opened); };
  config.on_message = [this](const Message& message) noexcept { on_message(message); };
  config.on_piece = [this](const kedge::websocket::Piece& piece) noexcept { on_piece(piece); };
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
  const auto opened = input_.open(loop(), *client_);
  if (!opened) return finish(opened.error());
  input_.send();
}

bool WebsocketRun::ends_well(const Error& error) noexcept {
  if (!server_ended_ || input_.count_unsent() != 0 || input_.has_more()) return false;
  reporter().note(error.message());
  all_is_done_ = true;
  return true;
}

void WebsocketRun::close() noexcept {
  input_.stop();
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

// ---- the end

Input::Events WebsocketRun::input_events() noexcept {
  return {.on_trouble = [this](ExitCode code, const Error& error,
                               std::string_view advice) noexcept { note_trouble(code, error, advice); },
          .on_failed = [this](const Error& error) noexcept { finish(ExitCode::usage, error); },
          .on_progress = [this]() noexcept { end_when_done(); }};
}

void WebsocketRun::note_trouble(ExitCode code, const Error& error, std::string_view advice) noexcept {
  if (!trouble_) trouble_ = code;
  reporter().error(error, advice);
}

void WebsocketRun::end_when_done() noexcept {
  // A line that is closed for good is ended by the state, which knows why.
  if (is_over() || client_->state() == LinkState::closed) return;
  if (!input_.is_done()) return;
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
  if (auto text = printer_.print(message)) put(*std::move(text));
}

void WebsocketRun::on_piece(const kedge::websocket::Piece& piece) noexcept {
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
  if (const std::uint64_t count = was_ready_ ? input_.count_unsent() : 0; count != 0) {
    const char* what = options_.binary ? " chunks" : " lines";
    reporter().warning(
        std::string("input that was read and not sent: ").append(std::to_string(count)).append(what));
  }
  if (code == ExitCode::ok && input_.has_sent() && !is_confirmed()) {
    note_trouble(
        ExitCode::outcome_unknown,
        Error(ErrorKind::timeout, "the server said no goodbye: the outcome is unknown of what was sent last")
            .with_may_have_run());
  }
  return code == ExitCode::ok ? trouble_.value_or(code) : code;
}

}  // namespace

std::unique_ptr<Command> make_command() {
  return std::make_unique<CommandOf<Arguments, WebsocketRun>>(Command::Words{
      .name = "websocket",
      .description =
          "Send each line of standard input as a message, and print the messages that come, on a line that "
          "comes back by itself"});
}

}  // namespace kedge::cli::websocket

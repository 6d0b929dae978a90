#pragma once
// What every command does: one client on one loop, from its first connection to its last word.

#include <kedge/proxy_variables.hpp>
#include "../program/certificate_files.hpp"
#include "../program/signals.hpp"
#include "../program/timer.hpp"
#include "../program/token.hpp"
#include "connection_options.hpp"
#include "exit_code.hpp"
#include "reporter.hpp"

#include <kedge/client.hpp>
#include <kedge/limits.hpp>
#include <kedge/port_uv.hpp>
#include <kedge/tls.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kedge::cli {

/// One run. A command says which client it is, and what it asks.
class CommandRun {
 public:
  /// `options` are borrowed.
  explicit CommandRun(const ConnectionOptions& options);
  CommandRun(const CommandRun&) = delete;
  CommandRun& operator=(const CommandRun&) = delete;

  /// To its end: connects, waits, prints.
  ExitCode run();
  [[nodiscard]] std::size_t lookups_outstanding() const noexcept { return loop_.lookups_outstanding(); }

 protected:
  ~CommandRun();

  /// What its client's configuration begins with: its protocol's own, where that has one. Its number of
  /// attempts does not hold: a run ends with its time.
  [[nodiscard]] virtual ClientConfig default_client_config() const noexcept;
  /// What its client needs.
  [[nodiscard]] virtual std::size_t storage_bytes() const noexcept = 0;
  /// Reads what the command was given, makes the client and connects it. Errors end the run.
  virtual Result<void> connect(ClientConfig config, std::span<std::byte> storage) = 0;
  /// Once, after `connect`, for what may wait for the line. Errors end the run.
  virtual Result<void> ask() = 0;
  /// Whether there is a token to be shown, and so to be read.
  [[nodiscard]] virtual bool needs_token() const noexcept { return true; }
  /// The line is ready.
  virtual void on_ready() noexcept {}
  /// There is no line, and another attempt follows.
  virtual void on_waiting() noexcept {}
  /// Whether no other attempt could help, though the client would make one.
  [[nodiscard]] virtual bool is_final(const Error&) const noexcept { return false; }
  /// Whether the server will take us in a moment, so that even a command that does not retry should.
  [[nodiscard]] virtual bool comes_back(const Error&) const noexcept { return false; }
  /// Whether the server's end of the line is a success: there was nothing left to do.
  [[nodiscard]] virtual bool ends_well(const Error&) noexcept { return false; }
  /// Whether something was asked for that the server may do.
  [[nodiscard]] virtual bool may_have_asked() const noexcept { return false; }
  /// The command that fetches the result of what was asked for, should it come after this end; empty: none.
  [[nodiscard]] virtual std::string fetch_command(ExitCode, const Error&) const { return {}; }
  /// What is waited for while the line is ready; empty: nothing.
  [[nodiscard]] virtual std::string_view awaits() const noexcept { return "waiting for the answer"; }
  /// The client's next attempt begins now.
  virtual void retry_now() noexcept = 0;
  /// Closes the client; on one that is closed, nothing.
  virtual void close() noexcept = 0;
  /// Destroys the client.
  virtual void destroy() noexcept = 0;
  /// Prints on standard output what there is for it. Once, and after the line was closed: a reader who takes
  /// his time holds nobody's place at the server. `code` is what the run ends with unless this fails; what it
  /// ends with.
  virtual ExitCode print(ExitCode code) = 0;

  /// The first end counts; what follows is its consequence. With the code that the error has, or another.
  void finish(const Error& error) noexcept;
  void finish(ExitCode code, const Error& error) noexcept;
  /// When the run is over: prints, and ends the process without the server's goodbye.
  [[noreturn]] void end_now() noexcept;
  /// Once: from now on the run ends with `timeout` when no time is left, until `stop_limit`.
  void limit_time() noexcept;
  void stop_limit() noexcept;
  /// What is left of `--timeout`; at least a millisecond.
  [[nodiscard]] std::chrono::milliseconds time_left() const noexcept {
    return std::max(patience_.left(), std::chrono::milliseconds{1});
  }
  /// For what is waited for before the loop runs.
  [[nodiscard]] const program::Patience& patience() const noexcept { return patience_; }
  /// Whether the run has come to its end, but for the goodbye.
  [[nodiscard]] bool is_over() const noexcept { return code_.has_value(); }
  [[nodiscard]] uv::Loop& loop() noexcept { return loop_; }
  [[nodiscard]] Port& port() noexcept { return port_; }
  [[nodiscard]] const Limits& limits() const noexcept { return limits_; }
  [[nodiscard]] Reporter& reporter() noexcept { return reporter_; }

 private:
  Result<void> read_files();
  Result<void> set_trust();
  bool begin();
  /// A file could not be read, or was not waited for any longer; or something that was given is wrong.
  bool cannot_begin(const Error& error) noexcept;
  [[nodiscard]] ClientConfig client_config();
  void on_state(LinkState state, const Error& error) noexcept;
  void on_log(const LogRecord& record) noexcept;
  void on_signal() noexcept;
  /// What follows an error's own words: why there was no line, or what helps.
  [[nodiscard]] std::string advice(const Error& error) const;
  /// Before the first ready: whether the server is to be tried again though nobody said --retry.
  [[nodiscard]] bool try_again_soon(const Error& error) noexcept;
  void show_waiting() noexcept;
  void tell_retry();

  const ConnectionOptions& options_;
  const program::Patience patience_;
  const Limits limits_;
  program::TokenSource token_;
  program::KeptFile ca_, certificate_, key_;
  ProxyVariables proxy_;
  Reporter reporter_;
  // Before the loop.
  program::Signals signals_;
  program::Signals hangup_;
  program::Timer limit_;
  program::Timer again_;
  program::Timer each_second_;
  uv::Loop loop_;
  uv::Port port_{loop_};
  tls::ClientStorage<> tls_;
  std::vector<std::byte> storage_;
  bool connected_ = false;  // connect() was called and did not fail
  bool was_ready_ = false;
  bool line_lost_ = false;  // after it was ready
  LinkState state_ = LinkState::idle;
  Instant state_since_{};
  Instant asked_at_{};  // the first ready
  Error last_cause_;    // why there is no line; empty while there is
  std::optional<Instant> busy_since_;
  std::chrono::milliseconds busy_wait_{};
  struct HeldBack {
    std::string peer, message;
  } retry_line_;  // of the log, until it is known whether it holds
  std::optional<ExitCode> code_;
};

}  // namespace kedge::cli

#include "gate_command.hpp"

#include "../program/out_of_memory.hpp"
#include "../program/signals.hpp"
#include "../program/token.hpp"
#include "../ws/url.hpp"
#include "reporter.hpp"

#include <kedge/agent_gate.hpp>
#include <kedge/port_uv.hpp>
#include <kedge/tls.hpp>

#include <cerrno>
#include <csignal>
#include <new>
#include <optional>
#include <utility>
#include <vector>

namespace kedge::cli {

namespace {

constexpr const char* token_variable = "KEDGE_TOKEN";

/// One run: the client, what it waits for, and how it ended.
class GateRun {
 public:
  explicit GateRun(const GateOptions& options) : options_(options), reporter_(options.json) {}

  ExitCode run();
  [[nodiscard]] std::size_t lookups_outstanding() const noexcept { return loop_.lookups_outstanding(); }

 private:
  static constexpr Limits limits = Limits::host();

  bool check_configuration();
  Result<void> set_trust();
  bool make_client();
  Result<Handle> start();
  void on_state(LinkState state, const Error& error) noexcept;
  void on_outcome(const Outcome& outcome) noexcept;
  void on_row(const agent_gate::ResultRow& row) noexcept;
  void on_log(const LogRecord& record) noexcept;
  void on_signal() noexcept;
  void finish(ExitCode code, const Error& error) noexcept;
  [[nodiscard]] Result<void> print_rows();

  const GateOptions& options_;
  Reporter reporter_;
  program::Signals signals_;  // before the loop
  uv::Loop loop_;
  uv::Port port_{loop_};
  tls::ClientStorage<> tls_;
  std::vector<std::byte> storage_;
  std::optional<agent_gate::Client> client_;
  std::string rows_;  // of `pending`: "[", rows joined by commas, and room for "]"
  bool was_ready_ = false;
  std::optional<ExitCode> code_;  // the first end counts; what follows is its consequence
};

bool GateRun::check_configuration() {
  Secret token;
  if (auto read = program::read_token(options_.token_file, token_variable, token); !read) {
    finish(ExitCode::usage, read.error());
    return false;
  }
  return true;
}

Result<void> GateRun::set_trust() {
  if (!options_.ca_file.empty()) return tls_.client.trust_file(options_.ca_file.c_str());
  // Without TLS a machine needs no bundle.
  const auto url = ws::parse_url(options_.url);
  return url && url->secure ? tls_.client.trust_system_bundle() : Result<void>{};
}

bool GateRun::make_client() {
  errno = 0;  // the library does not know why a file cannot be opened
  if (auto trusted = set_trust(); !trusted) {
    if (errno == ENOMEM) throw std::bad_alloc();
    finish(ExitCode::usage, trusted.error());
    return false;
  }
  agent_gate::Config config;
  config.client.url = options_.url;
  config.client.tls = &tls_.client;
  // A command ends at once when another attempt cannot help: a refused credential, a wrong certificate.
  config.client.fatal_policy = FatalPolicy::stop;
  config.client.credentials = [this](Secret& secret) noexcept {
    return program::read_token(options_.token_file, token_variable, secret);
  };
  config.client.on_state = [this](LinkState state, const Error& error) noexcept { on_state(state, error); };
  config.client.log = [this](const LogRecord& record) noexcept { on_log(record); };
  config.on_unclaimed_row = [this](const agent_gate::ResultRow& row) noexcept { on_row(row); };
  storage_.resize(storage_bytes(limits));
  client_.emplace(port_, std::move(config), limits, storage_);
  if (auto connected = client_->connect(); !connected) {
    finish(exit_code_for(connected.error()), connected.error());
    return false;
  }
  return true;
}

Result<Handle> GateRun::start() {
  auto completion = [this](const Outcome& outcome) noexcept { on_outcome(outcome); };
  agent_gate::RequestOptions request;
  request.deadline = options_.timeout;
  switch (options_.verb) {
    case GateOptions::Verb::call:
      return client_->tool_request(options_.tool, options_.arguments, completion, request);
    case GateOptions::Verb::pending:
      return client_->get_pending_results(completion, request);
    case GateOptions::Verb::tools:
      return client_->list_tools(completion, request);
  }
  return Error(ErrorKind::config, "no such command");
}

ExitCode GateRun::run() {
  if (!check_configuration() || !make_client()) return *code_;
  if (auto started = start(); !started) finish(exit_code_for(started.error()), started.error());

  signals_.watch(loop_, {SIGINT, SIGTERM}, [this](int) noexcept { on_signal(); });
  loop_.run();  // until on_state(closed)
  signals_.close();
  client_.reset();
  // Rows that came before it failed: the server has deleted them.
  if (!rows_.empty()) (void)print_rows();
  return code_.value_or(ExitCode::other);
}

Result<void> GateRun::print_rows() {
  if (rows_.empty()) return Reporter::result("[]");
  return Reporter::result(std::exchange(rows_, {}).append("]"));  // there is room
}

void GateRun::finish(ExitCode code, const Error& error) noexcept {
  if (code_) return;
  code_ = code;
  if (error) reporter_.error(error);
  if (client_) client_->close();
}

void GateRun::on_state(LinkState state, const Error& error) noexcept {
  if (state == LinkState::ready) was_ready_ = true;
  // The first connection is tried once: who types a command wants to know now that the server is not there.
  const bool hopeless = state == LinkState::waiting && !was_ready_ && !options_.retry;
  const bool gave_up = state == LinkState::closed && error.kind() != ErrorKind::closed;
  if (hopeless || gave_up) {
    // What timed out here is a stage of the line, never the request.
    const bool timeout = error.kind() == ErrorKind::timeout;
    finish(timeout ? ExitCode::connection : exit_code_for(error), error);
  } else {
    reporter_.state(state, state == LinkState::closed ? Error{} : error);
  }
  if (state == LinkState::closed) loop_.stop();
}

void GateRun::on_outcome(const Outcome& outcome) noexcept {
  // `closed` and `connection` are told by the state, which knows why.
  if (!outcome.ok()) {
    if (outcome.error.kind() != ErrorKind::closed) finish(exit_code_for(outcome.error), outcome.error);
    return;
  }
  const bool rows = options_.verb == GateOptions::Verb::pending;
  const auto printed = rows ? print_rows() : Reporter::result(outcome.text());
  finish(printed ? ExitCode::ok : ExitCode::other, printed.error());
}

void GateRun::on_row(const agent_gate::ResultRow& row) noexcept {
  if (options_.verb != GateOptions::Verb::pending) return reporter_.unclaimed(row);
  // The rows that there is memory for are printed at the end, whatever becomes of this one.
  try {
    const std::string text = row_as_json(row);
    rows_.reserve(rows_.size() + text.size() + 2);
    rows_.append(rows_.empty() ? "[" : ",").append(text);
  } catch (const std::bad_alloc&) {
    program::say_out_of_memory("kedge: a result is lost");
    finish(ExitCode::other, {});
  }
}

void GateRun::on_log(const LogRecord& record) noexcept {
  // Told before the state is: there will be no next attempt.
  if (record.event == "retry" && !was_ready_ && !options_.retry) return;
  reporter_.log(record);
}

void GateRun::on_signal() noexcept {
  // The second one does not wait for the server's goodbye, nor does one that comes when all is done but that.
  if (code_) {
    if (!rows_.empty()) (void)print_rows();
    uv::exit_now(static_cast<int>(*code_));
  }
  finish(ExitCode::interrupted, Error(ErrorKind::cancelled, "interrupted"));
}

}  // namespace

ExitCode run_gate_command(const GateOptions& options) {
  GateRun run(options);
  const ExitCode code = run.run();
  // A return would wait for a name lookup that perhaps never ends.
  if (run.lookups_outstanding() != 0) uv::exit_now(static_cast<int>(code));
  return code;
}

}  // namespace kedge::cli

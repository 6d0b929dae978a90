#include "command_run.hpp"

#include "../link/without_secret.hpp"
#include "../program/token.hpp"
#include "../ws/url.hpp"

#include <csignal>
#include <utility>

namespace kedge::cli {

namespace {

constexpr const char* token_variable = "KEDGE_TOKEN";
constexpr std::string_view concealed = "(words that held the token)";

}  // namespace

CommandRun::CommandRun(const ConnectionOptions& options) : options_(options), reporter_(options.json) {}

CommandRun::~CommandRun() {
  limit_.close();
}

bool CommandRun::check_token() {
  Secret token;
  if (auto read = program::read_token(options_.token_file, token_variable, token); !read) {
    finish(ExitCode::usage, read.error());
    return false;
  }
  return true;
}

Result<void> CommandRun::set_trust() {
  if (!options_.ca_file.empty()) return tls_.client.trust_file(options_.ca_file.c_str());
  // Without TLS a machine needs no bundle.
  const auto url = ws::parse_url(options_.url);
  return url && url->secure ? tls_.client.trust_system_bundle() : Result<void>{};
}

ClientConfig CommandRun::client_config() {
  ClientConfig config;
  config.url = options_.url;
  config.tls = &tls_.client;
  // A command ends at once when another attempt cannot help: a refused credential, a wrong certificate.
  config.fatal_policy = FatalPolicy::stop;
  config.credentials = [this](Secret& secret) noexcept {
    return program::read_token(options_.token_file, token_variable, secret);
  };
  config.on_state = [this](LinkState state, const Error& error) noexcept { on_state(state, error); };
  config.log = [this](const LogRecord& record) noexcept { on_log(record); };
  return config;
}

bool CommandRun::begin() {
  if (!check_token()) return false;
  if (auto trusted = set_trust(); !trusted) {
    finish(ExitCode::usage, trusted.error());
    return false;
  }
  storage_.resize(storage_bytes(limits));
  const auto connected = connect(client_config(), storage_);
  connected_ = connected.ok();
  if (!connected_) finish(exit_code_for(connected.error()), connected.error());
  return connected_;
}

ExitCode CommandRun::run() {
  if (begin()) {
    if (auto asked = ask(); !asked) finish(exit_code_for(asked.error()), asked.error());
    signals_.watch(loop_, {SIGINT, SIGTERM}, [this](int) noexcept { on_signal(); });
    loop_.run();  // until on_state(closed)
    signals_.close();
  }
  destroy();
  print_rest();
  return code_.value_or(ExitCode::other);
}

void CommandRun::limit_time(std::chrono::milliseconds limit) noexcept {
  limit_.start(loop_, limit, {}, [this]() noexcept {
    finish(ExitCode::timeout, Error(ErrorKind::timeout, "no connection in time"));
  });
}

void CommandRun::stop_limit() noexcept {
  limit_.close();
}

void CommandRun::finish(ExitCode code, const Error& error) noexcept {
  if (code_) return;
  code_ = code;
  if (error) reporter_.error(conceal(error));
  if (connected_) close();
}

void CommandRun::on_state(LinkState state, const Error& error) noexcept {
  if (state == LinkState::ready) was_ready_ = true;
  // The first connection is tried once: who types a command wants to know now that the server is not there.
  const bool waits = state == LinkState::waiting && !was_ready_;
  const bool hopeless = waits && (!options_.retry || is_final(error));
  const bool gave_up = state == LinkState::closed && error.kind() != ErrorKind::closed;
  if (hopeless || gave_up) {
    // What timed out here is a stage of the line, never the request.
    const bool timeout = error.kind() == ErrorKind::timeout;
    finish(timeout ? ExitCode::connection : exit_code_for(error), error);
  } else {
    reporter_.state(state, state == LinkState::closed ? Error{} : conceal(error));
  }
  if (state == LinkState::ready && !code_) on_ready();
  if (state == LinkState::closed) loop_.stop();
}

// A server may repeat our token, and the client forgets it when the line is ready.
Error CommandRun::conceal(const Error& error) const noexcept {
  Secret token;
  (void)program::read_token(options_.token_file, token_variable, token);
  return without_secret(error, token, concealed);
}

std::string_view CommandRun::conceal(std::string_view words) const noexcept {
  Secret token;
  (void)program::read_token(options_.token_file, token_variable, token);
  return holds_secret(words, token) ? concealed : words;
}

void CommandRun::on_log(const LogRecord& record) noexcept {
  // Told before the state is: there will be no next attempt.
  if (record.event == "retry" && !was_ready_ && !options_.retry) return;
  LogRecord without = record;
  without.message = conceal(record.message);
  reporter_.log(without);
}

void CommandRun::on_signal() noexcept {
  // The second one does not wait for the server's goodbye, nor does one that comes when all is done but that.
  if (code_) {
    print_rest();
    uv::exit_now(static_cast<int>(*code_));
  }
  finish(ExitCode::interrupted, Error(ErrorKind::cancelled, "interrupted"));
}

}  // namespace kedge::cli

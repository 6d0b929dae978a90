#include "command_run.hpp"

#include "../ws/url.hpp"

#include <algorithm>
#include <csignal>
#include <utility>

namespace kedge::cli {

namespace {

constexpr const char* token_variable = "KEDGE_TOKEN";
// Its result is printed: a server that does not say goodbye keeps nobody waiting.
constexpr Duration goodbye = std::chrono::milliseconds{500};
// A server that is busy for a moment is tried again so long, and that often.
constexpr Duration busy_max = std::chrono::seconds{5};
constexpr std::chrono::milliseconds busy_wait_min{100};
constexpr std::chrono::milliseconds busy_wait_max{1000};
// With --retry somebody waits: a server that is there again is not left alone for half a minute.
constexpr std::chrono::seconds retry_wait_max{5};

Limits limits_for(std::uint32_t message_bytes) noexcept {
  Limits limits = Limits::host();
  limits.inbound_message_bytes_max = message_bytes;
  limits.outbound_message_bytes_max = message_bytes;
  // Whole blocks, and some small messages beside the largest.
  limits.outbound_bytes = std::max(limits.outbound_bytes, message_bytes / 4096 * 4096 + 64 * 1024);
  return limits;
}

}  // namespace

CommandRun::CommandRun(const ConnectionOptions& options)
    : options_(options),
      patience_(options.timeout),
      limits_(limits_for(options.message_bytes_max)),
      token_(options.token_file, token_variable),
      ca_(program::certificate_file(options.ca_file)),
      certificate_(program::certificate_file(options.certificate_file)),
      key_(program::certificate_file(options.key_file)),
      reporter_({.json = options.json, .least = options.quiet ? LogLevel::error : options.log_level}) {}

CommandRun::~CommandRun() {
  for (program::Timer* timer : {&limit_, &again_, &each_second_}) timer->close();
}

// Before the loop, which nobody's pipe may stop.
Result<void> CommandRun::read_files() {
  if (needs_token()) {
    if (auto token = token_.prepare(patience_); !token) return token;
  }
  struct Named {
    std::string_view option;
    program::KeptFile& file;
  };
  for (const Named& named :
       {Named{options_.ca_option, ca_}, Named{"--cert", certificate_}, Named{"--key", key_}}) {
    if (named.file.path().empty()) continue;
    const Error error = named.file.prepare(patience_).error();
    if (!error) continue;
    return Error(error.kind(), named.option)
        .append(" ")
        .append(named.file.path())
        .append(": ")
        .append(error.message());
  }
  return {};
}

Result<void> CommandRun::set_trust() {
  if (!options_.certificate_file.empty()) {
    auto set = program::identify(tls_.client, certificate_, key_, port_);
    if (!set) return set;
  }
  if (!options_.ca_file.empty()) return program::trust(tls_.client, ca_);
  // Without TLS a machine needs no bundle.
  const auto url = ws::parse_url(options_.url);
  return url && url->secure ? tls_.client.trust_system_bundle() : Result<void>{};
}

ClientConfig CommandRun::default_client_config() const noexcept {
  ClientConfig config;
  config.backoff.cap = retry_wait_max;
  return config;
}

ClientConfig CommandRun::client_config() {
  ClientConfig config = default_client_config();
  config.max_retries.reset();
  config.url = options_.url;
  config.tls = &tls_.client;
  // A command ends at once when another attempt cannot help: a refused credential, a wrong certificate.
  config.fatal_policy = FatalPolicy::stop;
  config.close_timeout = goodbye;
  proxy_.apply(config);
  config.credentials = [this](Secret& secret) noexcept { return token_.give(secret); };
  config.on_state = [this](LinkState state, const Error& error) noexcept { on_state(state, error); };
  config.log_level = options_.log_level;
  config.log = [this](const LogRecord& record) noexcept { on_log(record); };
  tls_.client.set_log([this](const LogRecord& record) noexcept { on_log(record); });
  return config;
}

bool CommandRun::begin() {
  if (const auto status = loop_.status(); !status) {
    finish(ExitCode::other, status.error());
    return false;
  }
  if (const auto read = read_files(); !read) return cannot_begin(read.error());
  if (const auto proxy = proxy_.read(options_.url); !proxy) return cannot_begin(proxy.error());
  if (auto trusted = set_trust(); !trusted) {
    finish(ExitCode::usage, trusted.error());
    return false;
  }
  storage_.resize(storage_bytes());
  const auto connected = connect(client_config(), storage_);
  connected_ = connected.ok();
  return connected_ || cannot_begin(connected.error());
}

bool CommandRun::cannot_begin(const Error& error) noexcept {
  if (error.kind() == ErrorKind::cancelled) finish(ExitCode::interrupted, error);
  // Nothing was sent.
  if (error.kind() == ErrorKind::timeout) finish(ExitCode::connection, error);
  // Unless one of these was the end.
  finish(error);
  return false;
}

ExitCode CommandRun::run() {
  if (begin()) {
    if (auto asked = ask(); !asked) finish(asked.error());
    signals_.watch(loop_, {SIGINT, SIGTERM}, [this](int) noexcept { on_signal(); });
    // Under nohup(1) it is ignored, and stays so.
    if (!program::is_ignored(SIGHUP)) hangup_.watch(loop_, {SIGHUP}, [this](int) noexcept { on_signal(); });
    if (reporter_.shows_waiting()) {
      constexpr std::chrono::milliseconds second{1000};
      each_second_.start(loop_, second, second, [this]() noexcept { show_waiting(); });
    }
    loop_.run();  // until on_state(closed)
    signals_.close();
    hangup_.close();
  }
  reporter_.not_waiting();
  destroy();
  return print(code_.value_or(ExitCode::other));
}

void CommandRun::limit_time() noexcept {
  limit_.start(loop_, time_left(), {}, [this]() noexcept {
    finish(ExitCode::connection, Error(ErrorKind::timeout, "no connection in time"));
  });
}

void CommandRun::stop_limit() noexcept {
  limit_.close();
}

void CommandRun::finish(const Error& error) noexcept {
  // What waits for a line when its time is over was sent on none.
  const bool unsent =
      connected_ && error.kind() == ErrorKind::timeout && !error.may_have_run() && state_ != LinkState::ready;
  finish(unsent ? ExitCode::connection : exit_code_for(error, line_lost_), error);
}

void CommandRun::finish(ExitCode code, const Error& error) noexcept {
  if (code_) return;
  code_ = code;
  if (error) reporter_.error(error, advice(error), fetch_command(code, error));
  if (connected_) close();
}

std::string CommandRun::advice(const Error& error) const {
  std::string text;
  const Error* cause = &error;
  // A deadline; what times out on a layer is a cause itself.
  if (error.kind() == ErrorKind::timeout && error.layer() == Layer::none && last_cause_) {
    cause = &last_cause_;
    text.append("; the last attempt: ").append(cause->message());
  }
  // The library names its limit, which is not the user's. A peer's 1009 is about the peer's.
  const bool own_limit = error.kind() == ErrorKind::too_large && error.layer() != Layer::websocket;
  if (own_limit) text.append("; see --max-message");
  if (comes_back(*cause) && !options_.retry) text.append("; with --retry this waits until it has gone");
  return text;
}

bool CommandRun::try_again_soon(const Error& error) noexcept {
  if (!comes_back(error)) return false;
  const Instant now = port_.now();
  if (!busy_since_) {
    busy_since_ = now;
    busy_wait_ = busy_wait_min;
    again_.start(loop_, busy_wait_, {}, [this]() noexcept {
      if (!code_ && state_ == LinkState::waiting) retry_now();
    });
    return true;
  }
  if (now - *busy_since_ >= busy_max) return false;
  busy_wait_ = std::min(busy_wait_ * 2, busy_wait_max);
  again_.again(busy_wait_);
  return true;
}

void CommandRun::show_waiting() noexcept {
  if (code_) return;
  const bool ready = state_ == LinkState::ready;
  const bool waiting = state_ == LinkState::waiting;
  const std::string_view what = ready ? awaits() : waiting ? "waiting to connect again" : "connecting";
  const Instant since = ready ? asked_at_ : state_since_;
  if (what.empty()) return;
  reporter_.waiting(what, std::chrono::floor<std::chrono::seconds>(port_.now() - since));
}

void CommandRun::on_state(LinkState state, const Error& error) noexcept {
  state_ = state;
  state_since_ = port_.now();
  if (state == LinkState::waiting) last_cause_ = error;
  if (state == LinkState::waiting && was_ready_) line_lost_ = true;
  if (state == LinkState::ready) {
    if (!was_ready_) asked_at_ = state_since_;
    was_ready_ = true;
    last_cause_ = {};
  }
  // The first connection is tried once: who types a command wants to know now that the server is not there.
  const bool waits = state == LinkState::waiting && !was_ready_;
  const bool soon = waits && !is_final(error) && try_again_soon(error);
  const bool hopeless = waits && (is_final(error) || !(soon || options_.retry));
  const bool ended = state == LinkState::closed && error.kind() != ErrorKind::closed;
  const bool well = ended && !code_ && ends_well(error);
  const bool gave_up = ended && !well;
  if (well) finish(ExitCode::ok, {});
  if (hopeless || gave_up) {
    // What timed out here is a stage of the line, never the request.
    const bool timeout = error.kind() == ErrorKind::timeout;
    finish(timeout ? ExitCode::connection : exit_code_for(error, line_lost_), error);
  } else {
    reporter_.state(state, state == LinkState::closed ? Error{} : error);
    // When it comes sooner than the client believes, its word does not hold.
    if (state == LinkState::waiting && !soon) tell_retry();
  }
  if (state == LinkState::ready && !code_) on_ready();
  if (state == LinkState::waiting && !code_) on_waiting();
  if (state == LinkState::closed) loop_.stop();
}

void CommandRun::on_log(const LogRecord& record) noexcept {
  // Told before the state is: there may be no next attempt.
  if (record.event == "retry") {
    retry_line_ = {std::string(record.peer), std::string(record.message)};
    return;
  }
  reporter_.log(record);
}

void CommandRun::tell_retry() {
  reporter_.log({LogLevel::info, "retry", retry_line_.peer, retry_line_.message});
}

void CommandRun::end_now() noexcept {
  uv::exit_now(static_cast<int>(print(code_.value_or(ExitCode::other))));
}

void CommandRun::on_signal() noexcept {
  // The second one does not wait for the server's goodbye, nor does one that comes when all is done but that.
  if (code_) end_now();
  const bool may_have_run = was_ready_ && may_have_asked();
  finish(ExitCode::interrupted, Error(ErrorKind::cancelled, "interrupted").with_may_have_run(may_have_run));
}

}  // namespace kedge::cli

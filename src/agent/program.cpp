#include "program.hpp"

#include "../program/address.hpp"
#include "../program/json_log.hpp"
#include "../program/loopback.hpp"
#include "../program/printable.hpp"
#include "../program/signals.hpp"
#include "../program/standard_descriptors.hpp"
#include "../program/string_sink.hpp"
#include "../program/timer.hpp"
#include "configuration.hpp"
#include "connector.hpp"
#include "credentials.hpp"
#include "routes.hpp"
#include "send_route.hpp"
#include "service_manager.hpp"

#include <kedge/json_writer.hpp>
#include <kedge/port_uv.hpp>

#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>
#include <string_view>

namespace kedge::agent {

namespace {

// A body of 96 KiB holds the most data that a packet may have, in base64.
constexpr program::HttpLimits http_limits{.connections_max = 256, .body_bytes_max = 96 * 1024};

// What the end takes beyond the grace period: the connector's goodbye, and a second to spare.
constexpr std::chrono::seconds goodbye{6};
// For a service manager that is behind with reading.
constexpr std::chrono::milliseconds notify_pause{50};

struct ReadConfiguration {
  Problems warnings, problems;
};

/// Reads it all, the secret and the certificates too. Errors: cancelled (a signal came while a pipe was
/// waited for).
Result<void> configuration_from(const std::string& config_file, Configuration& configuration,
                                Credentials& credentials, ReadConfiguration& read) {
  const program::Patience patience(program::daemon_patience);
  SettingValues values;
  read_environment(values, read.warnings);
  if (!config_file.empty()) {
    SettingValues from_file;
    if (auto done = read_settings_file(config_file, from_file, read.problems, patience); !done) return done;
    values.add_missing(from_file);
  }
  program::Token token;
  configuration = read_configuration(values, token, read.problems);
  (void)credentials.set_token(token.reveal());  // it fitted before
  if (const auto proxy = credentials.read_proxy(); !proxy)
    read.problems.emplace_back(proxy.error().message());
  const Result<void> outcome = credentials.read(read.problems, patience);
  if (const Error warning = credentials.trust_warning()) read.warnings.emplace_back(warning.message());
  return outcome;
}

/// The daemon's parts, in the order in which they need each other.
class Agent {
 public:
  explicit Agent(LogLevel log_level) : log_(port_, log_level) {}
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;
  ~Agent();
  AgentExit run(const std::string& config_file);
  [[nodiscard]] std::size_t lookups_outstanding() const noexcept { return loop_.lookups_outstanding(); }

 private:
  /// None when all is well.
  std::optional<AgentExit> configure(const std::string& config_file);
  bool listen();
  void on_signal(int number) noexcept;
  void on_state(LinkState state) noexcept;
  void tell_state(LinkState state) noexcept;
  void reload() noexcept;
  void shut_down() noexcept;
  void close_line() noexcept;
  void finish() noexcept;
  void tell_ready();
  void log(LogLevel level, std::string_view event, std::string_view message) noexcept {
    log_.write(LogRecord{level, event, {}, message});
  }
  void tell(const Result<void>& told) noexcept;
  [[nodiscard]] Snapshot snapshot();

  // What the loop still closes when it goes.
  program::Signals signals_;
  program::Timer watchdog_;
  program::Timer grace_;
  program::Timer notify_again_;
  uv::Loop loop_;
  uv::Port port_{loop_};
  program::JsonLog log_;
  Instant started_ = port_.now();
  std::optional<WallTime> started_wall_ = port_.wall_time();
  Configuration configuration_;
  Credentials credentials_{configuration_, port_};
  ServiceManager manager_ = ServiceManager::from_environment();
  std::unique_ptr<Connector> connector_;
  std::unique_ptr<SendRoute> send_;
  std::unique_ptr<Routes> routes_;
  std::unique_ptr<program::HttpServer> http_;
  bool shutting_down_ = false;
  bool closing_ = false;
};

// ---- the start

AgentExit Agent::run(const std::string& config_file) {
  if (const auto status = loop_.status(); !status) {
    log(LogLevel::error, "start", status.error().message());
    return AgentExit::other;
  }
  if (const auto end = configure(config_file)) return *end;
  connector_ = std::make_unique<Connector>(
      port_, configuration_, credentials_, [this](LinkState state) { on_state(state); },
      [this](const LogRecord& record) { log_.write_rarely(record); }, log_.wanted());
  send_ = std::make_unique<SendRoute>(port_, *connector_, configuration_.sends(),
                                      [this](program::HttpTicket ticket, HttpAnswer answer) noexcept {
                                        http_->answer(ticket, std::move(answer));
                                      });
  routes_ = std::make_unique<Routes>(*send_, program::is_loopback(configuration_.http),
                                     [this] { return snapshot(); });
  http_ = std::make_unique<program::HttpServer>(loop_, *routes_, http_limits);
  // Before anybody hears that we listen.
  signals_.watch(loop_, {SIGHUP, SIGINT, SIGTERM}, [this](int number) noexcept { on_signal(number); });
  if (!listen()) return AgentExit::listen;
  tell_ready();
  if (!configuration_.sends()) log(LogLevel::info, "start", "sending is off: CONNECTOR_BTP_URL is not set");
  if (auto started = connector_->connect(); !started) {
    log(LogLevel::error, "start", started.error().message());
    return AgentExit::usage;
  }
  loop_.run();
  return AgentExit::ok;
}

std::optional<AgentExit> Agent::configure(const std::string& config_file) {
  ReadConfiguration read;
  if (!configuration_from(config_file, configuration_, credentials_, read)) return AgentExit::ok;
  for (const std::string& warning : read.warnings) log(LogLevel::warning, "configuration", warning);
  for (const std::string& problem : read.problems) log(LogLevel::error, "configuration", problem);
  if (!read.problems.empty()) return AgentExit::usage;
  return std::nullopt;
}

bool Agent::listen() {
  const auto port = http_->listen(configuration_.http);
  if (!port) {
    const std::string where = program::to_string(configuration_.http);
    log(LogLevel::error, "start", where + ": " + std::string(port.error().message()));
    return false;
  }
  Address bound = configuration_.http;
  bound.port = *port;
  program::StringSink sink;
  json::Writer writer(sink);
  writer.begin_object().member("event", "listening");
  writer.member("url", "http://" + program::to_string(bound)).end_object();
  std::printf("%s\n", sink.text().c_str());
  std::fflush(stdout);
  return true;
}

void Agent::tell_ready() {
  notify_again_.start(loop_, notify_pause, {}, [this]() noexcept { tell(manager_.send_kept()); });
  tell(manager_.ready(configuration_.sends() ? "listening" : "listening; sending is off"));
  if (const auto interval = manager_.watchdog_interval()) {
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(*interval);
    watchdog_.start(loop_, ms, ms, [this]() noexcept { tell(manager_.alive()); });
  }
}

// ---- while it runs

Snapshot Agent::snapshot() {
  Snapshot now;
  now.node_id = configuration_.node_id;
  now.sends = configuration_.sends();
  now.shutting_down = shutting_down_;
  now.state = connector_->state();
  now.last_error = connector_->last_error();
  now.link = connector_->statistics();
  now.active = send_->active();
  now.packets = send_->counters();
  now.latency = send_->latency();
  now.http_connections = http_->connections();
  now.http = http_->counters();
  now.time = port_.wall_time();
  now.started = started_wall_;
  now.uptime = port_.now() - started_;
  return now;
}

void Agent::on_state(LinkState state) noexcept {
  if (shutting_down_) {
    if (state == LinkState::closed) finish();
    return;
  }
  tell_state(state);
}

// A line that waits says why.
void Agent::tell_state(LinkState state) noexcept {
  Error words(ErrorKind::none, to_string(state));
  if (state != LinkState::ready) {
    if (const Error why = connector_->last_error()) words.append(": ").append(why.message());
  }
  tell(manager_.status(program::printable(words.message())));
}

void Agent::on_signal(int number) noexcept {
  if (number == SIGHUP) return reload();
  if (shutting_down_) uv::exit_now(static_cast<int>(AgentExit::interrupted));
  shut_down();
}

void Agent::reload() noexcept {
  if (shutting_down_) return;
  tell(manager_.reloading(port_.now()));
  Problems problems;
  (void)credentials_.read(problems);
  for (const std::string& problem : problems) log(LogLevel::error, "reload", problem);
  if (problems.empty()) log(LogLevel::info, "reload", "secret and certificates were read again");
  const Error warning = credentials_.trust_warning();
  if (problems.empty() && warning) log(LogLevel::warning, "reload", warning.message());
  if (auto retried = connector_->retry(); !retried) {
    log(LogLevel::error, "reload", retried.error().message());
  }
  tell(manager_.ready(to_string(connector_->state())));
}

void Agent::tell(const Result<void>& told) noexcept {
  if (!told) log_.write_rarely(LogRecord{LogLevel::warning, "notify", {}, told.error().message()});
  if (manager_.keeps()) notify_again_.again(notify_pause);
}

// ---- the end: no new requests, those in flight, the line, the loop

void Agent::shut_down() noexcept {
  shutting_down_ = true;
  log(LogLevel::info, "shutdown", "a signal has come");
  tell(manager_.stopping(configuration_.shutdown_grace + goodbye));
  send_->shut_down();
  grace_.start(loop_, configuration_.shutdown_grace, {}, [this]() noexcept { close_line(); });
  http_->drain([this]() noexcept { close_line(); });
}

void Agent::close_line() noexcept {
  if (closing_) return;
  closing_ = true;
  if (send_->active() > 0) log(LogLevel::warning, "shutdown", "requests in flight are ended");
  if (connector_->is_over()) return finish();
  connector_->close();
}

void Agent::finish() noexcept {
  http_->flush();
  loop_.stop();
}

Agent::~Agent() {
  signals_.close();
  watchdog_.close();
  grace_.close();
  notify_again_.close();
}

}  // namespace

AgentExit check_agent(const std::string& config_file) {
  uv::Loop loop;
  uv::Port port(loop);
  Configuration configuration;
  Credentials credentials(configuration, port);
  ReadConfiguration read;
  if (!configuration_from(config_file, configuration, credentials, read)) return AgentExit::interrupted;
  const auto say = [](const char* kind, const std::string& words) {
    std::fprintf(stderr, "kedge-agent: %s%s\n", kind, program::printable(words).c_str());
  };
  for (const std::string& warning : read.warnings) say("warning: ", warning);
  for (const std::string& problem : read.problems) say("", problem);
  if (!read.problems.empty()) return AgentExit::usage;
  const std::string where = program::to_string(configuration.http);
  std::printf("kedge-agent: the configuration is good; the HTTP API would listen on %s, sending is %s\n",
              where.c_str(), configuration.sends() ? "on" : "off");
  return program::standard_output_is_written() ? AgentExit::ok : AgentExit::other;
}

AgentExit run_agent(const std::string& config_file, LogLevel log_level) {
  const auto agent = std::make_unique<Agent>(log_level);
  const AgentExit code = agent->run(config_file);
  // A return would wait for a name lookup that perhaps never ends.
  if (agent->lookups_outstanding() != 0) uv::exit_now(static_cast<int>(code));
  return code;
}

}  // namespace kedge::agent

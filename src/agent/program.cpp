#include "program.hpp"

#include "../program/address.hpp"
#include "../program/daemon/daemon.hpp"
#include "../program/loopback.hpp"
#include "../program/printable.hpp"
#include "../program/standard_descriptors.hpp"
#include "btp_url.hpp"
#include "configuration.hpp"
#include "connector.hpp"
#include "routes.hpp"
#include "send_route.hpp"

#include <kedge/port_uv.hpp>

#include <cstdio>
#include <memory>
#include <optional>
#include <string_view>

namespace kedge::agent {

namespace {

// A body of 96 KiB holds the most data that a packet may have, in base64.
constexpr program::HttpLimits http_limits{.connections_max = 256, .body_bytes_max = 96 * 1024};

struct ReadConfiguration {
  Problems warnings, problems;
};

/// Reads it all, the secret and the certificates too. Errors: cancelled (a signal came while a pipe was
/// waited for).
Result<void> configuration_from(const std::string& config_file, Configuration& configuration,
                                program::Credentials& credentials, ReadConfiguration& read) {
  const program::Patience patience(program::daemon_patience);
  SettingValues values;
  read_environment(values, read.warnings);
  take_btp_url(values, read.problems);
  if (!config_file.empty()) {
    SettingValues from_file;
    if (auto done = read_settings_file(config_file, from_file, read.problems, patience); !done) return done;
    // What a URL holds goes with it: the file's token is not for a host that the environment names.
    if (!values.get(Setting::url)) take_btp_url(from_file, read.problems);
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
class Agent final : program::DaemonWork {
 public:
  explicit Agent(LogLevel log_level) : daemon_(log_level) {}
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;
  AgentExit run(const std::string& config_file);
  [[nodiscard]] std::size_t lookups_outstanding() { return daemon_.loop().lookups_outstanding(); }

 private:
  /// None when all is well.
  std::optional<AgentExit> configure(const std::string& config_file);
  void connect_parts();
  bool listen();
  void on_state(LinkState state) noexcept;
  void finish() noexcept;
  [[nodiscard]] Snapshot snapshot();

  void reload() noexcept override;
  void drain() noexcept override;
  void close() noexcept override;
  [[nodiscard]] LinkState state() const noexcept override { return connector_->state(); }
  [[nodiscard]] Error last_error() const noexcept override { return connector_->last_error(); }

  program::Daemon daemon_;
  Configuration configuration_;
  program::Credentials credentials_{configuration_, credential_names(), daemon_.port()};
  std::unique_ptr<Connector> connector_;
  std::unique_ptr<SendRoute> send_;
  std::unique_ptr<Routes> routes_;
  std::unique_ptr<program::HttpServer> http_;
};

// ---- the start

AgentExit Agent::run(const std::string& config_file) {
  if (const auto status = daemon_.loop().status(); !status) {
    daemon_.log(LogLevel::error, "start", status.error().message());
    return AgentExit::other;
  }
  if (const auto end = configure(config_file)) return *end;
  connect_parts();
  daemon_.begin(*this, configuration_.shutdown_grace);
  if (!listen()) return AgentExit::listen;
  daemon_.tell_ready(configuration_.sends() ? "listening" : "listening; sending is off");
  if (!configuration_.sends()) {
    daemon_.log(LogLevel::info, "start", "sending is off: CONNECTOR_BTP_URL is not set");
  }
  if (auto started = connector_->connect(); !started) {
    daemon_.log(LogLevel::error, "start", started.error().message());
    return AgentExit::usage;
  }
  daemon_.run();
  return AgentExit::ok;
}

std::optional<AgentExit> Agent::configure(const std::string& config_file) {
  ReadConfiguration read;
  if (!configuration_from(config_file, configuration_, credentials_, read)) return AgentExit::ok;
  for (const std::string& warning : read.warnings) daemon_.log(LogLevel::warning, "configuration", warning);
  for (const std::string& problem : read.problems) daemon_.log(LogLevel::error, "configuration", problem);
  if (!read.problems.empty()) return AgentExit::usage;
  return std::nullopt;
}

void Agent::connect_parts() {
  connector_ = std::make_unique<Connector>(
      daemon_.port(), configuration_, credentials_, [this](LinkState state) { on_state(state); },
      [this](const LogRecord& record) { daemon_.log().write_rarely(record); }, daemon_.log().wanted());
  send_ = std::make_unique<SendRoute>(daemon_.port(), *connector_, configuration_.sends(),
                                      [this](program::HttpTicket ticket, HttpAnswer answer) noexcept {
                                        http_->answer(ticket, std::move(answer));
                                      });
  routes_ = std::make_unique<Routes>(*send_, program::is_loopback(configuration_.http),
                                     [this] { return snapshot(); });
  http_ = std::make_unique<program::HttpServer>(daemon_.loop(), *routes_, http_limits);
}

bool Agent::listen() {
  const auto port = http_->listen(configuration_.http);
  if (!port) {
    const std::string where = program::to_string(configuration_.http);
    daemon_.log(LogLevel::error, "start", where + ": " + std::string(port.error().message()));
    return false;
  }
  Address bound = configuration_.http;
  bound.port = *port;
  program::Daemon::tell_where("http://" + program::to_string(bound));
  return true;
}

// ---- while it runs

Snapshot Agent::snapshot() {
  Snapshot now;
  now.node_id = configuration_.node_id;
  now.sends = configuration_.sends();
  now.shutting_down = daemon_.is_ending();
  now.state = connector_->state();
  now.last_error = connector_->last_error();
  now.link = connector_->statistics();
  now.active = send_->active();
  now.packets = send_->counters();
  now.latency = send_->latency();
  now.http_connections = http_->connections();
  now.http = http_->counters();
  now.time = daemon_.port().wall_time();
  now.started = daemon_.started();
  now.uptime = daemon_.uptime();
  now.peer_certificate_expires = credentials_.tls().peer_certificate_expires();
  now.client_certificate_expires = credentials_.tls().client_certificate_expires();
  return now;
}

void Agent::on_state(LinkState state) noexcept {
  if (!daemon_.is_ending()) return daemon_.tell_state();
  if (state == LinkState::closed) finish();
}

void Agent::reload() noexcept {
  daemon_.read_again(credentials_);
  if (auto retried = connector_->retry(); !retried) {
    daemon_.log(LogLevel::error, "reload", retried.error().message());
  }
}

// ---- the end

void Agent::drain() noexcept {
  send_->shut_down();
  http_->drain([this]() noexcept { daemon_.drained(); });
}

void Agent::close() noexcept {
  if (send_->active() > 0) daemon_.log(LogLevel::warning, "shutdown", "requests in flight are ended");
  if (connector_->is_over()) return finish();
  connector_->close();
}

void Agent::finish() noexcept {
  http_->flush();
  daemon_.stop();
}

}  // namespace

AgentExit check_agent(const std::string& config_file) {
  uv::Loop loop;
  uv::Port port(loop);
  Configuration configuration;
  program::Credentials credentials(configuration, credential_names(), port);
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

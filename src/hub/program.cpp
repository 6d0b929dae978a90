#include "program.hpp"

#include "../program/address.hpp"
#include "../program/certificate_files.hpp"
#include "../program/json_log.hpp"
#include "../program/signals.hpp"
#include "agent_gate/gate.hpp"
#include "btp/connector.hpp"
#include "operator_api.hpp"
#include "server.hpp"
#include "tls_acceptor.hpp"

#include <kedge/port_uv.hpp>
#include <kedge/tls.hpp>

#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace kedge::hub {

namespace {

ServerConfig server_config(bool with_peers) {
  ServerConfig config = agent_gate::gate_server_config();
  if (!with_peers) return config;
  const ServerConfig of_peers = btp::connector_server_config();
  config.connections_max = of_peers.connections_max;
  config.message_buffers = of_peers.message_buffers;
  config.connection.limits.outbound_messages_max = of_peers.connection.limits.outbound_messages_max;
  return config;
}

/// The hub's parts, in the order in which they need each other.
class Hub {
 public:
  Hub(HubOptions options, const Secret& token)
      : log_(port_, options.log_level),
        path_(options.gate.path),
        gate_on_(!token.empty()),
        config_(server_config(options.btp.has_value())),
        listener_(loop_, uv::ListenerOptions{.streams_max = slot_count(config_)}),
        gate_(std::move(options.gate), token.reveal()),
        options_(std::move(options)) {
    if (options_.btp) connector_.emplace(options_.btp->config, std::move(options_.btp->tokens));
  }

  HubExit run();

 private:
  /// None when all is well.
  std::optional<HubExit> secure();
  [[nodiscard]] std::vector<Service*> services();
  HubExit bind();
  void tell_where(const Address& address, std::uint16_t operator_port);
  void on_signal() noexcept;
  HubExit fail(HubExit code, const Error& error) noexcept;
  void log(const LogRecord& record) noexcept;

  program::Signals signals_;  // before the loop
  uv::Loop loop_;
  uv::Port port_{loop_};
  program::JsonLog log_;
  std::string path_;
  bool gate_on_;
  ServerConfig config_;
  uv::Listener listener_;
  agent_gate::Gate gate_;
  HubOptions options_;
  std::optional<btp::Connector> connector_;
  tls::Server tls_server_{port_};
  std::unique_ptr<SlotTlsAcceptor> tls_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<OperatorApi> operator_;
  bool shutting_down_ = false;
};

// Which of the two addresses it was.
Error at(std::string_view where, const Error& error) noexcept {
  return Error(error.kind(), where).append(": ").append(error.message());
}

HubExit Hub::fail(HubExit code, const Error& error) noexcept {
  log_.write(LogRecord{LogLevel::error, "start", {}, error.message()});
  return code;
}

HubExit Hub::run() {
  if (const auto status = loop_.status(); !status) return fail(HubExit::other, status.error());
  if (!options_.certificate_file.empty()) {
    if (const auto end = secure()) return *end;
  }
  server_ = std::make_unique<Server>(port_, listener_, tls_.get(), config_, services(),
                                     [this](const LogRecord& record) noexcept { log(record); });
  gate_.attach(*server_);
  if (connector_) connector_->attach(*server_);
  operator_ = std::make_unique<OperatorApi>(loop_, gate_, *server_, connector_ ? &*connector_ : nullptr);
  // Before anybody hears that we listen.
  signals_.watch(loop_, {SIGINT, SIGTERM}, [this](int) noexcept { on_signal(); });
  if (const HubExit bound = bind(); bound != HubExit::ok) return bound;
  loop_.run();
  operator_.reset();
  return HubExit::ok;
}

std::vector<Service*> Hub::services() {
  std::vector<Service*> services;
  if (gate_on_) services.push_back(&gate_);
  if (connector_) {
    for (Service* service : connector_->services()) services.push_back(service);
  }
  return services;
}

// What agents and peers do is told each time; what the system refuses may come in storms.
void Hub::log(const LogRecord& record) noexcept {
  if (record.event == "accept") return log_.write_rarely(record);
  log_.write(record);
}

std::optional<HubExit> Hub::secure() {
  const program::Patience patience(program::daemon_patience);
  program::KeptFile certificate = program::certificate_file(options_.certificate_file);
  program::KeptFile key = program::certificate_file(options_.key_file);
  for (program::KeptFile* file : {&certificate, &key}) {
    const Error error = file->prepare(patience).error();
    if (error.kind() == ErrorKind::cancelled) return HubExit::ok;
    if (error) return fail(HubExit::usage, at(file->path(), error));
  }
  const auto configured = program::configure(tls_server_, certificate, key);
  if (!configured) return fail(HubExit::usage, configured.error());
  tls_ = std::make_unique<SlotTlsAcceptor>(tls_server_, slot_count(config_));
  return std::nullopt;
}

HubExit Hub::bind() {
  const auto address = server_->listen(options_.listen);
  if (!address)
    return fail(HubExit::listen, at("--listen " + program::to_string(options_.listen), address.error()));
  const auto operator_port = operator_->listen(options_.operator_port);
  if (!operator_port) {
    const std::string where = "--operator 127.0.0.1:" + std::to_string(options_.operator_port);
    return fail(HubExit::listen, at(where, operator_port.error()));
  }
  tell_where(*address, *operator_port);
  return HubExit::ok;
}

void Hub::tell_where(const Address& address, std::uint16_t operator_port) {
  const std::string base = (tls_ != nullptr ? "wss://" : "ws://") + program::to_string(address);
  agent_gate::StringSink sink;
  json::Writer writer(sink);
  writer.begin_object().member("event", "listening");
  if (gate_on_) writer.member("url", base + path_);
  if (options_.btp) {
    const auto url = [&base](const std::string& path) { return base + (path == btp::any_path ? "/" : path); };
    const btp::Config& config = options_.btp->config;
    writer.key("btp").begin_object().member("crosstown", url(config.crosstown_path));
    writer.member("btp2", url(config.btp2_path)).end_object();
  }
  writer.member("operator", "http://127.0.0.1:" + std::to_string(operator_port)).end_object();
  std::printf("%s\n", sink.text().c_str());
  std::fflush(stdout);
}

void Hub::on_signal() noexcept {
  if (shutting_down_) uv::exit_now(static_cast<int>(HubExit::interrupted));
  shutting_down_ = true;
  log_.write(LogRecord{LogLevel::info, "shutdown", {}, "a signal has come"});
  server_->shut_down([this]() noexcept {
    signals_.close();
    loop_.stop();
  });
}

}  // namespace

HubExit run_hub(HubOptions options, const Secret& token) {
  return std::make_unique<Hub>(std::move(options), token)->run();
}

}  // namespace kedge::hub

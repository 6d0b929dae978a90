#include "connector.hpp"

#include <utility>

namespace kedge::agent {

Connector::Connector(Port& port, const Configuration& configuration, program::Credentials& credentials,
                     StateHook on_state, Log log, LogLevel log_level)
    : port_(port),
      configuration_(configuration),
      credentials_(credentials),
      on_state_(std::move(on_state)),
      log_(std::move(log)),
      log_level_(log_level),
      storage_(configuration.sends() ? btp::storage_bytes(limits) : 0) {}

Result<void> Connector::connect() {
  if (!configuration_.sends()) return {};
  btp::Config config;
  config.client.url = configuration_.url;
  config.client.tls = &credentials_.tls();
  credentials_.proxy().apply(config.client);
  config.client.credentials = [this](Secret& secret) noexcept { return credentials_.give(secret); };
  config.client.on_state = [this](LinkState state, const Error&) noexcept { on_state_(state); };
  config.client.log_level = log_level_;
  config.client.log = [this](const LogRecord& record) noexcept { log_(record); };
  config.client.max_retries = configuration_.max_retries;
  // Nobody is there to start it again.
  config.client.fatal_policy = FatalPolicy::retry_slowly;
  config.dialect = configuration_.dialect;
  config.peer_id = configuration_.peer_id;
  client_.emplace(port_, std::move(config), limits, storage_);
  if (auto started = client_->connect(); !started) return started.error();
  return {};
}

Result<void> Connector::retry() {
  if (!client_ || closing_) return {};
  if (client_->state() == LinkState::closed) return connect();
  client_->retry_now();
  return {};
}

void Connector::close() noexcept {
  closing_ = true;
  if (client_) client_->close();
}

Result<Handle> Connector::send_packet(const ilp::Prepare& prepare,
                                      btp::PacketCompletion completion) noexcept {
  if (!client_) return Error(ErrorKind::closed, "sending is off");
  btp::PacketOptions options;
  options.timeout_max = configuration_.packet_timeout;
  return client_->send_packet(prepare, std::move(completion), options);
}

}  // namespace kedge::agent

#include "client_core.hpp"

#include <utility>

// The public face that all clients share.

namespace kedge {

Client::~Client() {
  // First nothing: what is destroyed with its requests may still ask for something.
  if (ClientCore* core = std::exchange(core_, nullptr)) core->destroy();
}

Result<bool> Client::connect() noexcept {
  if (core_ == nullptr) return config_error_;
  return core_->link().connect();
}

void Client::close() noexcept {
  if (core_ != nullptr) core_->close();
}

void Client::retry_now() noexcept {
  if (core_ != nullptr) core_->link().retry_now();
}

bool Client::cancel(Handle request) noexcept {
  return core_ != nullptr && core_->cancel(request);
}

LinkState Client::state() const noexcept {
  return core_ == nullptr ? LinkState::idle : core_->link().state();
}

Statistics Client::statistics() const noexcept {
  return core_ == nullptr ? Statistics{} : core_->statistics();
}

const Error& Client::last_error() const noexcept {
  return core_ == nullptr ? config_error_ : core_->link().last_error();
}

std::optional<Instant> Client::next_attempt_at() const noexcept {
  return core_ == nullptr ? std::nullopt : core_->link().next_attempt_at();
}

}  // namespace kedge

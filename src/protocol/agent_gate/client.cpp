#include "../../link/check_config.hpp"
#include "../placement.hpp"
#include "impl.hpp"

#include <utility>

// The public face: puts the client into its storage, or says why it cannot.

namespace kedge::agent_gate {

namespace {

constexpr Statistics no_statistics{};

Error check(const Config& config) noexcept {
  const DurationRule rules[] = {
      must_be_positive("agent_gate::Config::poll_timeout", config.poll_timeout),
      must_be_positive("agent_gate::Config::poll_interval_min", config.poll_interval_min),
      {"agent_gate::Config::poll_interval_max", config.poll_interval_max, config.poll_interval_min,
       "must not be shorter than poll_interval_min"},
  };
  return kedge::check(rules).error();
}

}  // namespace

Client::Client(Port& port, Config config, const Limits& limits, std::span<std::byte> storage) noexcept {
  config_error_ = check_placement(limits, storage).error();
  if (!config_error_) config_error_ = check(config);
  if (!config_error_) impl_ = place<Impl>(limits, storage, port, std::move(config));
}

Client::~Client() {
  if (impl_ != nullptr) impl_->~Impl();
}

Result<bool> Client::connect() noexcept {
  if (impl_ == nullptr) return config_error_;
  return impl_->link().connect();
}

void Client::close() noexcept {
  if (impl_ != nullptr) impl_->close();
}

void Client::retry_now() noexcept {
  if (impl_ != nullptr) impl_->link().retry_now();
}

Result<Handle> Client::tool_request(std::string_view tool, std::string_view args, Completion completion,
                                    const RequestOptions& options) noexcept {
  if (impl_ == nullptr) return config_error_;
  return impl_->tool_request(tool, args, std::move(completion), options);
}

Result<Handle> Client::list_tools(Completion completion, const RequestOptions& options) noexcept {
  if (impl_ == nullptr) return config_error_;
  return impl_->call(Method::list_tools, std::move(completion), options);
}

Result<Handle> Client::get_pending_results(Completion completion, const RequestOptions& options) noexcept {
  if (impl_ == nullptr) return config_error_;
  return impl_->call(Method::get_pending_results, std::move(completion), options);
}

bool Client::cancel(Handle request) noexcept {
  return impl_ != nullptr && impl_->cancel(request);
}

std::optional<std::uint64_t> Client::request_id(Handle request) noexcept {
  return impl_ == nullptr ? std::nullopt : impl_->request_id(request);
}

LinkState Client::state() const noexcept {
  return impl_ == nullptr ? LinkState::idle : impl_->link().state();
}

const Statistics& Client::statistics() noexcept {
  return impl_ == nullptr ? no_statistics : impl_->statistics();
}

const Error& Client::last_error() const noexcept {
  return impl_ == nullptr ? config_error_ : impl_->link().last_error();
}

}  // namespace kedge::agent_gate

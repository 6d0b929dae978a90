#include "../../link/check_config.hpp"
#include "../core/placement.hpp"
#include "impl.hpp"

#include <utility>

// The public face: puts the client into its storage, or says why it cannot.

namespace kedge::agent_gate {

namespace {

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
  config_error_ = check_placement<storage_bytes>(limits, storage).error();
  if (!config_error_) config_error_ = check(config);
  if (!config_error_) core_ = place<Impl, storage_bytes>(limits, storage, port, std::move(config));
}

Client::Impl* Client::impl() const noexcept {
  return static_cast<Impl*>(core_);
}

Result<Handle> Client::tool_request(std::string_view tool, std::string_view args, Completion completion,
                                    const RequestOptions& options) noexcept {
  if (core_ == nullptr) return config_error_;
  return impl()->tool_request(tool, args, std::move(completion), options);
}

Result<Handle> Client::list_tools(Completion completion, const RequestOptions& options) noexcept {
  if (core_ == nullptr) return config_error_;
  return impl()->call(Method::list_tools, std::move(completion), options);
}

Result<Handle> Client::get_pending_results(Completion completion, const RequestOptions& options) noexcept {
  if (core_ == nullptr) return config_error_;
  return impl()->call(Method::get_pending_results, std::move(completion), options);
}

std::optional<std::uint64_t> Client::request_id(Handle request) noexcept {
  return core_ == nullptr ? std::nullopt : impl()->request_id(request);
}

}  // namespace kedge::agent_gate

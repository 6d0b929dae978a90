#include "../../link/check_config.hpp"
#include "../core/placement.hpp"
#include "impl.hpp"

#include <utility>

// What a configuration may be, and the calls of the public face.

namespace kedge::agent_gate {

static Result<void> check_config(const Config& config) noexcept {
  const DurationRule rules[] = {
      must_be_positive("agent_gate::Config::poll_timeout", config.poll_timeout),
      must_be_positive("agent_gate::Config::poll_interval_min", config.poll_interval_min),
      {"agent_gate::Config::poll_interval_max", config.poll_interval_max, config.poll_interval_min,
       "must not be shorter than poll_interval_min"},
  };
  return kedge::check(rules);
}

Client::Client(Port& port, Config&& config, const Limits& limits, std::span<std::byte> storage) noexcept {
  make<Impl, storage_bytes>(port, std::move(config), limits, storage, check_config);
}

Result<Handle> Client::tool_request(std::string_view tool, std::string_view args, Completion completion,
                                    const RequestOptions& options) noexcept {
  return with<Impl>(
      [&](Impl& impl) { return impl.tool_request(tool, args, std::move(completion), options); });
}

Result<Handle> Client::list_tools(Completion completion, const RequestOptions& options) noexcept {
  return with<Impl>(
      [&](Impl& impl) { return impl.call(Method::list_tools, std::move(completion), options); });
}

Result<Handle> Client::get_pending_results(Completion completion, const RequestOptions& options) noexcept {
  return with<Impl>(
      [&](Impl& impl) { return impl.call(Method::get_pending_results, std::move(completion), options); });
}

std::optional<std::uint64_t> Client::request_id(Handle request) noexcept {
  return core_ == nullptr ? std::nullopt : static_cast<Impl*>(core_)->request_id(request);
}

}  // namespace kedge::agent_gate

#pragma once
// agent-gate with co_await.

#include <kedge/agent_gate.hpp>
#include <kedge/await.hpp>

namespace kedge::agent_gate {

/// A client that up to `Waiting` coroutines can await at once. The texts passed to a call must live until it
/// is awaited, which is at once.
template <std::size_t Waiting = 8>
class Awaited : public await::AwaitedClient<Client, Outcome, Waiting> {
 public:
  using await::AwaitedClient<Client, Outcome, Waiting>::AwaitedClient;

  /// As Client::tool_request.
  auto tool_request(std::string_view tool, std::string_view args = {},
                    const RequestOptions& options = {}) noexcept {
    return this->request([=](Client& client, Completion completion) noexcept {
      return client.tool_request(tool, args, std::move(completion), options);
    });
  }
  /// As Client::list_tools.
  auto list_tools(const RequestOptions& options = Client::list_defaults) noexcept {
    return this->request([=](Client& client, Completion completion) noexcept {
      return client.list_tools(std::move(completion), options);
    });
  }
  /// As Client::get_pending_results.
  auto get_pending_results(const RequestOptions& options = Client::list_defaults) noexcept {
    return this->request([=](Client& client, Completion completion) noexcept {
      return client.get_pending_results(std::move(completion), options);
    });
  }
};

}  // namespace kedge::agent_gate

#include "impl.hpp"
#include "messages.hpp"

#include <array>
#include <cstring>
#include <utility>

// Requests: started, sent, expired.

namespace kedge::agent_gate {

Result<Handle> Client::Impl::tool_request(std::string_view tool, std::string_view args, Completion completion,
                                          const RequestOptions& options) noexcept {
  if (tool.empty()) return Error(ErrorKind::config, "the tool has no name");
  // Before the arguments are read: their size is not bounded by anything else.
  if (args.size() > limits_.outbound_message_bytes_max) {
    return Error(ErrorKind::too_large, "the arguments are larger than outbound_message_bytes_max, ")
        .append(std::int64_t{limits_.outbound_message_bytes_max})
        .append(" bytes");
  }
  if (auto checked = check(options); !checked) return checked.error();
  ToolCall call{tool, args.empty() ? std::string_view("{}") : args, {}};
  const auto match = match_key(call.tool, call.args, hash_key_, limits_.json_depth_max);
  if (!match) return match.error();
  call.key = {*match, tool_key(tool, hash_key_), options.after_loss.value_or(Duration::max())};
  return start(Method::tool_request, call, std::move(completion), options);
}

Result<Handle> Client::Impl::call(Method method, Completion completion,
                                  const RequestOptions& options) noexcept {
  if (auto checked = check(options); !checked) return checked.error();
  return start(method, {}, std::move(completion), options);
}

Result<void> Client::Impl::check(const RequestOptions& options) noexcept {
  if (is_closed()) return Error(ErrorKind::closed, "the client is closed");
  if (options.deadline <= Duration::zero()) {
    return Error(ErrorKind::config, "the request's deadline is not positive");
  }
  if (options.after_loss && *options.after_loss < Duration::zero()) {
    return Error(ErrorKind::config, "the request's after_loss is negative");
  }
  return seed();
}

// The first id, and the key of the hashes that rows are matched by.
Result<void> Client::Impl::seed() noexcept {
  if (ids_.started()) return {};
  std::array<std::byte, sizeof(std::uint64_t) + sizeof(codec::HashKey)> random;
  if (!link_.port().random(random)) {
    return Error(ErrorKind::connection, "the machine has no randomness for the ids of requests");
  }
  std::uint64_t first = 0;
  std::memcpy(&first, random.data(), sizeof first);
  std::memcpy(hash_key_.data(), random.data() + sizeof first, hash_key_.size());
  ids_.start(first);
  // Without an id this line could not be polled when it became ready, and what is asked now waits for that.
  if (is_accepted() && !polled_) schedule_.start(link_.port().now());
  return {};
}

Result<Handle> Client::Impl::start(Method method, const ToolCall& call, Completion completion,
                                   const RequestOptions& options) noexcept {
  PendingPool::Request request;
  request.id = ids_.take();
  request.deadline = after(link_.port().now(), options.deadline);
  request.kind = static_cast<std::uint32_t>(method);
  request.harmless = method == Method::list_tools;
  // Its result is asked for; no row answers a question.
  request.on_loss = method == Method::tool_request ? OnLoss::keep : OnLoss::fail;

  OutboundOptions outbound;
  outbound.priority = options.priority;
  const auto sink = requests_.begin(request, completion.release(), outbound);
  if (!sink) return sink.error();
  const Result<void> written = method == Method::tool_request
                                   ? encode_tool_request(**sink, call.tool, call.args, request.id)
                                   : encode_call(**sink, method_names[request.kind], request.id);
  if (!written && written.error().kind() == ErrorKind::config) {
    requests_.abandon();
    return written.error();
  }
  const auto asked = requests_.commit();
  if (asked) row_keys_[asked->index] = call.key;
  return asked;
}

std::optional<std::uint64_t> Client::Impl::request_id(Handle request) noexcept {
  const PendingPool::Request* found = pool_.get(request);
  return found == nullptr ? std::nullopt : std::optional(found->id);
}

void Client::Impl::on_sent(Handle entry, std::uint64_t tag) noexcept {
  if (entry == poll_entry_) poll_entry_ = {};
  ClientCore::on_sent(entry, tag);
}

}  // namespace kedge::agent_gate

#include "impl.hpp"

#include <cstdint>
#include <memory>
#include <new>
#include <utility>

// The public face: puts the client into its storage, or says why it cannot.

namespace kedge::agent_gate {

namespace {

constexpr Statistics no_statistics{};

struct Bound {
  std::string_view name;
  std::uint64_t value;
  std::uint64_t least;
  std::uint64_t most;
};

Error check(const Limits& limits) noexcept {
  constexpr std::uint64_t any = UINT32_MAX;
  const std::uint64_t fragment_most = limits.write_buffer_bytes < 14 ? 0 : limits.write_buffer_bytes - 14U;
  const Bound bounds[] = {
      {"pending_max", limits.pending_max, 1, 4096},
      {"outbound_messages_max", limits.outbound_messages_max, 1, 4096},
      {"outbound_block_bytes", limits.outbound_block_bytes, 32, 4096},
      {"reserved_messages_max", limits.reserved_messages_max, 2, 4096},  // authentication and a poll
      {"reserved_bytes", limits.reserved_bytes, 256, any},
      {"read_buffer_bytes", limits.read_buffer_bytes, 512, any},
      {"write_buffer_bytes", limits.write_buffer_bytes, 512, any},
      {"fragment_bytes_max", limits.fragment_bytes_max, 1, fragment_most},
      {"inbound_message_bytes_max", limits.inbound_message_bytes_max, 256, any},
      {"upgrade_bytes_max", limits.upgrade_bytes_max, 256, any},
      {"addresses_max", limits.addresses_max, 1, any},
      {"json_depth_max", limits.json_depth_max, 4, any},  // of rows in a reply
      {"result_row_bytes_max", limits.result_row_bytes_max, 256, any},
      {"mask_pool_bytes", limits.mask_pool_bytes, 4, any},
  };
  for (const Bound& bound : bounds) {
    if (bound.value >= bound.least && bound.value <= bound.most) continue;
    Error error(ErrorKind::config, "the limit ");
    error.append(bound.name).append(" is ").append(static_cast<std::int64_t>(bound.value));
    error.append(", not ").append(static_cast<std::int64_t>(bound.least));
    return error.append(" to ").append(static_cast<std::int64_t>(bound.most));
  }
  return {};
}

}  // namespace

Client::Client(Port& port, Config config, const Limits& limits, std::span<std::byte> storage) noexcept {
  static_assert(sizeof(Impl) <= cost::client_bytes, "kedge/storage.hpp promises less than a client takes");
  constexpr auto needed = [](const Limits& of) {
    return sizeof(Impl) + alignof(Impl) - 1 + Impl::storage_bytes(of);
  };
  static_assert(storage_bytes(Limits::tiny()) >= needed(Limits::tiny()));
  static_assert(storage_bytes(Limits::small()) >= needed(Limits::small()));
  static_assert(storage_bytes(Limits::host()) >= needed(Limits::host()));

  config_error_ = check(limits);
  if (config_error_) return;
  const std::size_t bytes = storage_bytes(limits);
  if (storage.size() < bytes) {
    config_error_ = Error(ErrorKind::config, "the storage has ");
    config_error_.append(static_cast<std::int64_t>(storage.size())).append(" bytes, these limits need ");
    config_error_.append(static_cast<std::int64_t>(bytes));
    return;
  }
  void* place = storage.data();
  std::size_t rest = storage.size();
  std::align(alignof(Impl), sizeof(Impl), place, rest);
  Arena arena({static_cast<std::byte*>(place) + sizeof(Impl), rest - sizeof(Impl)});
  impl_ = new (place) Impl(port, std::move(config), limits, arena);
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

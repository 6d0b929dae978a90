#pragma once
// What stands behind a ProtocolClient: hears what the link says, does what every client does, and tells the
// protocol of its own part.

#include "client_core.hpp"

#include <kedge/protocol_client.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace kedge {

class ProtocolClient::Core : public ClientCore {
 public:
  using ClientCore::storage_bytes;
  Core(Port& port, ClientConfig&& config, ProtocolClient& owner, const ProtocolTraits& traits,
       const Limits& limits, Arena& arena) noexcept;

  [[nodiscard]] Requests& requests() noexcept { return requests_; }
  [[nodiscard]] PendingPool& pool() noexcept { return pool_; }
  Result<Sink*> begin_post(const PostOptions& options) noexcept;
  Result<void> end_post(const Result<void>& encoded) noexcept;
  Result<Sink*> begin_request(const RequestOptions& options, AnyCompletion completion) noexcept;
  Result<Handle> end_request(const Result<void>& encoded) noexcept;
  void count_error(std::string_view what) noexcept { protocol_error(what); }

 private:
  // ClientCore
  [[nodiscard]] std::string_view name_of(const PendingPool::Request& request) const noexcept override {
    return owner_.name_of(request.kind);
  }
  // Protocol
  Result<void> on_attempt(const Secret& secret, UpgradeExtras& extras) noexcept override;
  void on_open(const Opened& opened) noexcept override { protocol_.on_open(opened); }
  void on_ready() noexcept override { protocol_.on_ready(); }
  void on_message(const Message& message) noexcept override { protocol_.on_message(message); }
  void on_piece(MessageType type, std::span<const std::byte> piece, bool first, bool last) noexcept override;
  void on_discarded(MessageType type, std::uint64_t bytes) noexcept override;
  void on_sent(Handle entry, std::uint64_t tag) noexcept override;
  void on_expired(Handle entry, std::uint64_t tag) noexcept override;
  void on_too_large(Handle being_written) noexcept override;
  [[nodiscard]] bool finishing() const noexcept override { return protocol_.finishing(); }
  [[nodiscard]] Judgement judge(const Ending& ending, const Judgement& usual) noexcept override;
  void on_lost(const Error& why) noexcept override;
  void on_stopped(const Error& why) noexcept override;
  void on_turn(Instant now) noexcept override;
  [[nodiscard]] Instant next_deadline() const noexcept override;

  Protocol& protocol_;
  const ProtocolClient& owner_;
  bool building_own_ = false;  // what was begun and not ended is the protocol's own word
};

}  // namespace kedge

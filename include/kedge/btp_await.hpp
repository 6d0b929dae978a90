#pragma once
// BTP with co_await.

#include <kedge/await.hpp>
#include <kedge/btp.hpp>

namespace kedge::btp {

/// A client that up to `Waiting` coroutines can await at once. The data that a packet refers to must live
/// until it is awaited, which is at once.
template <std::size_t Waiting = 8>
class Awaited : public await::AwaitedClient<Client, PacketOutcome, Waiting> {
 public:
  using await::AwaitedClient<Client, PacketOutcome, Waiting>::AwaitedClient;

  /// As Client::send_packet.
  auto send_packet(const ilp::Prepare& prepare, const PacketOptions& options = {}) noexcept {
    return this->request([=](Client& client, PacketCompletion completion) noexcept {
      return client.send_packet(prepare, std::move(completion), options);
    });
  }
};

}  // namespace kedge::btp

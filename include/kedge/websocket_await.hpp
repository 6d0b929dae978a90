#pragma once
// Messages of a raw WebSocket with co_await.

#include <kedge/await.hpp>
#include <kedge/websocket.hpp>

namespace kedge::websocket {

/// A client that up to `Waiting` coroutines can await at once. The data that a message refers to must live
/// until it is awaited, which is at once.
template <std::size_t Waiting = 8>
class Awaited : public await::AwaitedClient<Client, Outcome, Waiting> {
 public:
  using await::AwaitedClient<Client, Outcome, Waiting>::AwaitedClient;

  /// As Client::send.
  auto send(MessageType type, std::span<const std::byte> bytes, const SendOptions& options = {}) noexcept {
    return this->request([=](Client& client, Completion completion) noexcept {
      return client.send(type, bytes, std::move(completion), options);
    });
  }
  /// As Client::send_text.
  auto send_text(std::string_view text, const SendOptions& options = {}) noexcept {
    return this->request([=](Client& client, Completion completion) noexcept {
      return client.send_text(text, std::move(completion), options);
    });
  }
};

}  // namespace kedge::websocket

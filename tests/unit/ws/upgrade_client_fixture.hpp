#pragma once
// An UpgradeClient that has sent its request, and the answer that it wants.

#include "ws/upgrade.hpp"

#include "entropy_port.hpp"
#include "feed_head.hpp"
#include "support/cmocka.hpp"
#include "ws/accept_key.hpp"

#include <array>
#include <string>

namespace kedge::ws {

/// One client that has sent its request.
struct Client {
  Client() : client(memory, 16) {}

  void start(std::string_view target = "/ws") { start(target, UpgradeExtras(extras_memory)); }
  void start(std::string_view target, const UpgradeExtras& extras) {
    BufferSink sink{std::span<std::byte>(request_memory)};
    EXPECT(client.start(port, "example.com", target, extras, sink).ok(), "a request");
    request = std::string(sink.text());
    const std::size_t at = request.find("Sec-WebSocket-Key: ");
    EXPECT(at != std::string::npos, "a key");
    std::array<char, accept_characters> value{};
    EXPECT(make_accept(std::string_view(request).substr(at + 19, key_characters), value), "SHA-1 to work");
    accept.assign(value.data(), value.size());
  }
  [[nodiscard]] std::string good() const {
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Accept: " +
           accept + "\r\n\r\n";
  }
  /// `used` is what the head took of it.
  Result<bool> feed(std::string_view text, std::size_t step = 0) {
    used = 0;
    return test::feed_head(client, text, step, used);
  }

  std::array<std::byte, 1024> memory{};
  std::array<std::byte, 1024> request_memory{};
  std::array<char, 256> extras_memory{};
  test::EntropyPort port;
  UpgradeClient client;
  std::string request, accept;
  std::size_t used = 0;
};

}  // namespace kedge::ws

#pragma once
// When to ping, when to call the peer dead, and the round-trip time. Pure: time is an argument.

#include <kedge/client.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace kedge {

/// A ping is due after `interval` without a byte from the peer: traffic that proves it alive postpones the
/// ping. After a ping, `timeout` without any byte means the peer is dead.
class Keepalive {
 public:
  enum class Verdict : std::uint8_t { nothing, ping, dead };

  explicit Keepalive(const KeepaliveConfig& config) noexcept;
  void start(Instant now) noexcept;
  /// Bytes came from the peer.
  void heard(Instant now) noexcept;
  /// A pong came; gives the round-trip time when it answers the last ping.
  std::optional<Duration> pong(Instant now, std::span<const std::byte> payload) noexcept;
  /// What is due at `now`. `ping` is said once for each ping; the ping is counted as sent then.
  Verdict poll(Instant now) noexcept;
  /// The payload of the last ping: 8 bytes that name it.
  [[nodiscard]] std::array<std::byte, 8> ping_payload() const noexcept;
  /// When `poll` will next have something to say, or `never`.
  [[nodiscard]] Instant next_deadline() const noexcept;
};

}  // namespace kedge

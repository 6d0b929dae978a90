#pragma once
// When to ping, when to call the peer dead, and the round-trip time. Pure: time is an argument.

#include <kedge/client_config.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace kedge {

/// A ping is due after `interval` without a byte from the peer: traffic that proves it alive postpones the
/// ping. After a ping, `timeout` without any byte means the peer is dead. An interval of zero or less: never
/// a ping. Nothing is due before `start()`.
class Keepalive {
 public:
  enum class Due : std::uint8_t { nothing, ping, dead };

  explicit Keepalive(const KeepaliveConfig& config) noexcept { configure(config); }
  /// Takes effect with the next `start()`.
  void configure(const KeepaliveConfig& config) noexcept;
  void start(Instant now) noexcept;
  /// Bytes came from the peer.
  void heard(Instant now) noexcept {
    heard_at_ = now;
    waiting_ = false;
  }
  /// A pong came (which counts as heard); gives the round-trip time when it answers the last ping, once.
  std::optional<Duration> pong(Instant now, std::span<const std::byte> payload) noexcept;
  /// What is due at `now`. `ping` is said once for each ping; the ping is counted as sent then.
  Due poll(Instant now) noexcept;
  /// The payload of the last ping: 8 bytes that name it.
  [[nodiscard]] std::array<std::byte, 8> ping_payload() const noexcept;
  /// When `poll` will next have something to say, or `never`.
  [[nodiscard]] Instant next_deadline() const noexcept;

 private:
  Duration interval_{};
  Duration timeout_{};
  Instant heard_at_{};
  Instant pinged_at_{};
  std::uint64_t pings_ = 0;  ///< the number of the last one; goes on over connections
  bool started_ = false;
  bool waiting_ = false;     ///< for any byte since the last ping
  bool unanswered_ = false;  ///< the last ping has had no pong yet
};

}  // namespace kedge

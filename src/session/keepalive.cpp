#include "keepalive.hpp"

#include <algorithm>
#include <cassert>

namespace kedge {

void Keepalive::configure(const KeepaliveConfig& config) noexcept {
  interval_ = config.interval;
  timeout_ = config.timeout;
}

void Keepalive::start(Instant now) noexcept {
  heard(now);
  started_ = true;
  unanswered_ = false;
}

std::optional<Duration> Keepalive::pong(Instant now, std::span<const std::byte> payload) noexcept {
  heard(now);
  const std::array<std::byte, 8> expected = ping_payload();
  // An unasked pong, or one for an earlier ping, says nothing about time (RFC 6455 section 5.5.3).
  if (!unanswered_ || !std::equal(payload.begin(), payload.end(), expected.begin(), expected.end())) {
    return std::nullopt;
  }
  unanswered_ = false;
  assert(now >= pinged_at_ && "the clock went back");
  return now - pinged_at_;
}

Keepalive::Due Keepalive::poll(Instant now) noexcept {
  if (now < next_deadline()) return Due::nothing;
  assert(started_ && now >= heard_at_);
  if (waiting_) return Due::dead;
  ++pings_;
  pinged_at_ = now;
  waiting_ = true;
  unanswered_ = true;
  return Due::ping;
}

std::array<std::byte, 8> Keepalive::ping_payload() const noexcept {
  std::array<std::byte, 8> payload;
  for (std::size_t i = 0; i < payload.size(); ++i)
    payload[i] = static_cast<std::byte>(pings_ >> (56 - 8 * i));
  return payload;
}

Instant Keepalive::next_deadline() const noexcept {
  if (!started_ || interval_ <= Duration::zero()) return never;
  return waiting_ ? after(pinged_at_, timeout_) : after(heard_at_, interval_);
}

}  // namespace kedge

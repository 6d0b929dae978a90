#include "resolver.hpp"
#include "socket.hpp"

#include <algorithm>
#include <utility>

namespace kedge::uv {

/// A Port's heap part.
class PortCore final : public Block {
 public:
  PortCore(LoopCore& loop_core, const StreamOptions& options) noexcept : Block(loop_core), resolver(*this) {
    socket.init(*this, options);
    if (!loop_core.usable()) return;
    uv_timer_init(loop_core.loop(), &timer_);
    timer_.data = this;
    opened();
  }

  void arm(Instant deadline) noexcept {
    if (deadline == armed_ || !loop().usable()) return;
    armed_ = deadline;
    if (deadline == never) {
      uv_timer_stop(&timer_);
      return;
    }
    // libuv counts whole milliseconds of the same clock, so the deadline is rounded up on the clock's own
    // scale: rounding a difference up would add the part of a millisecond that has passed.
    const std::int64_t us = std::max<std::int64_t>(deadline.time_since_epoch().count(), 0);
    const auto due = static_cast<std::uint64_t>(us / 1000 + (us % 1000 != 0 ? 1 : 0));
    const std::uint64_t turn = uv_now(loop().loop());
    std::uint64_t wait = due > turn ? due - turn : 0;
    // libuv would run a timer that is due again in the same round of timers, for ever.
    if (wait == 0 && in_timer_) wait = 1;
    uv_timer_start(
        &timer_, [](uv_timer_t* timer) { static_cast<PortCore*>(timer->data)->on_timer(); }, wait, 0);
  }

  void close() noexcept {
    socket.abandon();
    resolver.abandon();
    if (loop().usable()) {
      uv_close(reinterpret_cast<uv_handle_t*>(&timer_),
               [](uv_handle_t* handle) { static_cast<PortCore*>(handle->data)->closed(); });
    }
    abandon();
  }

  PortEvents* events = nullptr;
  Socket socket;
  Resolver resolver;

 private:
  ~PortCore() override = default;

  void on_timer() noexcept {
    const EventScope scope(*this);
    armed_ = never;
    in_timer_ = true;
    events->on_timer();
    in_timer_ = false;
  }

  uv_timer_t timer_{};
  Instant armed_ = never;
  bool in_timer_ = false;
};

Port::Port(Loop& loop, StreamOptions options) noexcept : core_(new PortCore(*loop.core_, options)) {}
Port::~Port() {
  core_->close();
}

void Port::set_events(PortEvents& events) noexcept {
  core_->events = &events;
  core_->resolver.set_events(events);
}

Instant Port::now() noexcept {
  return core_->loop().now();
}

std::optional<WallTime> Port::wall_time() noexcept {
  return std::chrono::time_point_cast<WallTime::duration>(std::chrono::system_clock::now());
}

bool Port::random(std::span<std::byte> out) noexcept {
  // Without a callback libuv works in place: one getrandom for each 256 bytes or so, no thread.
  return out.empty() || uv_random(nullptr, nullptr, out.data(), out.size(), 0, nullptr) == 0;
}

void Port::arm(Instant deadline) noexcept {
  core_->arm(deadline);
}

Result<void> Port::resolve(std::string_view host, std::uint16_t tcp_port) noexcept {
  return core_->resolver.resolve(host, tcp_port);
}
void Port::cancel_resolve() noexcept {
  core_->resolver.cancel();
}

Result<Stream*> Port::connect(const Address& address, StreamEvents& events) noexcept {
  if (!core_->loop().usable()) return core_->loop().failure();
  if (!core_->socket.idle()) return Error(ErrorKind::config, "the stream before is still in use");
  if (Result<void> started = core_->socket.connect(address, events); !started) return started.error();
  return static_cast<Stream*>(&core_->socket);
}

}  // namespace kedge::uv

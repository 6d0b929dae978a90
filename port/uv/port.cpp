#include "resolver.hpp"
#include "socket.hpp"

#include <cerrno>
#include <ctime>

#if defined(__linux__)
#include <sys/random.h>
#endif

namespace kedge::uv {

/// A Port's heap part.
class PortCore final : public Block {
 public:
  PortCore(LoopCore& loop_core, const StreamOptions& options) noexcept : Block(loop_core), resolver(*this) {
    socket.init(*this, options);
    if (!loop_core.usable()) return;
    uv_timer_init(loop_core.loop(), &timer_);
    uv_idle_init(loop_core.loop(), &at_once_);
    timer_.data = at_once_.data = this;
    opened();
    opened();
  }

  void arm(Instant deadline) noexcept {
    if (deadline == armed_ || !loop().usable()) return;
    armed_ = deadline;
    uv_timer_stop(&timer_);
    uv_idle_stop(&at_once_);
    if (deadline == never) return;
    if (deadline <= loop().now()) {
      // Not a timer: rounded up it would come up to 1 ms late, which slows down a reader that goes on by
      // itself, and armed from on_timer with no wait libuv would run it in the same round of timers, for
      // ever. An idle handle comes once a turn.
      uv_idle_start(&at_once_, [](uv_idle_t* idle) { static_cast<PortCore*>(idle->data)->on_timer(); });
      return;
    }
    // libuv counts whole milliseconds of the same clock, so the deadline is rounded up on the clock's own
    // scale: rounding a difference up would add the part of a millisecond that has passed.
    const std::int64_t us = deadline.time_since_epoch().count();
    const auto due = static_cast<std::uint64_t>(us / 1000 + (us % 1000 != 0 ? 1 : 0));
    const std::uint64_t turn = uv_now(loop().loop());
    // Without a wait it would run in the round of timers that is under way.
    uv_timer_start(
        &timer_, [](uv_timer_t* timer) { static_cast<PortCore*>(timer->data)->on_timer(); },
        due > turn ? due - turn : 1, 0);
  }

  void close() noexcept {
    socket.abandon();
    resolver.abandon();
    if (loop().usable()) {
      const auto closed = [](uv_handle_t* handle) { static_cast<PortCore*>(handle->data)->closed(); };
      uv_close(reinterpret_cast<uv_handle_t*>(&timer_), closed);
      uv_close(reinterpret_cast<uv_handle_t*>(&at_once_), closed);
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
    uv_idle_stop(&at_once_);
    events->on_timer();
  }

  uv_timer_t timer_{};
  uv_idle_t at_once_{};  // for a deadline that has come already
  Instant armed_ = never;
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
  // Not std::chrono::system_clock: its now() is libstdc++'s own code, which on Debian 12's armhf asks for 32
  // bits of seconds and has nothing to say after 2038.
  timespec now{};
  if (::clock_gettime(CLOCK_REALTIME, &now) != 0) return std::nullopt;
  return std::chrono::time_point_cast<WallTime::duration>(WallTime(std::chrono::seconds(now.tv_sec)) +
                                                          std::chrono::nanoseconds(now.tv_nsec));
}

bool Port::random(std::span<std::byte> out) noexcept {
#if defined(__linux__)
  // Not uv_random(): it asks for 256 bytes a call, where the kernel's price for 64 mask keys is half the
  // call's own.
  while (!out.empty()) {
    const ssize_t got = ::getrandom(out.data(), out.size(), 0);
    if (got > 0) {
      out = out.subspan(static_cast<std::size_t>(got));
    } else if (errno != EINTR) {
      break;
    }
  }
#endif
  // Without a callback libuv works in place, with no thread; and it knows what to do where getrandom() is
  // missing.
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

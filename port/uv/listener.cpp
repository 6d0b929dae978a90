#include "socket.hpp"
#include "system_error.hpp"

#include <unistd.h>

#include <netinet/in.h>
#include <algorithm>
#include <cassert>
#include <cerrno>
#include <memory>
#include <utility>

namespace kedge::uv {

/// A Listener's heap part: the listening socket and the pool.
class ListenerCore final : public Block {
 public:
  ListenerCore(LoopCore& loop_core, const ListenerOptions& options) noexcept;

  Result<Address> listen(const Address& address, AcceptEvents& events) noexcept;
  void stop() noexcept;
  void close() noexcept;
  [[nodiscard]] std::size_t in_use() const noexcept { return size_ - free_count_; }
  void socket_returned(Socket& socket) noexcept override;

 private:
  // A peer that connects in a loop must not keep the turn from those already here.
  static constexpr int accepts_per_turn = 64;
  enum class State : std::uint8_t { idle, listening, closing };

  ~ListenerCore() override = default;
  Result<Address> bind_and_watch(int descriptor, const Address& address) noexcept;
  void watch() noexcept;
  void on_readable(int status) noexcept;
  bool accept_one() noexcept;
  void hand_out(int descriptor, const SystemAddress& from) noexcept;
  void pause(const Error& error) noexcept;
  void resume() noexcept;
  void finish_close() noexcept;

  const std::size_t size_;
  const int backlog_;
  std::unique_ptr<Socket[]> sockets_;
  std::unique_ptr<Socket*[]> free_;
  std::size_t free_count_ = 0;
  AcceptEvents* events_ = nullptr;
  uv_poll_t poll_{};
  uv_timer_t retry_timer_{};
  int descriptor_ = -1;
  State state_ = State::idle;
  bool paused_ = false;    // no descriptor or no memory left
  bool reported_ = false;  // once for each shortage, however often it is tried
};

ListenerCore::ListenerCore(LoopCore& loop_core, const ListenerOptions& options) noexcept
    : Block(loop_core), size_(std::max<std::size_t>(options.streams_max, 1)), backlog_(options.backlog) {
  sockets_ = std::make_unique<Socket[]>(size_);
  free_ = std::make_unique<Socket*[]>(size_);
  for (std::size_t i = size_; i-- > 0;) {
    sockets_[i].init(*this, options.stream);
    free_[free_count_++] = &sockets_[i];
  }
  poll_.data = this;
  retry_timer_.data = this;
  if (!loop_core.usable()) return;
  uv_timer_init(loop_core.loop(), &retry_timer_);
  opened();
}

Result<Address> ListenerCore::listen(const Address& address, AcceptEvents& events) noexcept {
  if (!loop().usable()) return loop().failure();
  if (state_ != State::idle) return Error(ErrorKind::config, "the listener is in use already");
  const int family = to_system(address).family();
  const int descriptor = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  if (descriptor < 0) return system_error("cannot open a socket: ", errno);
  Result<Address> bound = bind_and_watch(descriptor, address);
  if (!bound) {
    ::close(descriptor);
    return bound;
  }
  descriptor_ = descriptor;
  events_ = &events;
  state_ = State::listening;
  paused_ = reported_ = false;
  opened();
  loop().hold();
  watch();
  return bound;
}

Result<Address> ListenerCore::bind_and_watch(int descriptor, const Address& address) noexcept {
  const int on = 1;
  // A restarted server must not wait for its old connections to be forgotten.
  (void)::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (address.family == Address::Family::ipv6) {
    (void)::setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  }
  SystemAddress here = to_system(address);
  if (::bind(descriptor, here.get(), here.size) != 0) return system_error("cannot bind: ", errno);
  if (::listen(descriptor, backlog_) != 0) return system_error("cannot listen: ", errno);
  here.size = sizeof here.storage;
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&here.storage), &here.size) != 0) {
    return system_error("cannot tell the bound address: ", errno);
  }
  if (const int status = uv_poll_init_socket(loop().loop(), &poll_, descriptor); status != 0) {
    return system_error("cannot watch a socket: ", -status);
  }
  return from_system(*here.get()).value_or(address);
}

void ListenerCore::watch() noexcept {
  uv_poll_start(&poll_, UV_READABLE, [](uv_poll_t* poll, int status, int) {
    static_cast<ListenerCore*>(poll->data)->on_readable(status);
  });
}

void ListenerCore::on_readable(int status) noexcept {
  const EventScope scope(*this);
  if (status < 0) return pause(system_error("cannot watch the listening socket: ", -status));
  for (int i = 0; i < accepts_per_turn && state_ == State::listening; ++i) {
    if (free_count_ == 0) {
      uv_poll_stop(&poll_);  // peers wait in the backlog until a stream comes back
      return;
    }
    if (!accept_one()) return;
  }
}

// Whether another one may be waiting.
bool ListenerCore::accept_one() noexcept {
  SystemAddress from;
  from.size = sizeof from.storage;
  const int descriptor = ::accept4(descriptor_, reinterpret_cast<sockaddr*>(&from.storage), &from.size,
                                   SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (descriptor >= 0) {
    hand_out(descriptor, from);
    return !paused_;
  }
  switch (errno) {
    case EAGAIN:
      return false;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
      pause(system_error("cannot accept: ", errno));
      return false;
    default:
      // accept(2) also reports what happened to the peer that was waiting: that one is gone, the next may be
      // fine.
      return true;
  }
}

void ListenerCore::hand_out(int descriptor, const SystemAddress& from) noexcept {
  assert(free_count_ > 0 && free_count_ <= size_);
  Socket& socket = *free_[free_count_ - 1];
  if (const Result<void> adopted = socket.adopt(descriptor); !adopted) {
    ::close(descriptor);
    pause(adopted.error());
    return;
  }
  --free_count_;
  reported_ = false;
  events_->on_accept(socket, from_system(*from.get()).value_or(Address{}));
  // Nobody would ever hear of it.
  if (!socket.has_events()) socket.close();
}

void ListenerCore::pause(const Error& error) noexcept {
  paused_ = true;
  uv_poll_stop(&poll_);
  const auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(Listener::retry_after).count();
  uv_timer_start(
      &retry_timer_, [](uv_timer_t* timer) { static_cast<ListenerCore*>(timer->data)->resume(); },
      static_cast<std::uint64_t>(wait), 0);
  if (!std::exchange(reported_, true)) events_->on_accept_error(error);
}

void ListenerCore::resume() noexcept {
  if (state_ != State::listening) return;
  uv_timer_stop(&retry_timer_);
  paused_ = false;
  watch();
}

void ListenerCore::socket_returned(Socket& socket) noexcept {
  assert(free_count_ < size_ && socket.idle() && "a stream comes back twice");
  free_[free_count_++] = &socket;
  // The pool was empty, or the descriptor just closed is the one that was missing.
  if (free_count_ == 1 || paused_) resume();
}

void ListenerCore::stop() noexcept {
  if (state_ != State::listening) return;
  state_ = State::closing;
  uv_timer_stop(&retry_timer_);
  uv_close(reinterpret_cast<uv_handle_t*>(&poll_),
           [](uv_handle_t* handle) { static_cast<ListenerCore*>(handle->data)->finish_close(); });
  ::close(std::exchange(descriptor_, -1));
}

void ListenerCore::finish_close() noexcept {
  {
    const EventScope scope(*this);
    assert(state_ == State::closing && descriptor_ < 0);
    state_ = State::idle;
    loop().unhold();
    if (AcceptEvents* events = std::exchange(events_, nullptr)) events->on_accept_closed();
  }
  closed();
}

void ListenerCore::close() noexcept {
  events_ = nullptr;
  stop();
  for (std::size_t i = 0; i < size_; ++i) sockets_[i].abandon();
  if (loop().usable()) {
    uv_close(reinterpret_cast<uv_handle_t*>(&retry_timer_),
             [](uv_handle_t* handle) { static_cast<ListenerCore*>(handle->data)->closed(); });
  }
  abandon();
}

Listener::Listener(Loop& loop, const ListenerOptions& options) noexcept
    : core_(new ListenerCore(*loop.core_, options)) {}
Listener::~Listener() {
  core_->close();
}

Result<Address> Listener::listen(const Address& address, AcceptEvents& events) noexcept {
  return core_->listen(address, events);
}
void Listener::close() noexcept {
  core_->stop();
}
std::size_t Listener::streams_in_use() const noexcept {
  return core_->in_use();
}

}  // namespace kedge::uv

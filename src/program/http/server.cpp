#include "server.hpp"

#include "machinery.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstring>
#include <limits>
#include <utility>

namespace kedge::program {

namespace {

// The daemon must have room to accept the connection for which another one goes.
constexpr unsigned spare_connections = 16;

// Without a descriptor for a connection it is tried again so often.
constexpr std::chrono::milliseconds retry_after{100};
// One such run may be chance: a peer that came just then.
constexpr int vain_runs_max = 3;

/// The daemon's own words hold the peer's bytes: they are nobody's log. But they come while errno still says
/// why it cannot start; libmicrohttpd 1.0 has spoiled it when MHD_start_daemon returns.
__attribute__((format(printf, 2, 0))) void keep_cause(void* cause, const char*, va_list) {
  *static_cast<int*>(cause) = errno;
}

Error failed(const char* what, int cause) noexcept {
  return Error(ErrorKind::connection, Layer::system, cause, what).append(std::strerror(cause));
}

union SocketAddress {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
};

SocketAddress socket_address(const Address& address) noexcept {
  SocketAddress socket{};
  if (address.family == Address::Family::ipv6) {
    socket.v6 = {};
    socket.v6.sin6_family = AF_INET6;
    socket.v6.sin6_port = htons(address.port);
    socket.v6.sin6_scope_id = address.scope;
    std::memcpy(&socket.v6.sin6_addr, address.bytes.data(), 16);
  } else {
    socket.v4 = {};
    socket.v4.sin_family = AF_INET;
    socket.v4.sin_port = htons(address.port);
    std::memcpy(&socket.v4.sin_addr, address.bytes.data(), 4);
  }
  return socket;
}

}  // namespace

// ---- the face

Result<std::uint16_t> HttpServer::listen(const Address& address) noexcept {
  machinery_ = new Machinery(handler_, limits_);
  auto port = machinery_->start(*loop_.native(), address);
  if (!port) close();
  return port;
}

void HttpServer::answer(HttpTicket ticket, HttpAnswer answer) noexcept {
  if (machinery_ != nullptr) machinery_->answer(ticket, std::move(answer));
}

void HttpServer::drain(Callback<void()> drained) noexcept {
  if (machinery_ != nullptr) machinery_->drain(std::move(drained));
}

void HttpServer::flush() noexcept {
  if (machinery_ != nullptr) machinery_->run();
}

void HttpServer::close() noexcept {
  if (machinery_ != nullptr) std::exchange(machinery_, nullptr)->close();
}

HttpCounters HttpServer::counters() const noexcept {
  return machinery_ == nullptr ? HttpCounters{} : machinery_->counters();
}

std::size_t HttpServer::connections() const noexcept {
  return machinery_ == nullptr ? 0 : machinery_->connections();
}

// ---- the daemon

Result<std::uint16_t> HttpServer::Machinery::start(uv_loop_t& loop, const Address& address) noexcept {
  SocketAddress socket = socket_address(address);
  const unsigned family = address.family == Address::Family::ipv6 ? MHD_USE_DUAL_STACK : MHD_NO_FLAG;
  const auto on_completed = [](void* self, MHD_Connection*, void** context, MHD_RequestTerminationCode) {
    if (*context != nullptr) static_cast<Machinery*>(self)->end(*static_cast<HttpExchange*>(*context));
    *context = nullptr;
  };
  const auto on_connection = [](void* self, MHD_Connection* connection, void** context,
                                MHD_ConnectionNotificationCode code) {
    static_cast<Machinery*>(self)->on_connection(connection, context, code);
  };
  const auto patience_s = std::chrono::ceil<std::chrono::seconds>(limits_.patience).count();
  errno = start_error_ = 0;
  daemon_ = MHD_start_daemon(
      MHD_USE_EPOLL | MHD_USE_ERROR_LOG | MHD_ALLOW_SUSPEND_RESUME | family, address.port, nullptr, nullptr,
      &on_call, this, MHD_OPTION_EXTERNAL_LOGGER, keep_cause, &start_error_, MHD_OPTION_SOCK_ADDR,
      &socket.any, MHD_OPTION_CONNECTION_LIMIT, limits_.connections_max + spare_connections,
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, limits_.connection_bytes, MHD_OPTION_CONNECTION_TIMEOUT,
      static_cast<unsigned>(patience_s), MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK,
      &on_target, this, MHD_OPTION_NOTIFY_COMPLETED, static_cast<MHD_RequestCompletedCallback>(on_completed),
      this, MHD_OPTION_NOTIFY_CONNECTION, static_cast<MHD_NotifyConnectionCallback>(on_connection), this,
      MHD_OPTION_END);
  if (daemon_ == nullptr)
    return failed("the HTTP API cannot listen: ", start_error_ != 0 ? start_error_ : errno);
  const MHD_DaemonInfo* epoll = MHD_get_daemon_info(daemon_, MHD_DAEMON_INFO_EPOLL_FD);
  const MHD_DaemonInfo* bound = MHD_get_daemon_info(daemon_, MHD_DAEMON_INFO_BIND_PORT);

  poll_.data = timer_.data = this;
  uv_timer_init(&loop, &timer_);
  open_handles_ = 1;
  if (epoll == nullptr || bound == nullptr || uv_poll_init(&loop, &poll_, epoll->epoll_fd) != 0) {
    return Error(ErrorKind::connection, "the HTTP API cannot be watched by the loop");
  }
  open_handles_ = 2;
  watch();
  const std::uint16_t port = bound->port;
  arm(std::numeric_limits<std::uint64_t>::max());
  return port;
}

void HttpServer::Machinery::drain(Callback<void()> drained) noexcept {
  drained_ = std::move(drained);
  draining_ = true;
  const int listening = MHD_quiesce_daemon(daemon_);
  if (listening >= 0) ::close(listening);
  arm(0);
}

void HttpServer::Machinery::watch() noexcept {
  uv_poll_start(&poll_, UV_READABLE,
                [](uv_poll_t* poll, int, int) { static_cast<Machinery*>(poll->data)->run(); });
}

void HttpServer::Machinery::run() noexcept {
  if (std::exchange(paused_, false)) watch();
  MHD_run(daemon_);
  cut_slow_ones();
  runs_in_vain_ = asks_in_vain() ? runs_in_vain_ + 1 : 0;
  if (runs_in_vain_ >= vain_runs_max) return pause();
  // A daemon that had no descriptor left for a connection, or as many connections as it may have, listens
  // again when one is gone: it does so as it is run, and nothing else may ever come to make us run it.
  arm(std::exchange(one_is_gone_, false) ? 0 : std::numeric_limits<std::uint64_t>::max());
  // Which may close us.
  if (drained_ && being_answered_ == 0) std::exchange(drained_, {})();
}

// Somebody waits, the daemon has been run, and he is not a connection: there was no descriptor for him. With
// other connections the daemon looks away by itself until one is gone; without any it would look all the
// time.
bool HttpServer::Machinery::asks_in_vain() noexcept {
  if (peers_.size() != 0 || draining_) return false;
  pollfd events{-1, POLLIN, 0};
  return uv_fileno(reinterpret_cast<uv_handle_t*>(&poll_), &events.fd) == 0 && ::poll(&events, 1, 0) == 1;
}

// Nobody is served meanwhile, as nobody is there.
void HttpServer::Machinery::pause() noexcept {
  paused_ = true;
  uv_poll_stop(&poll_);
  uv_timer_start(&timer_, on_timer, static_cast<std::uint64_t>(retry_after.count()), 0);
}

void HttpServer::Machinery::arm(std::uint64_t at_most_ms) noexcept {
  std::uint64_t wait_ms = at_most_ms;
  MHD_UNSIGNED_LONG_LONG daemons_ms = 0;
  if (MHD_get_timeout(daemon_, &daemons_ms) == MHD_YES)
    wait_ms = std::min<std::uint64_t>(wait_ms, daemons_ms);
  if (const HttpPeer* slowest = peers_.slowest()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(
        after(slowest->waited_for_since, limits_.patience) - now());
    wait_ms = std::min(wait_ms, static_cast<std::uint64_t>(std::max<std::int64_t>(left.count(), 0)));
  }
  if (wait_ms == std::numeric_limits<std::uint64_t>::max()) {
    uv_timer_stop(&timer_);
  } else {
    uv_timer_start(&timer_, on_timer, wait_ms, 0);
  }
}

void HttpServer::Machinery::on_timer(uv_timer_t* timer) noexcept {
  static_cast<Machinery*>(timer->data)->run();
}

Instant HttpServer::Machinery::now() const noexcept {
  return Instant(std::chrono::milliseconds(uv_now(timer_.loop)));
}

void HttpServer::Machinery::close() noexcept {
  // The loop must stop watching the descriptor before the daemon closes it.
  if (open_handles_ == 2) uv_poll_stop(&poll_);
  for (const auto& [ticket, exchange] : unanswered_) MHD_resume_connection(exchange->connection);
  unanswered_.clear();
  if (daemon_ != nullptr) MHD_stop_daemon(daemon_);
  daemon_ = nullptr;
  if (open_handles_ == 0) {
    delete this;
    return;
  }
  const bool polling = open_handles_ == 2;
  uv_close(reinterpret_cast<uv_handle_t*>(&timer_), on_handle_closed);
  if (polling) uv_close(reinterpret_cast<uv_handle_t*>(&poll_), on_handle_closed);
}

void HttpServer::Machinery::on_handle_closed(uv_handle_t* handle) noexcept {
  auto* machinery = static_cast<Machinery*>(handle->data);
  if (--machinery->open_handles_ == 0) delete machinery;
}

// ---- connections

void HttpServer::Machinery::on_connection(MHD_Connection* connection, void** context,
                                          MHD_ConnectionNotificationCode code) {
  if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
    one_is_gone_ = true;
    if (*context != nullptr) peers_.remove(*static_cast<HttpPeer*>(*context));
    return;
  }
  ++counters_.connections;
  const int descriptor = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
  if (peers_.size() >= limits_.connections_max && peers_.slowest() != nullptr) cut(*peers_.slowest());
  *context = &peers_.add(descriptor, now());
}

// The daemon has no call for it, but it hears of the end like that of any connection.
void HttpServer::Machinery::cut(HttpPeer& peer) noexcept {
  ++counters_.connections_cut;
  ::shutdown(peer.descriptor, SHUT_RDWR);
  peers_.hold(peer);
}

void HttpServer::Machinery::cut_slow_ones() noexcept {
  while (HttpPeer* slowest = peers_.slowest()) {
    if (after(slowest->waited_for_since, limits_.patience) > now()) return;
    cut(*slowest);
  }
}

}  // namespace kedge::program

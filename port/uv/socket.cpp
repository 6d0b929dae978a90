#include "socket.hpp"

#include "system_error.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>
#include <utility>

namespace kedge::uv {

void Socket::init(Block& block, const StreamOptions& options) noexcept {
  block_ = &block;
  options_ = options;
  poll_.data = this;
}

Result<void> Socket::connect(const Address& address, StreamEvents& events) noexcept {
  const SystemAddress to = to_system(address);
  const int descriptor = ::socket(to.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  if (descriptor < 0) return system_error("cannot open a socket: ", errno);
  Result<void> started;
  // After EINTR the attempt goes on by itself.
  if (::connect(descriptor, to.get(), to.size) != 0 && errno != EINPROGRESS && errno != EINTR) {
    started = system_error("cannot connect: ", errno);
  } else {
    started = start(descriptor, State::connecting);
  }
  if (!started) {
    ::close(descriptor);
    return started;
  }
  events_ = &events;
  update_interest();
  return {};
}

Result<void> Socket::adopt(int descriptor) noexcept {
  if (Result<void> started = start(descriptor, State::open); !started) return started;
  events_ = nullptr;
  wait_to_read({});
  return {};
}

Result<void> Socket::start(int descriptor, State state) noexcept {
  assert(block_ != nullptr && state_ == State::idle && descriptor >= 0);
  if (const int status = uv_poll_init_socket(block_->loop().loop(), &poll_, descriptor); status != 0) {
    return system_error("cannot watch a socket: ", -status);
  }
  const int on = 1;
  // Neither can fail on a TCP socket of a current kernel; without them a stream is slower, not wrong.
  (void)::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (const std::uint32_t unsent = options_.unsent_bytes_max; unsent != 0) {
    (void)::setsockopt(descriptor, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent);
  }
  descriptor_ = descriptor;
  state_ = state;
  interest_ = 0;
  error_ = Error{};
  watch_reads_ = reader_waits_ = writer_waits_ = false;
  read_failed_ = write_failed_ = ended_ = write_shut_ = false;
  block_->opened();
  block_->loop().hold();
  return {};
}

void Socket::update_interest() noexcept {
  if (in_event_) return;
  int wanted = 0;
  if (state_ == State::connecting) {
    wanted = UV_WRITABLE;
  } else if (state_ == State::open) {
    wanted = (watch_reads_ ? UV_READABLE : 0) | (writer_waits_ ? UV_WRITABLE : 0);
  } else if (state_ == State::closing) {
    return;
  }
  assert((wanted == 0 || descriptor_ >= 0) && "libuv is asked to watch nothing");
  if (wanted == interest_) return;
  interest_ = wanted;
  if (wanted == 0) {
    uv_poll_stop(&poll_);
  } else {
    uv_poll_start(&poll_, wanted, [](uv_poll_t* poll, int status, int events) {
      static_cast<Socket*>(poll->data)->on_poll(status, events);
    });
  }
}

void Socket::on_poll(int status, int events) noexcept {
  assert(state_ != State::idle && state_ != State::closing && !in_event_ && "libuv watches on");
  if (status < 0) {
    // An error is pending on the socket, and libuv has stopped watching it. Whoever waits finds it by trying.
    interest_ = 0;
    events = UV_READABLE | UV_WRITABLE;
  }
  const EventScope scope(*block_);
  in_event_ = true;
  if (state_ == State::connecting) {
    finish_connect();
  } else {
    if ((events & UV_READABLE) != 0) {
      if (std::exchange(reader_waits_, false)) {
        assert(events_ != nullptr && "nobody reads the stream");
        events_->on_readable();
      } else {
        watch_reads_ = false;  // the reader has paused: no more events until it comes back
      }
    }
    if ((events & UV_WRITABLE) != 0 && state_ == State::open && std::exchange(writer_waits_, false)) {
      events_->on_writable();
    }
  }
  in_event_ = false;
  update_interest();
}

void Socket::finish_connect() noexcept {
  int code = 0;
  socklen_t size = sizeof code;
  if (::getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &code, &size) != 0) code = errno;
  if (code != 0) {
    state_ = State::failed;
    error_ = system_error("cannot connect: ", code);
    events_->on_error(error_);
    return;
  }
  state_ = State::open;
  watch_reads_ = reader_waits_ = true;
  if (write_shut_) ::shutdown(descriptor_, SHUT_WR);
  events_->on_open();
}

IoResult Socket::wait_to_read(IoResult result) noexcept {
  watch_reads_ = reader_waits_ = true;
  update_interest();
  return result;
}

IoResult Socket::wait_to_write(IoResult result) noexcept {
  writer_waits_ = true;
  update_interest();
  return result;
}

IoResult Socket::fail(std::string_view doing, int code) noexcept {
  error_ = system_error(doing, code);
  return {IoStatus::error, 0};
}

IoResult Socket::not_open() noexcept {
  if (!error_) error_ = Error(ErrorKind::closed, "the stream is closed");
  return {IoStatus::error, 0};
}

IoResult Socket::read(std::span<std::byte> into) noexcept {
  if (read_failed_) return {IoStatus::error, 0};
  if (state_ == State::connecting) return {IoStatus::would_block, 0};  // on_readable may come after on_open
  if (state_ != State::open) return not_open();
  if (ended_) return {IoStatus::end, 0};
  if (into.empty()) return {IoStatus::ok, 0};
  ssize_t taken = 0;
  do {
    taken = ::recv(descriptor_, into.data(), into.size(), 0);
  } while (taken < 0 && errno == EINTR);
  if (taken > 0) {
    const IoResult result{IoStatus::ok, static_cast<std::size_t>(taken)};
    return result.bytes < into.size() ? wait_to_read(result) : result;
  }
  if (taken < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return wait_to_read({});
  const int code = errno;
  // Both would stay readable for ever.
  watch_reads_ = reader_waits_ = false;
  update_interest();
  if (taken == 0) {
    ended_ = true;
    return {IoStatus::end, 0};
  }
  read_failed_ = true;
  return fail("cannot read: ", code);
}

IoResult Socket::write(std::span<const std::byte> from) noexcept {
  if (write_failed_) return {IoStatus::error, 0};
  if (state_ != State::open && state_ != State::connecting) return not_open();
  if (write_shut_) return fail("cannot write: ", EPIPE);
  if (from.empty()) return {IoStatus::ok, 0};
  if (state_ == State::connecting) return wait_to_write({});
  ssize_t sent = 0;
  do {
    sent = ::send(descriptor_, from.data(), from.size(), MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent >= 0) {
    const IoResult result{sent > 0 ? IoStatus::ok : IoStatus::would_block, static_cast<std::size_t>(sent)};
    return result.bytes < from.size() ? wait_to_write(result) : result;
  }
  if (errno == EAGAIN || errno == EWOULDBLOCK) return wait_to_write({});
  // What the peer sent before it broke the connection can still be read.
  write_failed_ = true;
  return fail("cannot write: ", errno);
}

void Socket::shutdown_write() noexcept {
  if (write_shut_) return;
  write_shut_ = true;
  if (state_ == State::open) ::shutdown(descriptor_, SHUT_WR);
}

void Socket::close() noexcept {
  if (state_ == State::idle || state_ == State::closing) return;
  state_ = State::closing;
  uv_close(reinterpret_cast<uv_handle_t*>(&poll_),
           [](uv_handle_t* handle) { static_cast<Socket*>(handle->data)->finish_close(); });
  // libuv has forgotten the descriptor by now.
  ::close(std::exchange(descriptor_, -1));
}

void Socket::abandon() noexcept {
  events_ = nullptr;
  close();
}

void Socket::finish_close() noexcept {
  {
    const EventScope scope(*block_);
    assert(state_ == State::closing && descriptor_ < 0);
    state_ = State::idle;
    // Before the event: it may connect again, which holds the loop anew.
    block_->loop().unhold();
    if (StreamEvents* events = std::exchange(events_, nullptr)) events->on_closed();
    block_->socket_returned(*this);
  }
  block_->closed();
}

}  // namespace kedge::uv

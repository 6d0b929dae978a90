#include "readiness.hpp"

#include "descriptor.hpp"

#include <sys/epoll.h>
#include <uv.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <new>
#include <utility>

namespace kedge::program {

namespace {

Error of_system(const char* what, int code) noexcept {
  return Error(ErrorKind::connection, Layer::system, code, what).append(": ").append(std::strerror(code));
}

std::uint32_t events_of(Readiness::For what) noexcept {
  switch (what) {
    case Readiness::For::reading:
      return EPOLLIN;
    case Readiness::For::writing:
      return EPOLLOUT;
    case Readiness::For::hangup:
      break;
  }
  return 0;  // EPOLLERR and EPOLLHUP are told of unasked
}

}  // namespace

struct Readiness::Handles {
  Readiness* owner = nullptr;
  Descriptor watched;  // an epoll of its own: libuv makes what it polls non-blocking
  bool is_always_ready = false;
  bool never = false;
  union {
    uv_handle_t handle;
    uv_poll_t poll;
    uv_idle_t idle;
  };

  static void tell(void* handles) noexcept {
    if (Readiness* owner = static_cast<Handles*>(handles)->owner) owner->on_ready_();
  }
};

Result<void> Readiness::open(uv::Loop& loop, int descriptor, For what, Callback<void()> on_ready) noexcept {
  std::unique_ptr<Handles> handles(new (std::nothrow) Handles);
  if (handles == nullptr) return of_system("a descriptor cannot be watched", ENOMEM);
  handles->owner = this;
  handles->watched = Descriptor(::epoll_create1(EPOLL_CLOEXEC));
  if (!handles->watched) return of_system("a descriptor cannot be watched", errno);
  epoll_event event{};
  event.events = events_of(what);
  if (::epoll_ctl(handles->watched.get(), EPOLL_CTL_ADD, descriptor, &event) != 0) {
    // EPERM: of a kind that is always ready.
    if (errno != EPERM) return of_system("a descriptor cannot be watched", errno);
    handles->is_always_ready = true;
    handles->never = what == For::hangup;
    uv_idle_init(loop.native(), &handles->idle);
  } else if (const int failed = uv_poll_init(loop.native(), &handles->poll, handles->watched.get());
             failed != 0) {
    return of_system("a descriptor cannot be watched", -failed);
  }
  handles->handle.data = handles.get();
  on_ready_ = std::move(on_ready);
  handles_ = handles.release();
  return {};
}

void Readiness::want(bool on) noexcept {
  if (handles_ == nullptr || handles_->never) return;
  if (handles_->is_always_ready) {
    if (!on) return (void)uv_idle_stop(&handles_->idle);
    uv_idle_start(&handles_->idle, [](uv_idle_t* idle) { Handles::tell(idle->data); });
  } else {
    if (!on) return (void)uv_poll_stop(&handles_->poll);
    uv_poll_start(&handles_->poll, UV_READABLE, [](uv_poll_t* poll, int, int) { Handles::tell(poll->data); });
  }
}

void Readiness::close() noexcept {
  Handles* handles = std::exchange(handles_, nullptr);
  if (handles == nullptr) return;
  handles->owner = nullptr;
  uv_close(&handles->handle, [](uv_handle_t* handle) { delete static_cast<Handles*>(handle->data); });
}

}  // namespace kedge::program

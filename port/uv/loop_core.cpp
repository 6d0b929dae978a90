#include "loop_core.hpp"

#include "system_error.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <utility>

namespace kedge::uv {

namespace {

// A loop's epoll, its wake-up, its signals' pipe, and the pipe of all loops' signals.
constexpr std::size_t loop_descriptors = 8;

// libuv ends the process where it finds no descriptor for what all loops share: it is asked only when there
// is enough.
int make_loop(uv_loop_t* loop) noexcept {
  std::array<int, loop_descriptors> spare{};
  std::size_t count = 0;
  int status = 0;
  for (; count < spare.size(); ++count) {
    spare[count] = ::eventfd(0, EFD_CLOEXEC);
    if (spare[count] < 0) {
      status = -errno;
      break;
    }
  }
  while (count > 0) ::close(spare[--count]);
  return status != 0 ? status : uv_loop_init(loop);
}

}  // namespace

LoopCore::LoopCore(uv_loop_t* callers, std::size_t posts_max) noexcept
    : loop_(callers != nullptr ? callers : &own_loop_),
      owned_(callers == nullptr),
      posts_(std::max<std::size_t>(posts_max, 1)) {
  if (uv_mutex_init(&mutex_) != 0) std::abort();  // only without memory, as with new
  int status = owned_ ? make_loop(loop_) : 0;
  if (status == 0) {
    status = uv_async_init(loop_, &async_,
                           [](uv_async_t* async) { static_cast<LoopCore*>(async->data)->run_posts(); });
    if (status != 0 && owned_) uv_loop_close(loop_);
  }
  if (status != 0) {
    failure_ = system_error("cannot make an event loop: ", -status);
    return;
  }
  async_.data = this;
  uv_unref(reinterpret_cast<uv_handle_t*>(&async_));
}

LoopCore::~LoopCore() {
  assert(users_ == 0 && depth_ == 0);
  uv_mutex_destroy(&mutex_);
}

void LoopCore::release() noexcept {
  assert(users_ > 0 && "a user leaves twice");
  if (--users_ == 0) delete this;
}

void LoopCore::abandon() noexcept {
  drop_posts();
  if (!usable()) return release();
  auto* async = reinterpret_cast<uv_handle_t*>(&async_);
  if (!owned_) {
    uv_close(async, [](uv_handle_t* handle) { static_cast<LoopCore*>(handle->data)->release(); });
    return;
  }
  uv_close(async, nullptr);
  // A turn finishes every close that is due. The bound is for a handle of the user's that never finishes.
  const auto closing = [](const uv_handle_t* handle) { return uv_is_closing(handle) != 0; };
  for (int turns = 0; turns < 64 && any_handle(closing); ++turns) uv_run(loop_, UV_RUN_NOWAIT);
  // EBUSY: a lookup's thread still has the loop's address and will write to it, so its memory must stay.
  if (uv_loop_close(loop_) == 0) release();
}

bool LoopCore::any_handle(bool (*test)(const uv_handle_t*)) noexcept {
  struct Search {
    bool (*test)(const uv_handle_t*);
    bool found;
  } search{test, false};
  uv_walk(
      loop_,
      [](uv_handle_t* handle, void* data) {
        auto* wanted = static_cast<Search*>(data);
        wanted->found = wanted->found || wanted->test(handle);
      },
      &search);
  return search.found;
}

bool LoopCore::alive() noexcept {
  if (orphans_ == 0) return uv_loop_alive(loop_) != 0;
  // libuv counts an orphaned lookup as alive and would wait for it, perhaps for ever: ask the handles.
  return any_handle([](const uv_handle_t* handle) {
    return uv_is_closing(handle) != 0 || (uv_is_active(handle) != 0 && uv_has_ref(handle) != 0);
  });
}

void LoopCore::run() noexcept {
  if (!usable()) return;
  stop_ = false;
  assert(!running_ && "run() inside run()");
  running_ = true;
  while (!stop_) {
    if (alive()) {
      uv_run(loop_, orphans_ == 0 ? UV_RUN_DEFAULT : UV_RUN_ONCE);
    } else if (posts_waiting()) {
      run_posts();  // libuv does not poll a loop that has nothing to wait for
    } else {
      break;
    }
  }
  running_ = false;
}

void LoopCore::turn(uv_run_mode mode) noexcept {
  if (!usable()) return;
  if (alive()) {
    uv_run(loop_, mode);
  } else {
    run_posts();
  }
}

void LoopCore::stop() noexcept {
  if (!usable()) return;
  stop_ = true;
  uv_stop(loop_);
}

void LoopCore::hold() noexcept {
  if (holds_++ == 0) uv_ref(reinterpret_cast<uv_handle_t*>(&async_));
}

void LoopCore::unhold() noexcept {
  assert(holds_ > 0 && "the loop is let go of twice");
  if (--holds_ == 0) uv_unref(reinterpret_cast<uv_handle_t*>(&async_));
}

Instant LoopCore::now() noexcept {
  // Outside an event there is no turn to belong to, and a value kept from the last one may be hours old.
  if (depth_ == 0 || !now_known_) {
    now_ = Instant(Duration(static_cast<std::int64_t>(uv_hrtime() / 1000)));
    now_known_ = true;
  }
  return now_;
}

void LoopCore::lookup_orphaned() noexcept {
  assert(orphans_ < lookups_ && "a lookup is given up that nobody started");
  ++orphans_;
  if (running_) uv_stop(loop_);  // run() must look at what is alive with other eyes from now on
}

void LoopCore::lookup_returned(bool orphaned) noexcept {
  assert(lookups_ > 0 && (!orphaned || orphans_ > 0) && "a lookup returns twice");
  --lookups_;
  if (orphaned) --orphans_;
}

Result<void> LoopCore::post(Callback<void()>&& callback) noexcept {
  if (!usable()) return failure_;
  uv_mutex_lock(&mutex_);
  const bool room = post_count_ < posts_.size();
  if (room) posts_[(first_post_ + post_count_++) % posts_.size()] = std::move(callback);
  uv_mutex_unlock(&mutex_);
  if (!room) return Error(ErrorKind::queue_full, "too many callbacks are posted to the loop");
  uv_async_send(&async_);
  return {};
}

bool LoopCore::posts_waiting() noexcept {
  uv_mutex_lock(&mutex_);
  const bool waiting = post_count_ != 0;
  uv_mutex_unlock(&mutex_);
  return waiting;
}

void LoopCore::run_posts() noexcept {
  enter();
  uv_mutex_lock(&mutex_);
  // Those posted from now on run in the next turn, or a callback that always posts again would starve
  // sockets.
  std::size_t rest = post_count_;
  while (rest-- > 0) {
    assert(post_count_ > 0 && first_post_ < posts_.size());
    Callback<void()> callback = std::move(posts_[first_post_]);
    first_post_ = (first_post_ + 1) % posts_.size();
    --post_count_;
    uv_mutex_unlock(&mutex_);
    callback();
    callback.reset();  // a capture's destructor may post, too: not under the lock
    uv_mutex_lock(&mutex_);
  }
  const bool more = post_count_ != 0;
  uv_mutex_unlock(&mutex_);
  if (more) uv_async_send(&async_);
  leave();
}

void LoopCore::drop_posts() noexcept {
  for (Callback<void()>& post : posts_) post.reset();
  post_count_ = 0;
}

}  // namespace kedge::uv

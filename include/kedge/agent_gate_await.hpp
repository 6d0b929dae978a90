#pragma once
// agent-gate with co_await: coroutines whose frames come from a fixed pool. Works with exceptions and RTTI on
// or off; a coroutine that throws ends the program, as any callback of kedge that throws would.

#include <kedge/agent_gate.hpp>

#include <array>
#include <cassert>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <new>
#include <type_traits>
#include <utility>

namespace kedge::agent_gate::await {

/// Where coroutine frames come from. A coroutine names it as its first parameter (a member function or a
/// lambda: as the first after the object): `Task job(FramePool<4, 1024>& frames, Gate<>& gate)`. A coroutine
/// that names none does not compile.
class FrameSource {
 public:
  FrameSource(const FrameSource&) = delete;
  FrameSource& operator=(const FrameSource&) = delete;

  /// Why the last coroutine got no frame: too_large with both sizes, or queue_full with the number of slots.
  /// Empty when none was refused yet.
  [[nodiscard]] const Error& last_error() const noexcept { return last_error_; }
  /// Frames in use.
  [[nodiscard]] std::size_t used() const noexcept { return used_; }
  /// Size of the largest frame that was asked for: what a slot must hold.
  [[nodiscard]] std::size_t largest_bytes() const noexcept { return largest_bytes_; }

  /// For coroutine promises.
  void* allocate(std::size_t frame_bytes) noexcept {
    if (frame_bytes > largest_bytes_) largest_bytes_ = frame_bytes;
    if (frame_bytes > slot_bytes_) {
      last_error_ = Error(ErrorKind::too_large, "a coroutine's frame of ");
      last_error_.append(static_cast<std::int64_t>(frame_bytes)).append(" bytes does not fit a slot of ");
      last_error_.append(static_cast<std::int64_t>(slot_bytes_));
      return nullptr;
    }
    if (free_ == nullptr) {
      last_error_ = Error(ErrorKind::queue_full, "all coroutine frames are in use: ");
      last_error_.append(static_cast<std::int64_t>(slots_));
      return nullptr;
    }
    Header* header = std::exchange(free_, free_->next);
    header->owner = this;
    ++used_;
    return header + 1;
  }
  /// For coroutine promises.
  static void release(void* frame) noexcept {
    Header* header = static_cast<Header*>(frame) - 1;
    FrameSource* owner = header->owner;
    header->next = std::exchange(owner->free_, header);
    --owner->used_;
  }

 protected:
  // In front of each frame: who it belongs to, or the next free slot.
  union alignas(std::max_align_t) Header {
    FrameSource* owner;
    Header* next;
  };

  FrameSource(std::size_t slots, std::size_t slot_bytes) noexcept : slots_(slots), slot_bytes_(slot_bytes) {}
  ~FrameSource() { assert(used_ == 0 && "a coroutine outlives the pool of its frame"); }
  void add(std::byte* slot) noexcept {
    auto* header = new (static_cast<void*>(slot)) Header;
    header->next = std::exchange(free_, header);
  }

 private:
  Header* free_ = nullptr;
  std::size_t slots_;
  std::size_t slot_bytes_;
  std::size_t used_ = 0;
  std::size_t largest_bytes_ = 0;
  Error last_error_;
};

/// Room for `Slots` coroutines at once with frames of up to `SlotBytes` bytes each; must outlive them. A
/// frame takes some 200 bytes and 350 for each `co_await` in it (compilers do not let them share room);
/// `largest_bytes()` tells after a run.
template <std::size_t Slots, std::size_t SlotBytes>
class FramePool final : public FrameSource {
  static_assert(Slots > 0, "a pool without slots holds no coroutine");
  static_assert(SlotBytes >= 256, "no coroutine that waits for a request has so small a frame");

 public:
  FramePool() noexcept : FrameSource(Slots, SlotBytes) {
    for (std::size_t slot = Slots; slot-- > 0;) add(memory_.data() + slot * stride);
  }

 private:
  static constexpr std::size_t grain = alignof(std::max_align_t);
  static constexpr std::size_t stride = sizeof(Header) + (SlotBytes + grain - 1) / grain * grain;
  alignas(std::max_align_t) std::array<std::byte, Slots * stride> memory_;
};

/// A coroutine. It owns its frame: destroying a task that waits cancels its request. Starts at `start()` or
/// when another task awaits it.
class [[nodiscard]] Task {
 public:
  struct promise_type;

  Task(Task&& other) noexcept : frame_(std::exchange(other.frame_, {})), error_(other.error_) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      destroy();
      frame_ = std::exchange(other.frame_, {});
      error_ = other.error_;
    }
    return *this;
  }
  ~Task() { destroy(); }

  /// Runs until the first wait. False when there is no frame: see `error()`.
  bool start() noexcept;
  /// Whether it has run to its end.
  [[nodiscard]] bool done() const noexcept { return frame_ && frame_.done(); }
  /// Not empty when the coroutine got no frame: queue_full; FrameSource::last_error() says which limit.
  [[nodiscard]] const Error& error() const noexcept { return error_; }

  /// Awaiting a task starts it and goes on when it has ended. Gives false when it had no frame. One waits for
  /// a task; either may be destroyed first: a task whose waiter is gone still runs to its end, a waiter whose
  /// task is gone waits for ever.
  auto operator co_await() && noexcept;

 private:
  friend struct promise_type;
  struct Awaiter;
  Task() noexcept : error_(ErrorKind::queue_full, "no frame for the coroutine: FrameSource::last_error()") {}
  explicit Task(std::coroutine_handle<promise_type> frame) noexcept : frame_(frame) {}
  void destroy() noexcept {
    if (frame_) std::exchange(frame_, {}).destroy();
  }

  std::coroutine_handle<promise_type> frame_;
  Error error_;
};

struct Task::promise_type {
  // The frame's memory: from the coroutine's first parameter, or from the one behind the object.
  template <class... Arguments>
  static void* operator new(std::size_t bytes, FrameSource& frames, Arguments&...) noexcept {
    return frames.allocate(bytes);
  }
  template <class Object, class... Arguments>
  requires(!std::is_base_of_v<FrameSource, Object>) static void* operator new(std::size_t bytes, Object&,
                                                                              FrameSource& frames,
                                                                              Arguments&...) noexcept {
    return frames.allocate(bytes);
  }
  static void operator delete(void* frame, std::size_t) noexcept { FrameSource::release(frame); }

  static Task get_return_object_on_allocation_failure() noexcept { return Task(); }
  Task get_return_object() noexcept { return Task(std::coroutine_handle<promise_type>::from_promise(*this)); }
  std::suspend_always initial_suspend() noexcept { return {}; }
  auto final_suspend() noexcept {
    struct Continue {
      bool await_ready() noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> self) noexcept {
        return self.promise().continuation();
      }
      void await_resume() noexcept {}
    };
    return Continue{};
  }
  void return_void() noexcept {}
  [[noreturn]] void unhandled_exception() noexcept { std::terminate(); }
  ~promise_type();

  [[nodiscard]] std::coroutine_handle<> continuation() const noexcept;

  Awaiter* awaiter = nullptr;  // lies in the frame of the task that waits
  bool started = false;
};

inline bool Task::start() noexcept {
  if (!frame_) return false;
  if (!std::exchange(frame_.promise().started, true)) frame_.resume();
  return true;
}

// Frames know each other through this alone: it goes with the one that waits, and hears when the task goes.
struct Task::Awaiter {
  explicit Awaiter(std::coroutine_handle<promise_type> awaited) noexcept
      : task(awaited), had_frame(static_cast<bool>(awaited)) {}
  Awaiter(const Awaiter&) = delete;
  Awaiter& operator=(const Awaiter&) = delete;
  ~Awaiter() {
    if (task && task.promise().awaiter == this) task.promise().awaiter = nullptr;
  }
  bool await_ready() const noexcept { return !task || task.done(); }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> coroutine) noexcept {
    assert(task.promise().awaiter == nullptr && "two wait for one task");
    waiting = coroutine;
    task.promise().awaiter = this;
    if (std::exchange(task.promise().started, true)) return std::noop_coroutine();
    return task;
  }
  bool await_resume() const noexcept { return had_frame; }

  std::coroutine_handle<promise_type> task;  // null once it is gone
  std::coroutine_handle<> waiting;
  bool had_frame;
};

inline Task::promise_type::~promise_type() {
  if (awaiter != nullptr) awaiter->task = {};
}

inline std::coroutine_handle<> Task::promise_type::continuation() const noexcept {
  return awaiter != nullptr ? awaiter->waiting : std::noop_coroutine();
}

inline auto Task::operator co_await() && noexcept {
  return Awaiter{frame_};
}

namespace detail {

// A request that is waited for. Completions find it through its place in the board, never through a pointer
// into a frame, as the frame may be gone by then.
class Waiter {
 public:
  virtual void resume(const Outcome& outcome) noexcept = 0;

 protected:
  ~Waiter() = default;
};

// The places of waiting requests. A place is given back by its completion alone.
class Board {
 public:
  struct Place {
    Waiter* waiter = nullptr;
    bool taken = false;
  };
  explicit Board(std::span<Place> places) noexcept : places_(places) {}

  Place* take(Waiter& waiter) noexcept {
    for (Place& place : places_) {
      if (place.taken) continue;
      place = {&waiter, true};
      return &place;
    }
    return nullptr;
  }
  static Completion completion(Place& place) noexcept {
    return [&place](const Outcome& outcome) noexcept {
      Waiter* waiter = place.waiter;
      place = {};
      if (waiter != nullptr) waiter->resume(outcome);
    };
  }

 private:
  std::span<Place> places_;
};

}  // namespace detail

/// One request to `co_await`, once, at once: `Outcome outcome = co_await gate.tool_request(...)`. The
/// outcome's data is valid until the coroutine waits again. An error on starting is an outcome as well.
/// `Start` is `Result<Handle>(Client&, Completion)`.
template <class Start>
class [[nodiscard]] Request final : private detail::Waiter {
 public:
  Request(Client& client, detail::Board& board, Start start) noexcept
      : client_(client), board_(board), start_(std::move(start)) {}
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;
  /// Destroyed while waiting (with its coroutine): cancels the request, whose completion then does nothing.
  ~Request() {
    if (place_ == nullptr) return;
    place_->waiter = nullptr;
    client_.cancel(outcome_.request);
  }

  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> coroutine) noexcept {
    coroutine_ = coroutine;
    place_ = board_.take(*this);
    if (place_ == nullptr) {
      outcome_.error = Error(ErrorKind::queue_full, "all places of the Gate are waiting");
      return false;
    }
    Result<Handle> started = start_(client_, detail::Board::completion(*place_));
    if (started) {
      outcome_.request = *started;
      return true;
    }
    *place_ = {};
    place_ = nullptr;
    outcome_.error = started.error();
    return false;
  }
  Outcome await_resume() noexcept { return outcome_; }

 private:
  void resume(const Outcome& outcome) noexcept override {
    place_ = nullptr;
    outcome_ = outcome;
    coroutine_.resume();  // may destroy this
  }

  Client& client_;
  detail::Board& board_;
  Start start_;
  detail::Board::Place* place_ = nullptr;
  std::coroutine_handle<> coroutine_;
  Outcome outcome_;
};

/// A client to be awaited, by up to `Waiting` coroutines at once. Borrows the client and must live until it
/// is closed: completions come through here.
template <std::size_t Waiting = 8>
class Gate {
 public:
  explicit Gate(Client& client) noexcept : client_(client), board_(places_) {}
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  /// As Client::tool_request. The texts must live until the call is awaited, which is at once.
  auto tool_request(std::string_view tool, std::string_view args = {},
                    const RequestOptions& options = {}) noexcept {
    return request([=](Client& client, Completion completion) noexcept {
      return client.tool_request(tool, args, std::move(completion), options);
    });
  }
  /// As Client::list_tools.
  auto list_tools(const RequestOptions& options = Client::list_defaults) noexcept {
    return request([=](Client& client, Completion completion) noexcept {
      return client.list_tools(std::move(completion), options);
    });
  }
  /// As Client::get_pending_results.
  auto get_pending_results(const RequestOptions& options = Client::list_defaults) noexcept {
    return request([=](Client& client, Completion completion) noexcept {
      return client.get_pending_results(std::move(completion), options);
    });
  }
  [[nodiscard]] Client& client() noexcept { return client_; }

 private:
  template <class Start>
  Request<Start> request(Start start) noexcept {
    return Request<Start>(client_, board_, std::move(start));
  }

  Client& client_;
  std::array<detail::Board::Place, Waiting> places_{};
  detail::Board board_;
};

/// Closes the client when the scope is left, however it is left.
class [[nodiscard]] CloseOnExit {
 public:
  explicit CloseOnExit(Client& client) noexcept : client_(client) {}
  CloseOnExit(const CloseOnExit&) = delete;
  CloseOnExit& operator=(const CloseOnExit&) = delete;
  ~CloseOnExit() { client_.close(); }

 private:
  Client& client_;
};

}  // namespace kedge::agent_gate::await

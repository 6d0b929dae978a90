#pragma once
// Coroutines whose frames come from a fixed pool. Works with exceptions and RTTI on or off; a coroutine that
// throws ends the program, like any callback of kedge that throws.

#include <kedge/error.hpp>

#include <array>
#include <cassert>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <new>
#include <type_traits>
#include <utility>

namespace kedge::await {

/// Provides coroutine frames. A coroutine takes it as its first parameter (a member function or a lambda: the
/// first after the object): `Task job(FramePool<4, 1024>& frames, ...)`. A coroutine without one does not
/// compile.
class FrameSource {
 public:
  FrameSource(const FrameSource&) = delete;
  FrameSource& operator=(const FrameSource&) = delete;

  /// Why the last coroutine got no frame: too_large with both sizes, or queue_full with the number of slots.
  /// Empty if none was refused.
  [[nodiscard]] const Error& last_error() const noexcept { return last_error_; }
  /// Frames in use.
  [[nodiscard]] std::size_t used() const noexcept { return used_; }
  /// Size in bytes of the largest frame requested so far: a slot must hold it.
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
  // In front of each frame: its owner, or the next free slot.
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

/// Storage for `Slots` coroutines at once with frames of up to `SlotBytes` bytes each; must outlive them. A
/// frame takes some 200 bytes, plus 350 for each `co_await` in it (compilers do not let them share room);
/// `largest_bytes()` returns the true size after a run.
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

/// A coroutine, which owns its frame: destroying a waiting task cancels its request. It starts at `start()`
/// or when another task awaits it.
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

  /// Runs until the first wait. Returns false if there is no frame: see `error()`.
  bool start() noexcept;
  /// Whether the coroutine has ended.
  [[nodiscard]] bool done() const noexcept { return frame_ && frame_.done(); }
  /// queue_full if the coroutine got no frame; FrameSource::last_error() says which limit. Otherwise empty.
  [[nodiscard]] const Error& error() const noexcept { return error_; }

  /// Awaiting a task starts it and resumes when it has ended. Returns false if it had no frame. Only one may
  /// wait for a task. Either may be destroyed first: a task whose waiter is gone still runs to its end; a
  /// waiter whose task is gone waits forever. `when_all` waits for several tasks.
  auto operator co_await() && noexcept;

 private:
  friend struct promise_type;
  template <std::size_t count>
  friend class All;
  class End;
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
  // Inlined even where nothing is: gcc 12 takes a template for the new of another delete, and warns of each
  // coroutine at -O0.
  [[gnu::always_inline]] static void operator delete(void* frame, std::size_t) noexcept {
    FrameSource::release(frame);
  }

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

  End* awaiter = nullptr;  // lies in the frame of the task that waits
  bool started = false;
};

inline bool Task::start() noexcept {
  if (!frame_) return false;
  if (!std::exchange(frame_.promise().started, true)) frame_.resume();
  return true;
}

// The waiter for a task's end, and the only link between two frames: it lives in the frame that waits, and is
// notified when the task is destroyed.
class Task::End {
 public:
  virtual std::coroutine_handle<> on_end() noexcept = 0;
  virtual void on_gone() noexcept = 0;

 protected:
  ~End() = default;
};

struct Task::Awaiter final : Task::End {
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
  std::coroutine_handle<> on_end() noexcept override { return waiting; }
  void on_gone() noexcept override { task = {}; }

  std::coroutine_handle<promise_type> task;  // null once it is gone
  std::coroutine_handle<> waiting;
  bool had_frame;
};

inline Task::promise_type::~promise_type() {
  if (awaiter != nullptr) awaiter->on_gone();
}

inline std::coroutine_handle<> Task::promise_type::continuation() const noexcept {
  return awaiter != nullptr ? awaiter->on_end() : std::noop_coroutine();
}

inline auto Task::operator co_await() && noexcept {
  return Awaiter{frame_};
}

/// Several tasks to `co_await` at once: `co_await when_all(first(frames), second(frames))`. They start in
/// order and run side by side; the wait ends when all have ended, and returns whether each had a frame. If
/// destroyed while waiting (with its coroutine), it destroys the tasks that have not ended.
template <std::size_t count>
class [[nodiscard]] All final : private Task::End {
 public:
  template <class... Tasks>
  explicit All(Tasks... tasks) noexcept : tasks_{std::move(tasks)...} {}
  All(const All&) = delete;
  All& operator=(const All&) = delete;
  ~All() {
    for (Task& task : tasks_) {
      if (task.frame_) task.frame_.promise().awaiter = nullptr;
    }
  }

  class Awaiter {
   public:
    explicit Awaiter(All& all) noexcept : all_(all) {}
    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> coroutine) noexcept { return all_.start(coroutine); }
    bool await_resume() const noexcept { return all_.had_frames_; }

   private:
    All& all_;
  };
  Awaiter operator co_await() && noexcept { return Awaiter(*this); }

 private:
  // One more than the number of tasks until all are started, so that none of them resumes the waiter before.
  bool start(std::coroutine_handle<> coroutine) noexcept {
    waiting_ = coroutine;
    open_ = count + 1;
    for (Task& task : tasks_) {
      if (!task.frame_ || task.done()) {
        had_frames_ = had_frames_ && task.frame_;
        --open_;
        continue;
      }
      assert(task.frame_.promise().awaiter == nullptr && "two wait for one task");
      task.frame_.promise().awaiter = this;
      task.start();
    }
    return --open_ != 0;
  }
  std::coroutine_handle<> on_end() noexcept override {
    return --open_ == 0 ? waiting_ : std::noop_coroutine();
  }
  void on_gone() noexcept override {}

  std::array<Task, count> tasks_;
  std::coroutine_handle<> waiting_;
  std::size_t open_ = 0;
  bool had_frames_ = true;
};

template <class... Tasks>
requires(std::is_same_v<Tasks, Task>&&...) auto when_all(Tasks... tasks) noexcept {
  return All<sizeof...(Tasks)>(std::move(tasks)...);
}

}  // namespace kedge::await

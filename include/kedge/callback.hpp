#pragma once
// A callable stored in place: no allocation, bounded capture, must not throw.

#include <kedge/language.hpp>

#include <cassert>
#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

namespace kedge {

/// Bytes that a callback's capture may take: six pointers.
inline constexpr std::size_t callback_capture_bytes = 6 * sizeof(void*);

template <class Signature, std::size_t Capacity = callback_capture_bytes>
class Callback;

/// Holds any callable of at most `Capacity` bytes that does not throw; move-only, never allocates.
///
/// A callable that is too large, that may throw when called (declare it `noexcept`) or that may throw when
/// moved does not compile. You may test an empty callback, but not call it.
template <class R, class... Args, std::size_t Capacity>
class Callback<R(Args...), Capacity> {
 public:
  Callback() noexcept = default;
  Callback(std::nullptr_t) noexcept {}

  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, Callback> &&
           !std::is_same_v<std::remove_cvref_t<F>, std::nullptr_t>) Callback(F&& callable)
  noexcept {
    using Callable = std::decay_t<F>;  // of a function: its address
    static_assert(sizeof(Callable) <= Capacity, "the callback captures too much: capture a pointer instead");
    static_assert(alignof(Callable) <= alignof(std::max_align_t), "the capture is over-aligned");
    static_assert(std::is_nothrow_invocable_r_v<R, Callable&, Args...>, "a callback must be noexcept");
    static_assert(std::is_nothrow_move_constructible_v<Callable>, "the capture must move without throwing");
    new (static_cast<void*>(storage_)) Callable(std::forward<F>(callable));
    operations_ = &operations_of<Callable>;
  }

  Callback(Callback&& other) noexcept { take(other); }
  Callback& operator=(Callback&& other) noexcept {
    if (this != &other) {
      reset();
      take(other);
    }
    return *this;
  }
  Callback(const Callback&) = delete;
  Callback& operator=(const Callback&) = delete;
  ~Callback() { reset(); }

  /// Destroys the callable and leaves the callback empty.
  void reset() noexcept {
    if (operations_ != nullptr) {
      const Operations* operations = operations_;
      operations_ = nullptr;
      operations->destroy(storage_);
    }
  }

  [[nodiscard]] explicit operator bool() const noexcept { return operations_ != nullptr; }

  R operator()(Args... args) noexcept {
    assert(operations_ != nullptr && "an empty callback was called");
    return operations_->invoke(storage_, std::forward<Args>(args)...);
  }

 private:
  struct Operations {
    R (*invoke)(void*, Args&&...) noexcept;
    void (*relocate)(void* from, void* to) noexcept;
    void (*destroy)(void*) noexcept;
  };

  template <class Callable>
  static constexpr Operations operations_of{
      [](void* self, Args&&... args) noexcept -> R {
        return (*static_cast<Callable*>(self))(std::forward<Args>(args)...);
      },
      [](void* from, void* to) noexcept {
        auto* callable = static_cast<Callable*>(from);
        new (to) Callable(std::move(*callable));
        callable->~Callable();
      },
      [](void* self) noexcept { static_cast<Callable*>(self)->~Callable(); }};

  void take(Callback& other) noexcept {
    if (other.operations_ == nullptr) return;
    other.operations_->relocate(other.storage_, storage_);
    operations_ = std::exchange(other.operations_, nullptr);
  }

  const Operations* operations_ = nullptr;
  alignas(std::max_align_t) std::byte storage_[Capacity];
};

}  // namespace kedge

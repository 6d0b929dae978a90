#pragma once
// Either a value or an Error. Never throws, never allocates.

#include <kedge/error.hpp>

#include <cassert>
#include <new>
#include <type_traits>
#include <utility>

namespace kedge {

/// Either a `T` or an `Error`. Test it before taking the value: `if (!result) return result.error();`
template <class T>
class [[nodiscard]] Result {
 public:
  static_assert(std::is_nothrow_move_constructible_v<T>, "a Result's value must move without throwing");

  Result(T value) noexcept : has_value_(true) { new (&value_) T(std::move(value)); }
  Result(const Error& error) noexcept : error_(error), has_value_(false) {
    assert(error && "an error result needs an error");
  }
  Result(Result&& other) noexcept : has_value_(other.has_value_) {
    if (has_value_) {
      new (&value_) T(std::move(other.value_));
    } else {
      new (&error_) Error(other.error_);
    }
  }
  Result(const Result& other) noexcept requires std::is_nothrow_copy_constructible_v<T>
      : has_value_(other.has_value_) {
    if (has_value_) {
      new (&value_) T(other.value_);
    } else {
      new (&error_) Error(other.error_);
    }
  }
  Result& operator=(const Result&) = delete;
  Result& operator=(Result&&) = delete;
  ~Result() {
    if (has_value_) value_.~T();
  }

  [[nodiscard]] bool ok() const noexcept { return has_value_; }
  [[nodiscard]] explicit operator bool() const noexcept { return has_value_; }

  /// The value. Call it only if `ok()`.
  [[nodiscard]] T& value() & noexcept {
    assert(has_value_);
    return value_;
  }
  [[nodiscard]] const T& value() const& noexcept {
    assert(has_value_);
    return value_;
  }
  /// For a temporary result: returns by value, so that `for (auto x : *list())` does not use a destroyed
  /// object.
  [[nodiscard]] T value() && noexcept {
    assert(has_value_);
    return std::move(value_);
  }
  [[nodiscard]] T& operator*() & noexcept { return value(); }
  [[nodiscard]] const T& operator*() const& noexcept { return value(); }
  [[nodiscard]] T operator*() && noexcept { return std::move(*this).value(); }
  [[nodiscard]] T* operator->() noexcept { return &value(); }
  [[nodiscard]] const T* operator->() const noexcept { return &value(); }

  /// The error; empty if `ok()`.
  [[nodiscard]] Error error() const noexcept { return has_value_ ? Error{} : error_; }

 private:
  union {
    T value_;
    Error error_;
  };
  bool has_value_;
};

/// Success, or an `Error`.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() noexcept = default;
  Result(const Error& error) noexcept : error_(error) {}
  [[nodiscard]] bool ok() const noexcept { return !error_; }
  [[nodiscard]] explicit operator bool() const noexcept { return ok(); }
  [[nodiscard]] const Error& error() const noexcept { return error_; }

 private:
  Error error_;
};

}  // namespace kedge

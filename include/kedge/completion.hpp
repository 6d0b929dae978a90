#pragma once
// How a request ends, and the callback for it.

#include <kedge/callback.hpp>
#include <kedge/error.hpp>
#include <kedge/handle.hpp>

#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace kedge {

/// A completion as the request pool stores it: `result` points to the protocol's result type, and is null
/// with an error.
using AnyCompletion = Callback<void(Handle request, const Error& error, const void* result)>;

/// Called exactly once for each started request, from the loop, never inside the call that caused it.
/// Destroyed without a call if its client is destroyed before the request has ended. Holds a callable like
/// kedge::Callback: at most `callback_capture_bytes`, and it must not throw.
///
/// `OutcomeType` declares its `Result` and `static OutcomeType of(Handle, const Error&, const Result*)`.
template <class OutcomeType>
class CompletionOf {
 public:
  CompletionOf() noexcept = default;
  CompletionOf(std::nullptr_t) noexcept {}
  template <class F>
  requires(!std::is_same_v<F, CompletionOf> && !std::is_same_v<F, std::nullptr_t>) CompletionOf(F callable)
  noexcept
      : call_([callable = std::move(callable)](Handle request, const Error& error,
                                               const void* result) mutable noexcept {
          callable(OutcomeType::of(request, error, static_cast<const typename OutcomeType::Result*>(result)));
        }) {
    static_assert(std::is_nothrow_invocable_v<F&, const OutcomeType&>, "a completion must be noexcept");
  }

  [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(call_); }
  /// For clients: moves the completion out in the pool's form.
  [[nodiscard]] AnyCompletion release() noexcept { return std::move(call_); }

 private:
  AnyCompletion call_;
};

/// The outcome of a request whose result is bytes. Views are valid only during the completion.
struct Outcome {
  using Result = std::span<const std::byte>;

  Handle request;
  Error error;                      ///< empty on success
  std::span<const std::byte> data;  ///< the result, as the protocol defines it and the peer sent it

  [[nodiscard]] static Outcome of(Handle request, const Error& error, const Result* result) noexcept {
    return {request, error, result != nullptr ? *result : Result{}};
  }
  [[nodiscard]] bool ok() const noexcept { return !error; }
  [[nodiscard]] std::string_view text() const noexcept {
    return {reinterpret_cast<const char*>(data.data()), data.size()};
  }
};
using Completion = CompletionOf<Outcome>;

}  // namespace kedge

#pragma once
// Writes JSON (RFC 8259) to a sink, and rejects everything that is not JSON.

#include <kedge/error.hpp>
#include <kedge/json_value.hpp>
#include <kedge/result.hpp>
#include <kedge/sink.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kedge::json {

/// Writes one JSON text. Allocates nothing; inserts commas and colons by itself.
///
/// The writer keeps the first error, writes nothing more, and returns the error from `finish`. Nothing is
/// replaced or left out silently: a text is complete if and only if `finish` returns no error, and must not
/// be sent otherwise.
class Writer {
 public:
  /// `sink` is borrowed and must outlive the writer.
  explicit Writer(Sink& sink) noexcept : sink_(sink) {}
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  Writer& begin_object() noexcept;
  Writer& end_object() noexcept;
  Writer& begin_array() noexcept;
  Writer& end_array() noexcept;
  /// The name of the member that follows; UTF-8.
  Writer& key(std::string_view name) noexcept;

  /// A string; UTF-8.
  Writer& value(std::string_view text) noexcept;
  Writer& value(const char* text) noexcept { return value(std::string_view(text)); }
  /// A boolean or an integer. (There is no overload for doubles: write their text with `raw`.)
  template <std::integral T>
  Writer& value(T number) noexcept {
    if constexpr (std::same_as<T, bool>) {
      return scalar(number ? "true" : "false");
    } else if constexpr (std::signed_integral<T>) {
      return integer(number < 0 ? 0 - static_cast<std::uint64_t>(number) : static_cast<std::uint64_t>(number),
                     number < 0);
    } else {
      return integer(number, false);
    }
  }
  /// A value of another text, copied as it is; its nesting does not count. An absent or duplicate value is an
  /// error of kind `config`.
  Writer& value(const Value& value) noexcept;
  Writer& value(std::nullptr_t) noexcept { return null(); }
  Writer& null() noexcept { return scalar("null"); }
  /// JSON text, which is checked, then written as it is.
  Writer& raw(std::string_view json) noexcept;

  /// A key and its value.
  template <class T>
  Writer& member(std::string_view name, const T& content) noexcept {
    return key(name).value(content);
  }

  /// Ends the text. No error if exactly one complete text was written.
  /// Errors:
  /// - config: a string that is not UTF-8, raw text that is not JSON, a call out of place such as a value
  ///   without a key, nesting beyond 255, or an incomplete text
  /// - too_large: the sink is full
  [[nodiscard]] Result<void> finish() noexcept;
  [[nodiscard]] bool failed() const noexcept { return failure_ != Failure::none; }

 private:
  enum class Failure : std::uint8_t { none, misplaced, not_utf8, not_json, too_deep, no_room, unfinished };

  Writer& fail(Failure failure) noexcept;
  Writer& begin(bool object) noexcept;
  Writer& end(bool object) noexcept;
  Writer& scalar(std::string_view text) noexcept;
  Writer& integer(std::uint64_t magnitude, bool negative) noexcept;
  bool before_value() noexcept;
  void quoted(std::string_view text) noexcept;
  void put(std::string_view text) noexcept;
  [[nodiscard]] bool in_object() const noexcept;

  Sink& sink_;
  std::array<std::uint8_t, 32> objects_{};  // one bit a level: object, not array
  std::uint8_t depth_ = 0;
  Failure failure_ = Failure::none;
  bool comma_ = false;      // a value precedes on this level
  bool after_key_ = false;  // the next is a member's value
};

}  // namespace kedge::json

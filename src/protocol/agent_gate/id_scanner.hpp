#pragma once
// Finds whose answer a message is that no strict reader takes: nested too deep, larger than the buffer, with
// Python's NaN or a lone surrogate in it, cut off.

#include "reply.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kedge::agent_gate {

/// Knows strings, brackets and depth, and nothing else of JSON; reads a message in pieces of any size, of any
/// depth. An id counts only when something stands behind it: of a message that was cut off in its middle it
/// might be the beginning of another.
class IdScanner {
 public:
  /// Begins a message.
  void start() noexcept { *this = {}; }
  void feed(std::string_view piece) noexcept;
  /// The `id` of the object that the message is, wherever it stands; `other` when there are two. Its text is
  /// valid until the next message begins.
  [[nodiscard]] ReplyId id() const noexcept;
  /// Bytes of the message so far.
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

 private:
  // "id" written wholly in escapes takes 12 bytes, our only id that is a text 36, a number 20.
  static constexpr std::size_t kept_max = 40;
  struct Kept {
    std::array<char, kept_max> bytes{};
    std::size_t size = 0;  // more than kept_max: of no interest
    void add(char c) noexcept;
    [[nodiscard]] std::string_view text() const noexcept;
  };
  enum class Expect : std::uint8_t { key, colon, value, comma };

  void take(char c) noexcept;
  void in_string(char c) noexcept;
  void opens(char c) noexcept;
  void closes() noexcept;
  void value_ends() noexcept;

  Kept token_;  // the key or value of the message's object that is being read
  Kept text_;   // of the id, when it is a text
  std::uint64_t number_ = 0;
  std::uint64_t depth_ = 0;
  std::uint64_t bytes_ = 0;
  ReplyId::Kind kind_ = ReplyId::Kind::missing;
  ReplyId::Kind value_ = ReplyId::Kind::missing;  // what the value that is being read may be
  Expect expect_ = Expect::key;
  bool key_is_id_ = false;
  bool in_string_ = false;
  bool escaped_ = false;
  bool over_ = false;  // the object has ended, or the message is none
};

}  // namespace kedge::agent_gate

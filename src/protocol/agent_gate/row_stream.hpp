#pragma once
// Reads a reply as it arrives, whatever its size: each row of `result.results` is gathered in one buffer and
// handed on; everything else is skipped, but for the `id`, which tells whose answer it is and often comes
// last.

#include "reply.hpp"

#include <kedge/json_reader.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace kedge::agent_gate {

/// Hears of rows.
class RowSink {
 public:
  /// A whole row, or the beginning of one of `bytes` bytes that did not fit. `text` may be overwritten.
  virtual void on_row(std::span<char> text, std::uint64_t bytes) noexcept = 0;

 protected:
  ~RowSink() = default;
};

class RowStream {
 public:
  /// `buffer` holds one row. Borrowed, as is `sink`. It may begin where a message's first piece
  /// does, which is then overwritten behind the reader: what is kept is never longer than what was read.
  RowStream(std::span<char> buffer, std::uint8_t depth_max, RowSink& sink) noexcept
      : buffer_(buffer), sink_(sink), reader_(depth_max) {}

  /// Begins a message; whatever came of an earlier one is forgotten.
  void start() noexcept;
  /// The next piece; rows that end in it are handed on. After the last one `end()` tells the rest.
  void feed(std::string_view piece, bool last) noexcept;

  /// What a message was, when its last piece has come.
  struct End {
    ReplyId::Kind id_kind = ReplyId::Kind::missing;
    std::uint64_t id = 0;      ///< when `number`
    std::uint64_t bytes = 0;   ///< of the whole message
    bool has_results = false;  ///< it had `result.results`, an array
    Error error;               ///< not a JSON-RPC answer: what is wrong with it
  };
  [[nodiscard]] End end() const noexcept;

 private:
  // Where rows are: depths of what is inside the message's object, its result and that one's results.
  static constexpr std::uint8_t in_message = 1;
  static constexpr std::uint8_t in_result = 2;
  static constexpr std::uint8_t in_results = 3;
  static constexpr std::uint8_t in_row = 4;
  // The longest name looked for is "results": written wholly in escapes it takes 42 bytes.
  static constexpr std::size_t key_bytes_max = 42;

  void token(json::Token token) noexcept;
  void key_part() noexcept;
  void member_begins(json::Token token) noexcept;
  void take_id(json::Token token) noexcept;
  void row_ends() noexcept;
  void keep(std::uint64_t from, std::uint64_t to) noexcept;

  std::span<char> buffer_;
  RowSink& sink_;
  json::Reader reader_;
  std::string_view piece_;
  std::uint64_t piece_begin_ = 0;  // its offset in the message
  std::array<char, key_bytes_max> key_{};
  std::size_t key_size_ = 0;  // more than key_bytes_max: a name of no interest
  std::uint64_t row_begin_ = 0;
  std::size_t kept_ = 0;  // of the row, in the buffer
  bool at_key_ = false;   // the next token is the value of `key_`
  bool inside_result_ = false;
  bool inside_results_ = false;
  bool inside_row_ = false;
  bool ended_ = false;
  std::uint8_t results_seen_ = 0;  // members of the message, at most 2 counted
  std::uint8_t errors_seen_ = 0;
  std::uint8_t ids_seen_ = 0;
  bool result_null_ = false;
  bool error_null_ = false;
  bool not_object_ = false;
  End end_;
};

}  // namespace kedge::agent_gate

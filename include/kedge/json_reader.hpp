#pragma once
// A strict pull reader for JSON (RFC 8259 and nothing more) that works on a text while it arrives.

#include <kedge/error.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kedge::json {

/// What `Reader::next` found.
enum class Token : std::uint8_t {
  need_more,  ///< the piece is used up: feed the next one
  begin_object,
  end_object,
  begin_array,
  end_array,
  key,     ///< a part of a member's name, see `Reader::raw`
  string,  ///< a part of a string
  number,  ///< a number, or a part of one longer than `Reader::whole_number_bytes`
  true_value,
  false_value,
  null,
  end,    ///< the text is whole; from now on always
  error,  ///< not JSON, see `Reader::error`; from now on always
};

/// Reads one JSON text in pieces of any size; allocates nothing, some 150 bytes.
///
///     Reader reader(limits.json_depth_max);
///     reader.feed(piece, is_last);
///     for (Token token = reader.next(); token != Token::need_more; token = reader.next()) { ... }
///
/// Keys and strings may come in several parts where the text was cut; a part is never cut inside a UTF-8
/// character, an escape or a surrogate pair, so that each can be unescaped by itself. Strings are checked for
/// valid UTF-8, control characters and lone surrogates. Numbers are checked for their form, not their range.
/// Duplicate keys are reported as they come: the reader keeps no names.
class Reader {
 public:
  /// A number of at most this many bytes is never split, wherever the pieces were cut.
  static constexpr std::size_t whole_number_bytes = 40;

  /// `depth_max` is the deepest nesting of objects and arrays; 0 admits only a single scalar.
  explicit Reader(std::uint8_t depth_max) noexcept : depth_max_(depth_max) {}

  /// The next piece of the text, borrowed until `next` returns `need_more` or the text ends; empty pieces are
  /// fine. `last` says that nothing follows. Feeding before the piece before was used up, or after the last
  /// one, is an error of kind `config`.
  void feed(std::string_view piece, bool last) noexcept;
  /// The next token.
  [[nodiscard]] Token next() noexcept;
  /// Forgets everything and starts a new text.
  void reset() noexcept { *this = Reader(depth_max_); }

  /// Of a key or string: its text between the quotes, still escaped. Of a number: its text. Points into the
  /// piece or into the reader: valid until the next call of `next` or `feed`.
  [[nodiscard]] std::string_view raw() const noexcept { return raw_; }
  /// Whether the token just read is the first, the last, or the only part of its key, string or number.
  [[nodiscard]] bool first_part() const noexcept { return first_part_; }
  [[nodiscard]] bool last_part() const noexcept { return last_part_; }
  [[nodiscard]] bool whole() const noexcept { return first_part_ && last_part_; }

  /// Open objects and arrays, one just begun included, one just ended not.
  [[nodiscard]] std::uint8_t depth() const noexcept { return depth_; }
  /// Where the token just read begins in the whole text, quote included.
  [[nodiscard]] std::uint64_t token_offset() const noexcept { return token_offset_; }
  /// Bytes of the whole text read so far; after a token (its last part), the offset of its end.
  [[nodiscard]] std::uint64_t offset() const noexcept { return base_ + at_; }
  /// After `Token::error`: kind `protocol`, with the offset of the first impossible byte and the reason.
  [[nodiscard]] Error error() const noexcept;

 private:
  enum class Expect : std::uint8_t { value, value_or_end, key, key_or_end, colon, comma_or_end, nothing };
  enum class Inside : std::uint8_t { nothing, string, number, literal };
  enum class StringState : std::uint8_t { plain, utf8, escape, hex, low_backslash, low_u, low_hex };
  enum class NumberState : std::uint8_t { start, minus, zero, integer, point, fraction, e, e_sign, e_digits };

  Token fail(const char* reason) noexcept;
  Token used_up() noexcept;
  bool structural(char c, Token& token) noexcept;
  Token begin_value(char c) noexcept;
  Token begin_container(bool object) noexcept;
  Token end_container(bool object) noexcept;
  Token read_string() noexcept;
  Token read_carried_string() noexcept;
  const char* string_byte(unsigned char c) noexcept;
  const char* hex_byte(unsigned char c) noexcept;
  Token string_part(std::string_view raw, bool last) noexcept;
  Token read_number() noexcept;
  static bool number_byte(NumberState& state, char c) noexcept;
  static bool number_complete(NumberState state) noexcept;
  Token number_part(std::string_view raw, bool last) noexcept;
  Token read_literal() noexcept;
  void value_ended() noexcept;
  [[nodiscard]] bool in_object() const noexcept;

  std::string_view piece_;
  std::size_t at_ = 0;      // in the piece
  std::uint64_t base_ = 0;  // offset of the piece in the text
  std::uint64_t token_offset_ = 0;
  std::string_view raw_;
  const char* reason_ = nullptr;            // of the failure; static
  const char* literal_ = nullptr;           // what is left of `true`, `false` or `null`
  std::array<std::uint8_t, 32> objects_{};  // one bit a level: object, not array
  std::uint8_t depth_max_;
  std::uint8_t depth_ = 0;
  Expect expect_ = Expect::value;
  Inside inside_ = Inside::nothing;
  StringState string_state_ = StringState::plain;
  NumberState number_state_ = NumberState::start;
  Token literal_token_ = Token::null;
  std::uint8_t utf8_ = 0;
  std::uint8_t hex_count_ = 0;
  std::uint16_t hex_ = 0;
  std::uint8_t carry_size_ = 0;
  bool last_ = false;
  bool is_key_ = false;
  bool first_part_ = false;
  bool last_part_ = false;
  bool started_ = false;  // a part of the string or number under way has been handed out
  bool misused_ = false;
  std::array<char, whole_number_bytes> carry_{};  // what straddles two pieces
};

}  // namespace kedge::json

#pragma once
// A strict pull reader for JSON (RFC 8259 and nothing more) that can read a text as it arrives.

#include <kedge/error.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kedge::json {

/// The tokens that `Reader::next` returns.
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
  end,    ///< the text is complete; every later call returns this too
  error,  ///< not JSON, see `Reader::error`; every later call returns this too
};

/// Reads one JSON text in pieces of any size. Allocates nothing; takes some 150 bytes.
///
///     Reader reader(limits.json_depth_max);
///     reader.feed(piece, is_last);
///     for (Token token = reader.next(); token != Token::need_more; token = reader.next()) { ... }
///
/// A key or string may come in several parts where the text was cut. No part is cut inside a UTF-8 character,
/// an escape or a surrogate pair, so you can unescape each on its own. The reader checks strings for valid
/// UTF-8, control characters and lone surrogates, and numbers for their form, not their range. It keeps no
/// names, so it does not detect duplicate keys.
class Reader {
 public:
  /// A number of at most this many bytes is never split, wherever the text is cut.
  static constexpr std::size_t whole_number_bytes = 40;

  /// `depth_max` is the deepest nesting of objects and arrays; 0 allows only a single scalar.
  explicit Reader(std::uint8_t depth_max) noexcept : depth_max_(depth_max) {}

  /// Feeds the next piece of the text, which is borrowed until `next` returns `need_more` or the text ends; a
  /// piece may be empty. `last` says that nothing follows. Feeding before the previous piece is used up, or
  /// after the last one, is an error of kind `config`.
  void feed(std::string_view piece, bool last) noexcept;
  /// The next token.
  [[nodiscard]] Token next() noexcept;
  /// Discards everything and starts a new text.
  void reset() noexcept { *this = Reader(depth_max_); }

  /// For a key or string: the text between the quotes, still escaped. For a number: its text. A view of the
  /// piece or of the reader, valid until the next call of `next` or `feed`.
  [[nodiscard]] std::string_view raw() const noexcept { return raw_; }
  /// Whether the current token is the first, the last, or the only part of its key, string or number.
  [[nodiscard]] bool first_part() const noexcept { return first_part_; }
  [[nodiscard]] bool last_part() const noexcept { return last_part_; }
  [[nodiscard]] bool whole() const noexcept { return first_part_ && last_part_; }

  /// Number of open objects and arrays: counts one that has just begun, not one that has just ended.
  [[nodiscard]] std::uint8_t depth() const noexcept { return depth_; }
  /// Offset of the current token in the whole text, quote included.
  [[nodiscard]] std::uint64_t token_offset() const noexcept { return token_offset_; }
  /// Bytes of the whole text read so far; after a token (its last part), the offset of its end.
  [[nodiscard]] std::uint64_t offset() const noexcept { return base_ + at_; }
  /// After `Token::error`: kind `protocol`, with the reason and the offset of the first impossible byte; kind
  /// `config` after a wrong `feed`.
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

#include "utf8.hpp"

#include <cstring>

namespace kedge::codec {
namespace {

// One row a state: the bytes that may come next, and the state after them. Only four lead bytes narrow the
// byte after them (RFC 3629 section 4); checking that range at once is what makes the failure come at the
// first impossible byte.
struct Continuation {
  unsigned char low;
  unsigned char high;
  Utf8State next;
};
constexpr Utf8State one_left = 1, two_left = 2, three_left = 3;
constexpr Utf8State after_e0 = 4, after_ed = 5, after_f0 = 6, after_f4 = 7;
constexpr Continuation continuations[] = {
    {0x00, 0x7F, 0},         // between characters: not used
    {0x80, 0xBF, 0},         // one_left
    {0x80, 0xBF, one_left},  // two_left
    {0x80, 0xBF, two_left},  // three_left
    {0xA0, 0xBF, one_left},  // after_e0: below is overlong
    {0x80, 0x9F, one_left},  // after_ed: above are surrogates
    {0x90, 0xBF, two_left},  // after_f0: below is overlong
    {0x80, 0x8F, two_left},  // after_f4: above is beyond U+10FFFF
};

Utf8State lead(unsigned char byte) noexcept {
  if (byte < 0x80) return 0;
  if (byte < 0xC2) return utf8_invalid;  // a continuation, or an overlong form of ASCII
  if (byte < 0xE0) return one_left;
  if (byte == 0xE0) return after_e0;
  if (byte == 0xED) return after_ed;
  if (byte < 0xF0) return two_left;
  if (byte == 0xF0) return after_f0;
  if (byte < 0xF4) return three_left;
  return byte == 0xF4 ? after_f4 : utf8_invalid;
}

std::uint64_t load(const unsigned char* from) noexcept {
  std::uint64_t word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

constexpr std::uint64_t high_bits = 0x8080808080808080U;

// Past the ASCII bytes at `at`, as far as whole words tell. Eight words a turn: one branch for 64 bytes.
const unsigned char* skip_ascii(const unsigned char* at, const unsigned char* end) noexcept {
  for (; end - at >= 64; at += 64) {
    const std::uint64_t seen = load(at) | load(at + 8) | load(at + 16) | load(at + 24) | load(at + 32) |
                               load(at + 40) | load(at + 48) | load(at + 56);
    if ((seen & high_bits) != 0) break;
  }
  while (end - at >= 8 && (load(at) & high_bits) == 0) at += 8;
  return at;
}

// As whole words tell: false of a text shorter than one. What is left of a word is seen with the end of the
// one before it.
bool all_ascii(std::span<const std::byte> text) noexcept {
  if (text.size() < 8) return false;
  const auto* const begin = reinterpret_cast<const unsigned char*>(text.data());
  const unsigned char* const end = begin + text.size();
  return (load(end - 8) & high_bits) == 0 && end - skip_ascii(begin, end) < 8;
}

}  // namespace

Utf8State utf8_step(Utf8State state, unsigned char byte) noexcept {
  if (state == 0) return lead(byte);
  const Continuation& row = continuations[state];
  return byte >= row.low && byte <= row.high ? row.next : utf8_invalid;
}

std::size_t utf8_encode(char32_t code_point, std::span<char, 4> out) noexcept {
  const auto tail = [code_point](unsigned shift) {
    return static_cast<char>(0x80U | ((code_point >> shift) & 0x3FU));
  };
  if (code_point < 0x80) {
    out[0] = static_cast<char>(code_point);
    return 1;
  }
  if (code_point < 0x800) {
    out[0] = static_cast<char>(0xC0U | (code_point >> 6U));
    out[1] = tail(0);
    return 2;
  }
  if (code_point < 0x10000) {
    out[0] = static_cast<char>(0xE0U | (code_point >> 12U));
    out[1] = tail(6);
    out[2] = tail(0);
    return 3;
  }
  out[0] = static_cast<char>(0xF0U | (code_point >> 18U));
  out[1] = tail(12);
  out[2] = tail(6);
  out[3] = tail(0);
  return 4;
}

bool Utf8Validator::feed(std::span<const std::byte> piece) noexcept {
  if (state_ == 0 && all_ascii(piece)) return true;  // most texts
  return feed_bytes(piece);
}

bool Utf8Validator::feed_bytes(std::span<const std::byte> piece) noexcept {
  Utf8State state = state_;
  if (state == utf8_invalid) return false;
  const auto* at = reinterpret_cast<const unsigned char*>(piece.data());
  const unsigned char* const end = at + piece.size();
  while (at != end) {
    if (state == 0 && *at < 0x80) {
      at = skip_ascii(at, end);
      while (at != end && *at < 0x80) ++at;
      if (at == end) break;
    }
    state = utf8_step(state, *at++);
    if (state == utf8_invalid) break;
  }
  state_ = state;
  return state != utf8_invalid;
}

bool utf8_valid(std::string_view text) noexcept {
  Utf8Validator validator;
  return validator.feed(std::as_bytes(std::span(text.data(), text.size()))) && validator.complete();
}

}  // namespace kedge::codec

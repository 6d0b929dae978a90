#include "frame.hpp"

#include <bit>
#include <cassert>
#include <cstring>

namespace kedge::ws {

namespace {

constexpr std::uint64_t length_in_7_bits_max = 125;
constexpr std::uint64_t length_in_16_bits_max = 0xFFFF;
constexpr unsigned length_is_16_bits = 126;
constexpr unsigned length_is_64_bits = 127;
constexpr unsigned fin_bit = 0x80;
constexpr unsigned mask_bit = 0x80;

std::byte* put_big_endian(std::byte* out, std::uint64_t value, int bytes) noexcept {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) *out++ = static_cast<std::byte>(value >> shift);
  return out;
}

/// The key as it applies from `position` on, its first byte first in memory.
std::uint32_t turned(std::uint32_t key, std::uint64_t position) noexcept {
  const int bits = static_cast<int>(position % 4) * 8;
  if constexpr (std::endian::native == std::endian::little) return std::rotr(key, bits);
  return std::rotl(key, bits);
}

template <class Word>
void mask_word(std::byte* out, const std::byte* in, Word key) noexcept {
  Word word;
  std::memcpy(&word, in, sizeof word);
  word ^= key;
  std::memcpy(out, &word, sizeof word);
}

/// 32 bytes at once. Four names instead of an array, all loaded before any is stored: gcc 12 then keeps them
/// in registers and joins them to vectors, although `in` and `out` may be the same.
void mask_block(std::byte* out, const std::byte* in, std::uint64_t key) noexcept {
  std::uint64_t first, second, third, fourth;
  std::memcpy(&first, in, 8);
  std::memcpy(&second, in + 8, 8);
  std::memcpy(&third, in + 16, 8);
  std::memcpy(&fourth, in + 24, 8);
  first ^= key;
  second ^= key;
  third ^= key;
  fourth ^= key;
  std::memcpy(out, &first, 8);
  std::memcpy(out + 8, &second, 8);
  std::memcpy(out + 16, &third, 8);
  std::memcpy(out + 24, &fourth, 8);
}

}  // namespace

std::size_t frame_header_bytes(std::uint64_t payload_bytes, bool masked) noexcept {
  const std::size_t key = masked ? 4 : 0;
  if (payload_bytes <= length_in_7_bits_max) return 2 + key;
  return (payload_bytes <= length_in_16_bits_max ? 4 : 10) + key;
}

std::size_t encode_frame_header(const FrameHeader& header, std::byte* out) noexcept {
  std::byte* end = out;
  *end++ = static_cast<std::byte>((header.fin ? fin_bit : 0U) | static_cast<unsigned>(header.opcode));
  const unsigned mask = header.masked ? mask_bit : 0U;
  const std::uint64_t length = header.payload_bytes;
  if (length <= length_in_7_bits_max) {
    *end++ = static_cast<std::byte>(mask | static_cast<unsigned>(length));
  } else if (length <= length_in_16_bits_max) {
    *end++ = static_cast<std::byte>(mask | length_is_16_bits);
    end = put_big_endian(end, length, 2);
  } else {
    *end++ = static_cast<std::byte>(mask | length_is_64_bits);
    end = put_big_endian(end, length, 8);
  }
  if (header.masked) {
    std::memcpy(end, &header.mask_key, sizeof header.mask_key);
    end += sizeof header.mask_key;
  }
  assert(static_cast<std::size_t>(end - out) == frame_header_bytes(length, header.masked));
  return static_cast<std::size_t>(end - out);
}

void mask_copy(std::byte* out, const std::byte* in, std::size_t size, std::uint32_t mask_key,
               std::uint64_t position) noexcept {
  const std::uint32_t key = turned(mask_key, position);
  const std::uint64_t wide = std::uint64_t{key} << 32 | key;
  std::size_t done = 0;
  for (; size - done >= 32; done += 32) mask_block(out + done, in + done, wide);
  if (done == size) return;
  for (; size - done >= 8; done += 8) mask_word(out + done, in + done, wide);
  if (size - done >= 4) {
    mask_word(out + done, in + done, key);
    done += 4;
  }
  std::byte rest[4];
  std::memcpy(rest, &key, sizeof rest);
  for (std::size_t i = 0; done < size; ++i, ++done) out[done] = in[done] ^ rest[i];
}

}  // namespace kedge::ws

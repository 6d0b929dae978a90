#include "siphash.hpp"

#include <bit>

namespace kedge::codec {
namespace {

std::uint64_t word_of(std::span<const std::byte, 8> bytes) noexcept {
  std::uint64_t word = 0;
  for (std::size_t i = 8; i-- > 0;) word = word << 8U | std::to_integer<std::uint64_t>(bytes[i]);
  return word;
}

}  // namespace

SipHash::SipHash(const HashKey& key) noexcept {
  const std::span<const std::byte, 16> bytes(key);
  const std::uint64_t k0 = word_of(bytes.first<8>());
  const std::uint64_t k1 = word_of(bytes.last<8>());
  v0_ = k0 ^ 0x736F6D6570736575U;
  v1_ = k1 ^ 0x646F72616E646F6DU ^ 0xEEU;  // 0xEE: 128 bits of output
  v2_ = k0 ^ 0x6C7967656E657261U;
  v3_ = k1 ^ 0x7465646279746573U;
}

void SipHash::rounds(int count) noexcept {
  for (; count > 0; --count) {
    v0_ += v1_;
    v1_ = std::rotl(v1_, 13) ^ v0_;
    v0_ = std::rotl(v0_, 32);
    v2_ += v3_;
    v3_ = std::rotl(v3_, 16) ^ v2_;
    v0_ += v3_;
    v3_ = std::rotl(v3_, 21) ^ v0_;
    v2_ += v1_;
    v1_ = std::rotl(v1_, 17) ^ v2_;
    v2_ = std::rotl(v2_, 32);
  }
}

void SipHash::byte(std::uint8_t value) noexcept {
  word_ |= static_cast<std::uint64_t>(value) << (8U * (size_ % 8U));
  if (++size_ % 8U != 0) return;
  v3_ ^= word_;
  rounds(2);
  v0_ ^= word_;
  word_ = 0;
}

void SipHash::update(std::span<const std::byte> bytes) noexcept {
  for (const std::byte value : bytes) byte(std::to_integer<std::uint8_t>(value));
}

void SipHash::update(std::uint64_t word) noexcept {
  for (unsigned i = 0; i < 8; ++i) byte(static_cast<std::uint8_t>(word >> (8U * i)));
}

Hash128 SipHash::finish() noexcept {
  const std::uint64_t last = word_ | size_ << 56U;
  v3_ ^= last;
  rounds(2);
  v0_ ^= last;
  Hash128 hash;
  v2_ ^= 0xEEU;
  rounds(4);
  hash.low = v0_ ^ v1_ ^ v2_ ^ v3_;
  v1_ ^= 0xDDU;
  rounds(4);
  hash.high = v0_ ^ v1_ ^ v2_ ^ v3_;
  return hash;
}

}  // namespace kedge::codec

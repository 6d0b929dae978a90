#pragma once
// SipHash-2-4 with 128 bits of output (Aumasson, Bernstein): a keyed hash without tables, 60 lines, quick on
// 32 bits too.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace kedge::codec {

/// 128 bits, as two words.
struct Hash128 {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  friend bool operator==(const Hash128&, const Hash128&) = default;
};

/// A secret, random key; whoever knows it can make collisions.
using HashKey = std::array<std::byte, 16>;

class SipHash {
 public:
  explicit SipHash(const HashKey& key) noexcept;
  void update(std::span<const std::byte> bytes) noexcept;
  /// Eight bytes, least significant first.
  void update(std::uint64_t word) noexcept;
  void update(const Hash128& hash) noexcept {
    update(hash.low);
    update(hash.high);
  }
  /// The hash of all that came; nothing may follow.
  [[nodiscard]] Hash128 finish() noexcept;

 private:
  void byte(std::uint8_t value) noexcept;
  void rounds(int count) noexcept;

  std::uint64_t v0_, v1_, v2_, v3_;
  std::uint64_t word_ = 0;  // bytes not yet mixed in
  std::uint64_t size_ = 0;
};

}  // namespace kedge::codec

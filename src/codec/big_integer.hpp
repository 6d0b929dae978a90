#pragma once
// A whole number in fixed memory, of as many bits as the largest double and the arithmetic of decimals need.

#include <array>
#include <cstddef>
#include <cstdint>

namespace kedge::codec {

/// Starts as zero. Nothing overflows quietly: what would need more than `bits_max` is asserted.
class BigInteger {
 public:
  static constexpr std::size_t limbs_max = 33;
  static constexpr std::size_t bits_max = 32 * limbs_max;
  /// A number of that many digits always fits: 10^309 has 1027 bits.
  static constexpr std::size_t digits_max = 309;

  BigInteger() noexcept = default;
  explicit BigInteger(std::uint64_t value) noexcept;

  /// this = this * factor + addend
  void multiply_add(std::uint32_t factor, std::uint32_t addend) noexcept;
  void shift_left(unsigned bits) noexcept;
  /// Subtracts `other` if it is not larger; whether it did.
  [[nodiscard]] bool take(const BigInteger& other) noexcept;

  [[nodiscard]] bool zero() const noexcept { return used_ == 0; }
  /// Zero bits below the lowest set one; not of zero.
  [[nodiscard]] unsigned trailing_zeros() const noexcept;
  /// The bits from the highest set one down; not of zero.
  [[nodiscard]] unsigned bit_width() const noexcept;
  /// 64 bits from bit `shift` on.
  [[nodiscard]] std::uint64_t bits_from(unsigned shift) const noexcept;

 private:
  std::array<std::uint32_t, limbs_max> limbs_{};  // the lowest first
  std::size_t used_ = 0;                          // the highest of these is not zero
};

}  // namespace kedge::codec

#include "big_integer.hpp"

#include <bit>
#include <cassert>

namespace kedge::codec {

BigInteger::BigInteger(std::uint64_t value) noexcept {
  for (; value != 0; value >>= 32U) limbs_[used_++] = static_cast<std::uint32_t>(value);
}

void BigInteger::multiply_add(std::uint32_t factor, std::uint32_t addend) noexcept {
  std::uint64_t carry = addend;
  for (std::size_t i = 0; i < used_; ++i) {
    carry += std::uint64_t{limbs_[i]} * factor;
    limbs_[i] = static_cast<std::uint32_t>(carry);
    carry >>= 32U;
  }
  if (carry == 0) return;
  assert(used_ < limbs_max && "a number beyond what a double's decimals need");
  limbs_[used_++] = static_cast<std::uint32_t>(carry);
}

void BigInteger::shift_left(unsigned bits) noexcept {
  if (zero()) return;
  multiply_add(std::uint32_t{1} << (bits % 32), 0);
  const std::size_t limbs = bits / 32;
  assert(used_ + limbs <= limbs_max && "a number beyond what a double's decimals need");
  for (std::size_t i = used_; i-- > 0;) limbs_[i + limbs] = limbs_[i];
  for (std::size_t i = 0; i < limbs; ++i) limbs_[i] = 0;
  used_ += limbs;
}

bool BigInteger::take(const BigInteger& other) noexcept {
  if (used_ < other.used_) return false;
  if (used_ == other.used_) {
    std::size_t i = used_;
    while (i > 0 && limbs_[i - 1] == other.limbs_[i - 1]) --i;
    if (i > 0 && limbs_[i - 1] < other.limbs_[i - 1]) return false;
  }
  std::uint32_t borrow = 0;
  for (std::size_t i = 0; i < used_; ++i) {
    const std::uint64_t less = std::uint64_t{i < other.used_ ? other.limbs_[i] : 0} + borrow;
    borrow = limbs_[i] < less ? 1 : 0;
    limbs_[i] -= static_cast<std::uint32_t>(less);
  }
  while (used_ > 0 && limbs_[used_ - 1] == 0) --used_;
  return true;
}

unsigned BigInteger::trailing_zeros() const noexcept {
  unsigned count = 0;
  while (limbs_[count / 32] == 0) count += 32;
  return count + static_cast<unsigned>(std::countr_zero(limbs_[count / 32]));
}

unsigned BigInteger::bit_width() const noexcept {
  return static_cast<unsigned>(32 * (used_ - 1)) + static_cast<unsigned>(std::bit_width(limbs_[used_ - 1]));
}

std::uint64_t BigInteger::bits_from(unsigned shift) const noexcept {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < 64; ++i) {
    const unsigned bit = shift + i;
    if (bit / 32 < used_ && (limbs_[bit / 32] >> (bit % 32) & 1U) != 0) value |= std::uint64_t{1} << i;
  }
  return value;
}

}  // namespace kedge::codec

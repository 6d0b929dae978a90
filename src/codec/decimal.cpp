// A product of 64 bits says which two doubles the number lies between, and nearly always which is nearer.
// When it is too close to the middle to tell, the digits are compared with those of the middle itself, which
// integers of fixed size generate one by one (as in Gay's "bigcomp").
#include "decimal.hpp"

#include "big_integer.hpp"
#include "json_scan.hpp"

#include <algorithm>
#include <bit>
#include <cassert>

namespace kedge::codec {
namespace {

// Powers of ten of the first significant digit, beyond which every number is a zero or infinite.
constexpr std::int64_t power_min = -324;
constexpr std::int64_t power_max = 308;
// Of a double m * 2^e, m below 2^53.
constexpr int exponent_min = -1074;
constexpr int exponent_max = 971;
constexpr std::uint64_t infinity_bits = std::uint64_t{0x7FF} << 52U;

// The digits of a number from the first that is not zero, without the point.
class Digits {
 public:
  explicit Digits(const json::NumberText& number) noexcept
      : integer_(number.integer), fraction_(number.fraction) {
    if (integer_ == "0") {
      integer_ = {};
      fraction_.remove_prefix(std::min(fraction_.find_first_not_of('0'), fraction_.size()));
    }
    // The first digit's power of ten, before the exponent.
    power_ = integer_.empty() ? -static_cast<std::int64_t>(number.fraction.size() - fraction_.size()) - 1
                              : static_cast<std::int64_t>(integer_.size()) - 1;
  }
  [[nodiscard]] std::size_t size() const noexcept { return integer_.size() + fraction_.size(); }
  [[nodiscard]] unsigned operator[](std::size_t index) const noexcept {
    const char digit = index < integer_.size() ? integer_[index] : fraction_[index - integer_.size()];
    return static_cast<unsigned>(digit - '0');
  }
  [[nodiscard]] std::int64_t power() const noexcept { return power_; }

 private:
  std::string_view integer_;
  std::string_view fraction_;
  std::int64_t power_ = 0;
};

// Clamped to what no number's digits can bring back.
std::int64_t exponent_of(std::string_view exponent) noexcept {
  constexpr std::int64_t huge = std::int64_t{1} << 40;
  std::int64_t value = 0;
  for (const char c : exponent) {
    if (json::is_digit(c)) value = std::min(huge, value * 10 + (c - '0'));
  }
  return exponent.starts_with('-') ? -value : value;
}

// mantissa * 2^exponent, the mantissa's highest bit set. Its error is at most so many parts in 2^64 of the
// value, and so at most as many units of the mantissa.
struct Approximation {
  std::uint64_t mantissa;
  int exponent;
  unsigned error;
};

std::uint64_t high_half(std::uint64_t a, std::uint64_t b) noexcept {
  const std::uint64_t a_low = a & 0xFFFFFFFFU;
  const std::uint64_t a_high = a >> 32U;
  const std::uint64_t b_low = b & 0xFFFFFFFFU;
  const std::uint64_t b_high = b >> 32U;
  const std::uint64_t middle = a_high * b_low + (a_low * b_low >> 32U);
  return a_high * b_high + (middle >> 32U) + ((a_low * b_high + (middle & 0xFFFFFFFFU)) >> 32U);
}

void normalise(Approximation& value) noexcept {
  const int shift = std::countl_zero(value.mantissa);
  value.mantissa <<= static_cast<unsigned>(shift);
  value.exponent -= shift;
}

// By a normalised factor, half a unit of which may be wrong: one part. Half of a product is cut off, less
// than a unit of what is at least 2^62: four parts. The sixth is for what these errors multiply to.
void multiply(Approximation& value, std::uint64_t factor, int exponent) noexcept {
  value.mantissa = high_half(value.mantissa, factor);
  value.exponent += exponent + 64;
  value.error += 6;
  normalise(value);
}

// Not of zero. 10^n is 5^n * 2^n; 5^n is made of 5^(n mod 27), which has 63 bits, and of 5^27 or its inverse.
Approximation approximate(const Digits& digits, std::int64_t power) noexcept {
  constexpr std::size_t digits_max = 19;  // fit 64 bits
  constexpr int step = 27;
  constexpr std::uint64_t five_to_step = 0xCECB8F27F4200F3A;   // 5^27 * 2
  constexpr std::uint64_t step_inverted = 0x9E74D1B791E07E48;  // 2^126 / 5^27
  const std::size_t taken = std::min(digits.size(), digits_max);
  std::uint64_t head = 0;
  for (std::size_t i = 0; i < taken; ++i) head = head * 10 + digits[i];
  const int tens = static_cast<int>(power) - static_cast<int>(taken) + 1;
  // A head of 19 digits is at least 10^18: what is cut off is less than 2^64 / 10^18 parts.
  Approximation value{head, tens, taken < digits.size() ? 19U : 0U};
  normalise(value);
  const int steps = (tens >= 0 ? tens : tens - (step - 1)) / step;
  const int rest = tens - steps * step;
  if (rest > 0) {
    Approximation fives{1, 0, 0};
    for (int i = 0; i < rest; ++i) fives.mantissa *= 5;
    normalise(fives);
    multiply(value, fives.mantissa, fives.exponent);
  }
  for (int i = 0; i < steps; ++i) multiply(value, five_to_step, -1);
  for (int i = 0; i > steps; --i) multiply(value, step_inverted, -126);
  return value;
}

void multiply_by_fives(BigInteger& value, std::int64_t count) noexcept {
  constexpr std::uint32_t five_to_13 = 1220703125;
  for (; count >= 13; count -= 13) value.multiply_add(five_to_13, 0);
  for (; count > 0; --count) value.multiply_add(5, 0);
}

// How the number compares with middle * 2^exponent, which is within a part in 2^50 of it: below zero, zero or
// above. The middle over 10^power is a fraction of two integers of at most 811 bits; its digits come one by
// one, and are at most 770 until there is no rest.
int compare(const Digits& digits, std::int64_t power, std::uint64_t middle, int exponent) noexcept {
  BigInteger rest(middle);
  BigInteger divisor(1);
  multiply_by_fives(power < 0 ? rest : divisor, power < 0 ? -power : power);
  const int shift = exponent - static_cast<int>(power);
  (shift < 0 ? divisor : rest).shift_left(static_cast<unsigned>(shift < 0 ? -shift : shift));
  for (std::size_t i = 0; i < digits.size(); ++i) {
    unsigned digit = 0;  // 10 for a middle that has a digit more than the number
    while (rest.take(divisor)) ++digit;
    if (digits[i] != digit) return digits[i] < digit ? -1 : 1;
    rest.multiply_add(10, 0);
  }
  return rest.zero() ? 0 : -1;
}

// The bits of the nearest double without its sign; infinity's when that is beyond the largest.
std::uint64_t round(const Digits& digits, std::int64_t power) noexcept {
  const Approximation value = approximate(digits, power);
  // A double takes 53 of the 64 bits, and fewer where they would go below the smallest.
  const int exponent = std::max(value.exponent + 11, exponent_min);
  if (exponent > exponent_max) return infinity_bits;
  const auto shift = static_cast<unsigned>(exponent - value.exponent);
  if (shift > 65) return 0;  // less than half of the smallest
  std::uint64_t mantissa = 0;
  int side = 0;  // of the middle
  if (shift == 65) {
    side = compare(digits, power, 1, exponent - 1);  // could be on either side
  } else {
    const std::uint64_t half = std::uint64_t{1} << (shift - 1);
    mantissa = shift == 64 ? 0 : value.mantissa >> shift;
    const std::uint64_t low = value.mantissa & (half * 2 - 1);
    side = low < half ? -1 : 1;
    if ((low < half ? half - low : low - half) <= value.error)
      side = compare(digits, power, 2 * mantissa + 1, exponent - 1);
  }
  if (side > 0 || (side == 0 && mantissa % 2 != 0)) ++mantissa;
  // The hidden bit, if there is one, adds one to the exponent, and so does a carry into a bit more.
  return (static_cast<std::uint64_t>(exponent - exponent_min) << 52U) + mantissa;
}

}  // namespace

std::optional<double> nearest_double(const json::NumberText& number) noexcept {
  const Digits digits(number);
  std::uint64_t bits = 0;
  if (digits.size() > 0) {
    const std::int64_t power = digits.power() + exponent_of(number.exponent);
    if (power > power_max) return std::nullopt;
    if (power >= power_min) bits = round(digits, power);
    if (bits >= infinity_bits) return std::nullopt;
  }
  return std::bit_cast<double>(bits | std::uint64_t{number.negative} << 63U);
}

}  // namespace kedge::codec

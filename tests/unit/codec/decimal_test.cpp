#include "codec/decimal.hpp"

#include "support/cmocka.hpp"

#include <kedge/sim/rng.hpp>

#include <array>
#include <bit>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>

using namespace kedge;

// How often most kinds of text are drawn: some 200,000 numbers in all. KEDGE_DECIMALS=N draws N (tests/run.sh
// decimals).
static std::uint64_t rounds() {
  const char* wanted = std::getenv("KEDGE_DECIMALS");
  return wanted == nullptr ? 12'000 : std::strtoull(wanted, nullptr, 10);
}

static void expect_as_strtod(const std::string& text) {
  const auto parts = json::split_number(text);
  EXPECT(parts.ok(), text.c_str());
  const double expected = std::strtod(text.c_str(), nullptr);
  const std::optional<double> value = codec::nearest_double(*parts);
  if (!value) {
    EXPECT(std::isinf(expected), text.c_str());
  } else {
    EXPECT(std::bit_cast<std::uint64_t>(*value) == std::bit_cast<std::uint64_t>(expected), text.c_str());
  }
}

static std::size_t count(sim::Rng& rng, unsigned least, unsigned most) {
  return static_cast<std::size_t>(rng.between(least, most));
}

static std::string digits(sim::Rng& rng, std::size_t count) {
  std::string text(count, '0');
  for (char& digit : text) digit = static_cast<char>('0' + rng.between(0, 9));
  return text;
}

// As JSON wants it: one digit before the point. Digits that end in the power of ten `last`.
static std::string scientific(const std::string& all, std::int64_t last) {
  return all.substr(0, 1) + "." + all.substr(1) + "0e" +
         std::to_string(last + static_cast<std::int64_t>(all.size()) - 1);
}

// The digits of `value` * 2^exponent, as many as it takes: the last one is of 10^min(exponent, 0).
static std::string exact(std::uint64_t value, int exponent) {
  std::string all = std::to_string(value);
  const unsigned factor = exponent < 0 ? 5 : 2;
  for (int i = std::abs(exponent); i > 0; --i) {
    unsigned carry = 0;
    for (std::size_t at = all.size(); at-- > 0;) {
      carry += static_cast<unsigned>(all[at] - '0') * factor;
      all[at] = static_cast<char>('0' + carry % 10);
      carry /= 10;
    }
    if (carry != 0) all.insert(0, std::to_string(carry));
  }
  return all;
}

static void every_double_is_read_as_it_was_written(void**) {
  sim::Rng rng(1);
  std::array<char, 64> text;
  for (std::uint64_t i = 0; i < rounds(); ++i) {
    const auto value = std::bit_cast<double>(rng.next() & ~(std::uint64_t{1} << 62U) * (i % 2));
    if (!std::isfinite(value)) continue;
    for (const int precision : {0, 5, 14, 15, 16, 17, 30}) {
      std::snprintf(text.data(), text.size(), "%.*e", precision, value);
      expect_as_strtod(text.data());
    }
  }
}

static void subnormal_doubles_are_read_as_they_were_written(void**) {
  sim::Rng rng(2);
  std::array<char, 64> text;
  for (std::uint64_t i = 0; i < rounds(); ++i) {
    const auto value = std::bit_cast<double>(rng.next() >> rng.between(11, 63));
    for (const int precision : {0, 1, 14, 16, 17, 24}) {
      std::snprintf(text.data(), text.size(), "%.*e", precision, value);
      expect_as_strtod(text.data());
    }
  }
}

static void any_digits_with_any_exponent_give_the_nearest(void**) {
  sim::Rng rng(3);
  for (std::uint64_t i = 0; i < rounds(); ++i) {
    const std::string sign = rng.between(0, 1) == 0 ? "-" : "";
    const std::string fraction = digits(rng, count(rng, 1, 25));
    const std::string whole = std::to_string(rng.next() >> rng.between(0, 63));
    const auto exponent = static_cast<int>(rng.between(0, 720)) - 360;
    expect_as_strtod(sign + whole + "." + fraction + "e" + std::to_string(exponent));
    expect_as_strtod(sign + whole + "." + fraction);
    expect_as_strtod(sign + whole);
    expect_as_strtod("0." + std::string(count(rng, 0, 330), '0') + fraction);
    expect_as_strtod("1" + digits(rng, count(rng, 0, 330)) + "." + fraction);
  }
}

static void hundreds_of_digits_are_all_looked_at(void**) {
  sim::Rng rng(4);
  for (std::uint64_t i = 0; i < rounds() / 10; ++i) {
    const std::string all = "1" + digits(rng, count(rng, 300, 1200));
    expect_as_strtod(scientific(
        all, static_cast<std::int64_t>(rng.between(0, 660)) - 340 - static_cast<std::int64_t>(all.size())));
  }
}

// The hardest there are: what lies in the middle of two doubles, to its last digit, and the least bit beside
// it.
static void the_middle_of_two_doubles_goes_to_the_even_one_and_what_is_beside_it_to_its_side(void**) {
  sim::Rng rng(5);
  for (std::uint64_t i = 0; i < rounds() / 50; ++i) {
    // Half of them subnormal, or near: they take most digits.
    const std::uint64_t bits = i % 2 == 0 ? rng.next() >> 1U : rng.next() >> rng.between(8, 63);
    const auto biased = static_cast<int>(bits >> 52U);
    if (biased >= 0x7FF) continue;
    std::uint64_t mantissa = bits & ((std::uint64_t{1} << 52U) - 1);
    if (biased != 0) mantissa |= std::uint64_t{1} << 52U;
    const int exponent = std::max(biased, 1) - 1076;
    std::int64_t last = std::min(exponent, 0);
    std::string middle = exact(2 * mantissa + 1, exponent);
    for (; middle.back() == '0'; ++last) middle.pop_back();
    expect_as_strtod(scientific(middle, last));
    expect_as_strtod(scientific(middle + std::string(500, '0') + "1", last - 501));
    expect_as_strtod("-" + scientific(middle + std::string(500, '0'), last - 500));
    expect_as_strtod(scientific(middle.substr(0, 19), last + static_cast<std::int64_t>(middle.size()) - 19));
    --middle.back();
    expect_as_strtod(scientific(middle + std::string(500, '9'), last - 500));
  }
}

static void what_is_hard_for_others_is_right_here(void**) {
  for (const char* text : {
           "0",
           "-0",
           "0.0",
           "0e5",
           "0.000e-400",
           "1e23",
           "8.5e22",
           "9007199254740993",
           "9007199254740992.5",
           "9007199254740993.00000000000000000000000000000000000000001",
           "2.2250738585072011e-308",
           "2.2250738585072012e-308",
           "2.2250738585072014e-308",
           "4.9406564584124654e-324",
           "2.4703282292062327e-324",
           "2.4703282292062328e-324",
           "2.47032822920623272e-324",
           "1e-323",
           "1e-324",
           "1.2e-324",
           "9.9e-325",
           "1e-325",
           "1.7976931348623157e308",
           "1.7976931348623158e308",
           "1.7976931348623159e308",
           "1.797693134862315807e308",
           "1.797693134862315808e308",
           "1797693134862315.8079e293",
           "1e308",
           "1e309",
           "9.999e308",
           "0.00001e313",
           "100000000000000000000e289",
           "123456789012345678901234567890e-20",
           "6.631236846766476e-316",
           "3.2378839133029012895883524125015321748630094790818e-19",
           "1e1099511627777",
           "1e-1099511627777",
           "1e99999999999999999999",
           "1e-99999999999999999999",
       }) {
    expect_as_strtod(text);
  }
}

static void digits_may_be_more_than_an_exponent_can_take_back(void**) {
  expect_as_strtod("1" + std::string(5000, '0') + "e-5000");
  expect_as_strtod("0." + std::string(5000, '0') + "1e5001");
  expect_as_strtod("0." + std::string(5000, '0') + "17976931348623159e5309");
  expect_as_strtod("17976931348623157" + std::string(5000, '9') + "e-4708");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(every_double_is_read_as_it_was_written),
      cmocka_unit_test(subnormal_doubles_are_read_as_they_were_written),
      cmocka_unit_test(any_digits_with_any_exponent_give_the_nearest),
      cmocka_unit_test(hundreds_of_digits_are_all_looked_at),
      cmocka_unit_test(the_middle_of_two_doubles_goes_to_the_even_one_and_what_is_beside_it_to_its_side),
      cmocka_unit_test(what_is_hard_for_others_is_right_here),
      cmocka_unit_test(digits_may_be_more_than_an_exponent_can_take_back),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

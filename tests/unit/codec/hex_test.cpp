#include "codec/hex.hpp"

#include "support/cmocka.hpp"

#include <array>

using namespace kedge;
using namespace kedge::codec;

static void every_byte_makes_the_round_trip(void**) {
  std::array<std::byte, 256> all;
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::byte>(i);
  std::array<char, 512> text;
  const auto encoded = hex_encode(all, text);
  EXPECT(encoded.ok(), "room");
  EXPECT_TEXT(encoded->substr(0, 8), "00010203");
  EXPECT_TEXT(encoded->substr(504), "fcfdfeff");
  std::array<std::byte, 256> back;
  EXPECT(hex_decode(*encoded, back).ok() && back == all, "the same bytes");
}

static void either_case_is_read_and_nothing_else(void**) {
  std::array<std::byte, 2> out;
  EXPECT(hex_decode("aBCd", out).ok() && out[0] == std::byte{0xAB}, "both cases");
  EXPECT_TEXT(hex_decode("abc", out).error().message(), "hex: an odd number of digits");
  EXPECT_TEXT(hex_decode("ag", out).error().message(), "hex: not a digit at byte 1");
  EXPECT_TEXT(hex_decode(" a", out).error().message(), "hex: not a digit at byte 0");
}

static void no_room_is_too_large(void**) {
  std::array<std::byte, 2> bytes{};
  std::array<char, 3> text;
  EXPECT(hex_encode(bytes, text).error().kind() == ErrorKind::too_large, "no room for four digits");
  EXPECT(hex_decode("aabbcc", bytes).error().kind() == ErrorKind::too_large, "no room for three bytes");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(every_byte_makes_the_round_trip),
      cmocka_unit_test(either_case_is_read_and_nothing_else),
      cmocka_unit_test(no_room_is_too_large),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

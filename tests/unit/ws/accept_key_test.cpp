#include "ws/accept_key.hpp"

#include "support/cmocka.hpp"

using namespace kedge::ws;

static void the_accept_value_is_that_of_rfc_6455_1_3(void**) {
  std::array<char, accept_characters> accept{};
  EXPECT(make_accept("dGhlIHNhbXBsZSBub25jZQ==", accept), "SHA-1 to work");
  EXPECT_TEXT(std::string_view(accept.data(), accept.size()), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

static void a_key_is_16_bytes_in_base64(void**) {
  std::array<std::byte, key_bytes> random{};
  for (std::size_t i = 0; i < random.size(); ++i) random[i] = static_cast<std::byte>(i + 1);
  const auto key = make_key(random);
  EXPECT_TEXT(std::string_view(key.data(), key.size()), "AQIDBAUGBwgJCgsMDQ4PEA==");  // RFC 6455 section 4.1
  EXPECT(key_valid("AQIDBAUGBwgJCgsMDQ4PEA=="), "its own key");
  for (const char* bad :
       {"", "AQIDBAUGBwgJCgsMDQ4PEA", "AQIDBAUGBwgJCgsMDQ4PEAA=", "AQIDBAUGBwgJCgsMDQ4PEAAA",
        "AQIDBAUGBwgJCgsMDQ4PE===", "AQIDBAUGBwgJCgsMDQ4P A==", "AQIDBAUGBwgJCgsMDQ4PEA==A"}) {
    EXPECT(!key_valid(bad), bad);
  }
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_accept_value_is_that_of_rfc_6455_1_3),
      cmocka_unit_test(a_key_is_16_bytes_in_base64),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

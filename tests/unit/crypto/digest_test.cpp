#include "crypto/digest.hpp"

#include "support/cmocka.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

using namespace kedge;

namespace {

// The examples that NIST publishes for FIPS 180 (SHA1.pdf, SHA256.pdf, SHA2_Additional.pdf); SHA-1 of zeros
// is hashlib's.
struct Example {
  const char* what;
  std::string message;
  std::string_view sha1;
  std::string_view sha256;
};

std::string zeros(std::size_t count) {
  return std::string(count, '\0');
}

const Example examples[] = {
    {"nothing", "", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
     "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"one block", "abc", "a9993e364706816aba3e25717850c26c9cd0d89d",
     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"two blocks, for the length", "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "84983e441c3bd26ebaae4aa1f95129e5e54670f1",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {"a million a", std::string(1000000, 'a'), "34aa973cd4c4daa4f61eeb2bdbad27316534016f",
     "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
    {"one byte short of where the length fits", zeros(55), "8e8832c642a6a38c74c17fc92ccedc266c108e6c",
     "02779466cdec163811d078815c633f21901413081449002f24aa3e80f0b88ef7"},
    {"where the length fits no more", zeros(56), "9438e360f578e12c0e0e8ed28e2c125c1cefee16",
     "d4817aa5497628e7c77e6b606107042bbba3130888c5f47a375e6179be789fbb"},
    {"a block of zeros", zeros(64), "c8d7d0ef0eedfa82d2ea1aa592845b9a6d4b02b7",
     "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b"},
};

template <std::size_t size>
std::string text_of(const std::array<std::byte, size>& digest) {
  std::string text;
  for (const std::byte byte : digest) {
    text += "0123456789abcdef"[std::to_integer<unsigned>(byte) >> 4];
    text += "0123456789abcdef"[std::to_integer<unsigned>(byte) & 15];
  }
  return text;
}

}  // namespace

static void digests_are_those_that_the_standard_publishes(void**) {
  for (const Example& example : examples) {
    const auto message = std::as_bytes(std::span(example.message));
    std::array<std::byte, 20> sha1{};
    std::array<std::byte, 32> sha256{};
    EXPECT(crypto::sha256(message, sha256), example.what);
    EXPECT_TEXT(text_of(sha256), example.sha256);
    EXPECT(crypto::sha1(message, sha1), example.what);
    EXPECT_TEXT(text_of(sha1), example.sha1);
  }
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(digests_are_those_that_the_standard_publishes),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

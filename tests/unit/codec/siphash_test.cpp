#include "codec/siphash.hpp"

#include "support/cmocka.hpp"

using namespace kedge::codec;

static Hash128 hash_of_counting_bytes(std::size_t size) {
  HashKey key;
  std::array<std::byte, 64> input;
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::byte>(i);
  for (std::size_t i = 0; i < input.size(); ++i) input[i] = static_cast<std::byte>(i);
  SipHash hash(key);
  hash.update(std::span(input).first(size));
  return hash.finish();
}

static void the_authors_vectors_hold(void**) {
  // vectors_sip128 of the reference implementation, read as two little-endian words.
  EXPECT((hash_of_counting_bytes(0) == Hash128{0xE6A825BA047F81A3U, 0x930255C71472F66DU}), "vector 0");
  EXPECT((hash_of_counting_bytes(1) == Hash128{0x44AF996BD8C187DAU, 0x45FC229B11597634U}), "vector 1");
}

static void a_word_is_its_bytes_least_first(void**) {
  HashKey key{};
  SipHash words(key);
  SipHash bytes(key);
  words.update(std::uint64_t{0x0807060504030201U});
  for (int i = 1; i <= 8; ++i) {
    const std::byte one{static_cast<unsigned char>(i)};
    bytes.update(std::span(&one, 1));
  }
  EXPECT(words.finish() == bytes.finish(), "the same hash");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_authors_vectors_hold),
      cmocka_unit_test(a_word_is_its_bytes_least_first),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

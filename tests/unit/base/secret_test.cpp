#include <kedge/secret.hpp>

#include "support/cmocka.hpp"

#include <array>
#include <new>
#include <type_traits>

using namespace kedge;

using Whole = SecretOf<1024>;

static_assert(!std::is_copy_constructible_v<Whole> && !std::is_copy_assignable_v<Whole>);
static_assert(!std::is_convertible_v<Whole, std::string_view>);

/// Whether the text is anywhere in an object's bytes.
static bool holds(const unsigned char* memory, std::string_view text) {
  return std::string_view(reinterpret_cast<const char*>(memory), sizeof(Whole)).find(text) !=
         std::string_view::npos;
}

static void a_new_secret_is_empty(void**) {
  Whole secret;
  EXPECT(secret.empty() && secret.size() == 0, "no bytes");
  EXPECT_TEXT(secret.reveal(), "");
}

static void a_secret_is_revealed_byte_for_byte(void**) {
  Whole secret;
  const std::string value("to\0ken", 6);
  EXPECT(secret.assign(value).ok() && !secret.empty() && secret.size() == 6, "it to fit");
  EXPECT_TEXT(secret.reveal(), value);
  EXPECT(secret.assign("").ok() && secret.empty(), "an empty one to be allowed");
}

static void a_secret_of_the_largest_size_fits_and_one_more_does_not(void**) {
  Whole secret;
  EXPECT(secret.assign(std::string(secret.capacity(), 'x')).ok(), "the limit itself");
  const Result<void> refused = secret.assign(std::string(secret.capacity() + 1, 'y'));
  EXPECT(refused.error().kind() == ErrorKind::too_large, "too_large");
  EXPECT_TEXT(refused.error().message(), "the secret is longer than 1024 bytes");
  EXPECT(secret.empty(), "the old value to be gone");
}

static void an_error_names_the_limit_that_gave_the_memory(void**) {
  std::array<char, 3> memory{};
  Secret secret(memory, "Limits::of_tokens");
  EXPECT(secret.assign("abc").ok() && secret.capacity() == 3, "what fits");
  EXPECT_TEXT(secret.assign("abcd").error().message(),
              "the secret is longer than 3 bytes (Limits::of_tokens)");
  EXPECT(memory == (std::array<char, 3>{}), "wiped where it lay");
}

static void no_byte_of_it_stays_in_memory(void**) {
  alignas(Whole) unsigned char memory[sizeof(Whole)]{};
  auto* secret = new (memory) Whole;
  EXPECT(secret->assign("correct horse").ok() && holds(memory, "correct"), "it to be in memory");
  EXPECT(secret->assign("x").ok() && !holds(memory, "horse"), "assignment to wipe all of the old one");
  EXPECT(secret->assign("battery staple").ok(), "another");
  secret->clear();
  EXPECT(secret->empty() && !holds(memory, "battery"), "clear() to wipe it");
  EXPECT(secret->assign("one more").ok() && holds(memory, "one more"), "another");
  secret->~Whole();
  EXPECT(!holds(memory, "one more"), "the destructor to wipe it");
}

static void a_part_of_itself_may_be_assigned(void**) {
  alignas(Whole) unsigned char memory[sizeof(Whole)]{};
  auto* secret = new (memory) Whole;
  EXPECT(secret->assign("Bearer token, newline\n").ok(), "a secret");
  EXPECT(secret->assign(secret->reveal().substr(7, 5)).ok(), "a part of it");
  EXPECT_TEXT(secret->reveal(), "token");
  EXPECT(!holds(memory, "newline") && !holds(memory, "Bearer"), "the rest to be wiped");
  secret->~Whole();
}

static void wiping_touches_only_what_was_given(void**) {
  std::array<std::byte, 4> memory{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};
  wipe(std::span(memory).subspan(1, 2));
  const std::array<std::byte, 4> expected{std::byte{1}, std::byte{0}, std::byte{0}, std::byte{4}};
  EXPECT(memory == expected, "the two in the middle");
  wipe({});
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_new_secret_is_empty),
      cmocka_unit_test(a_secret_is_revealed_byte_for_byte),
      cmocka_unit_test(a_secret_of_the_largest_size_fits_and_one_more_does_not),
      cmocka_unit_test(an_error_names_the_limit_that_gave_the_memory),
      cmocka_unit_test(no_byte_of_it_stays_in_memory),
      cmocka_unit_test(a_part_of_itself_may_be_assigned),
      cmocka_unit_test(wiping_touches_only_what_was_given),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

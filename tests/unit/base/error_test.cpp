#include <kedge/error.hpp>

#include "support/cmocka.hpp"

#include <limits>

using namespace kedge;

static void default_error_is_no_error(void**) {
  const Error error;
  EXPECT(!error, "a default error to be none");
  EXPECT_TEXT(error.message(), "");
}

static void message_is_cut_at_its_limit_and_never_inside_a_character(void**) {
  std::string text(Error::message_max - 1, 'a');
  text += "\u00e4";  // two bytes, of which only one would fit
  const Error error(ErrorKind::remote, text);
  EXPECT_TEXT(error.message(), std::string(Error::message_max - 1, 'a'));
}

static void a_message_that_was_cut_takes_no_more(void**) {
  std::string text(Error::message_max - 1, 'a');
  Error error(ErrorKind::remote, text + "\u00e4");
  error.append("b").append(std::int64_t{7});
  EXPECT_TEXT(error.message(), text);

  Error full(ErrorKind::remote, text + "a");
  full.append("").append("b");
  EXPECT_TEXT(full.message(), text + "a");
  static_assert(sizeof(Error) == 136, "as the class says");
}

static void numbers_are_appended_in_decimal(void**) {
  Error error(ErrorKind::timeout, "after ");
  error.append(std::int64_t{0}).append(" ").append(std::numeric_limits<std::int64_t>::min());
  EXPECT_TEXT(error.message(), "after 0 -9223372036854775808");
}

static void retry_after_is_clamped_to_what_fits(void**) {
  Error error(ErrorKind::connection, "busy");
  EXPECT(error.with_retry_after(std::chrono::seconds{-5}).retry_after().count() == 0,
         "a negative wait to count as none");
  EXPECT(error.with_retry_after(std::chrono::seconds::max()).retry_after().count() == 0xFFFFFFFF,
         "a clamp, not a wrap");
}

static void what_may_have_run_is_a_flag_and_costs_no_byte(void**) {
  EXPECT(!Error(ErrorKind::connection, "lost").may_have_run(), "false unless somebody says so");
  EXPECT(Error(ErrorKind::connection, "lost").with_may_have_run().may_have_run(), "true when it was said");
  static_assert(sizeof(Error) == 136, "as the class says");
}

static void every_kind_and_layer_has_a_name(void**) {
  for (int kind = 0; kind <= static_cast<int>(ErrorKind::closed); ++kind) {
    EXPECT(to_string(static_cast<ErrorKind>(kind)) != "unknown", "a name for each kind");
  }
  for (int layer = 0; layer <= static_cast<int>(Layer::proxy); ++layer) {
    EXPECT(to_string(static_cast<Layer>(layer)) != "unknown", "a name for each layer");
  }
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(default_error_is_no_error),
      cmocka_unit_test(message_is_cut_at_its_limit_and_never_inside_a_character),
      cmocka_unit_test(a_message_that_was_cut_takes_no_more),
      cmocka_unit_test(numbers_are_appended_in_decimal),
      cmocka_unit_test(retry_after_is_clamped_to_what_fits),
      cmocka_unit_test(what_may_have_run_is_a_flag_and_costs_no_byte),
      cmocka_unit_test(every_kind_and_layer_has_a_name),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

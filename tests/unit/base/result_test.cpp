#include <kedge/result.hpp>

#include "support/cmocka.hpp"

#include <memory>

using namespace kedge;

static void a_value_is_given_back(void**) {
  Result<int> result(42);
  EXPECT(result.ok() && result, "success");
  EXPECT(result.value() == 42 && *result == 42, "the value");
  *result = 43;
  const Result<int>& constant = result;
  EXPECT(*constant == 43 && constant.value() == 43, "the value changed in place");
  EXPECT(!result.error(), "no error");
}

static void an_error_is_given_back(void**) {
  const Result<int> result(Error(ErrorKind::timeout, "late"));
  EXPECT(!result.ok() && !result, "failure");
  EXPECT(result.error().kind() == ErrorKind::timeout, "the error's kind");
  EXPECT_TEXT(result.error().message(), "late");
}

static void members_of_the_value_are_reached_by_arrow(void**) {
  Result<std::string> result(std::string("four"));
  const Result<std::string>& constant = result;
  EXPECT(result->size() == 4 && constant->size() == 4, "the size");
}

static void copying_and_moving_keep_what_it_is(void**) {
  const Result<int> value(1);
  const Result<int> copy(value);
  EXPECT(copy && *copy == 1, "a value's copy");
  const Result<int> error(Error(ErrorKind::closed, "gone"));
  const Result<int> error_copy(error);
  EXPECT_TEXT(error_copy.error().message(), "gone");
  Result<std::unique_ptr<int>> unique(std::make_unique<int>(9));
  const Result<std::unique_ptr<int>> moved(std::move(unique));
  EXPECT(moved && **moved == 9, "a value that only moves");
  Result<std::unique_ptr<int>> failed(Error(ErrorKind::denied, "no"));
  const Result<std::unique_ptr<int>> failed_moved(std::move(failed));
  EXPECT(failed_moved.error().kind() == ErrorKind::denied, "an error moved");
}

static void the_value_is_destroyed_once(void**) {
  auto witness = std::make_shared<int>();
  {
    Result<std::shared_ptr<int>> result(witness);
    Result<std::shared_ptr<int>> moved(std::move(result));
    EXPECT(witness.use_count() == 2, "one copy inside");
  }
  EXPECT(witness.use_count() == 1, "none left");
}

static void nothing_is_success_or_an_error(void**) {
  const Result<void> success;
  EXPECT(success.ok() && success && !success.error(), "success");
  const Result<void> failure(Error(ErrorKind::config, "wrong"));
  EXPECT(!failure.ok() && !failure && failure.error().kind() == ErrorKind::config, "failure");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_value_is_given_back),
      cmocka_unit_test(an_error_is_given_back),
      cmocka_unit_test(members_of_the_value_are_reached_by_arrow),
      cmocka_unit_test(copying_and_moving_keep_what_it_is),
      cmocka_unit_test(the_value_is_destroyed_once),
      cmocka_unit_test(nothing_is_success_or_an_error),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

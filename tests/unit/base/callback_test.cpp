#include <kedge/callback.hpp>

#include "support/cmocka.hpp"

#include <array>
#include <memory>

using namespace kedge;

static void an_empty_callback_says_so(void**) {
  Callback<int(int)> callback;
  EXPECT(!callback, "an empty callback");
  callback = nullptr;
  EXPECT(!callback, "an empty callback");
  callback.reset();
  Callback<int(int)> other(std::move(callback));
  EXPECT(!other, "an empty callback from an empty one");
}

static void arguments_and_results_pass_through(void**) {
  Callback<int(int, int&)> callback = [](int a, int& b) noexcept {
    b = a;
    return a + 1;
  };
  int seen = 0;
  EXPECT(callback && callback(41, seen) == 42 && seen == 41, "the value and the reference");
}

static int one_more(int number) noexcept {
  return number + 1;
}

static void a_function_is_taken_by_its_name(void**) {
  Callback<int(int)> callback = one_more;
  EXPECT(callback && callback(41) == 42, "the function to be called");
  callback = &one_more;
  EXPECT(callback(1) == 2, "by its address too");
}

static void arguments_that_only_move_pass_through(void**) {
  Callback<int(std::unique_ptr<int>)> callback = [](std::unique_ptr<int> value) noexcept { return *value; };
  EXPECT(callback(std::make_unique<int>(5)) == 5, "the value");
}

static void a_capture_of_the_largest_size_is_kept_in_place(void**) {
  std::array<void*, 6> capture{};
  capture[5] = &capture;
  Callback<void*()> callback = [capture]() noexcept { return capture[5]; };
  static_assert(sizeof capture == callback_capture_bytes);
  EXPECT(callback() == &capture, "the last pointer");
}

static void state_in_the_callable_stays_between_calls(void**) {
  Callback<int()> callback = [count = 0]() mutable noexcept { return ++count; };
  EXPECT(callback() == 1 && callback() == 2, "a count");
  Callback<int()> moved = std::move(callback);
  EXPECT(moved() == 3, "the count to move too");
}

static void moving_leaves_the_source_empty(void**) {
  Callback<int()> source = []() noexcept { return 7; };
  Callback<int()> target = std::move(source);
  EXPECT(target && target() == 7, "the target to have it");
  EXPECT(!source, "the source to be empty");  // NOLINT(bugprone-use-after-move): what is tested
}

static void the_capture_is_destroyed_exactly_once(void**) {
  auto witness = std::make_shared<int>(0);
  {
    Callback<void()> first = [witness]() noexcept {};
    EXPECT(witness.use_count() == 2, "one copy in the callback");
    Callback<void()> second = std::move(first);
    EXPECT(witness.use_count() == 2, "no copy by moving");
    Callback<void()> third = [witness]() noexcept {};
    third = std::move(second);
    EXPECT(witness.use_count() == 2, "the old capture to be destroyed by assignment");
    Callback<void()>& same = third;
    third = std::move(same);
    EXPECT(third && witness.use_count() == 2, "assignment to itself to do nothing");
    third.reset();
    EXPECT(!third && witness.use_count() == 1, "reset to destroy it");
    Callback<void()> fourth = [witness]() noexcept {};
    EXPECT(witness.use_count() == 2, "one copy again");
  }
  EXPECT(witness.use_count() == 1, "the destructor to destroy it");
}

static void a_callback_may_be_replaced_while_it_is_destroyed(void**) {
  struct Owner {
    Callback<void()> callback;
    int destroyed = 0;
  };
  struct Witness {
    explicit Witness(Owner& o) noexcept : owner(&o) {}
    Witness(Witness&& other) noexcept : owner(std::exchange(other.owner, nullptr)) {}
    ~Witness() {
      if (owner == nullptr) return;
      ++owner->destroyed;
      owner->callback.reset();  // as a capture that owns its owner's last word might
    }
    void operator()() const noexcept {}
    Owner* owner;
  };
  Owner owner;
  owner.callback = Witness(owner);
  owner.callback.reset();
  EXPECT(owner.destroyed == 1, "one destruction");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(an_empty_callback_says_so),
      cmocka_unit_test(arguments_and_results_pass_through),
      cmocka_unit_test(a_function_is_taken_by_its_name),
      cmocka_unit_test(arguments_that_only_move_pass_through),
      cmocka_unit_test(a_capture_of_the_largest_size_is_kept_in_place),
      cmocka_unit_test(state_in_the_callable_stays_between_calls),
      cmocka_unit_test(moving_leaves_the_source_empty),
      cmocka_unit_test(the_capture_is_destroyed_exactly_once),
      cmocka_unit_test(a_callback_may_be_replaced_while_it_is_destroyed),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

#include "link/backoff.hpp"

#include "support/cmocka.hpp"

#include <array>
#include <random>

using namespace kedge;
using namespace std::chrono_literals;

static constexpr std::uint64_t lowest = 0;
static constexpr std::uint64_t highest = 0xFFFFFFFFFFFFFFFFU;
static constexpr std::array all_jitters{Jitter::none, Jitter::equal, Jitter::additive, Jitter::full,
                                        Jitter::decorrelated};

static void expect_bounds(const Backoff& backoff, Duration shortest, Duration longest) {
  EXPECT(backoff.bounds().shortest == shortest, "the shortest delay of the formula");
  EXPECT(backoff.bounds().longest == longest, "the longest delay of the formula");
}

/// The first delays of a formula, drawn at both ends, and their bounds.
static void expect_delays(Jitter jitter, std::initializer_list<std::pair<Duration, Duration>> delays) {
  Backoff low({1s, 16s, jitter});
  Backoff high({1s, 16s, jitter});
  for (const auto& [shortest, longest] : delays) {
    if (jitter != Jitter::decorrelated) expect_bounds(low, shortest, longest);
    EXPECT(low.next(lowest) == shortest, "the shortest delay for the lowest draw");
    EXPECT(high.next(highest) == longest, "the longest delay for the highest draw");
  }
}

static void none_doubles_up_to_the_cap(void**) {
  expect_delays(Jitter::none, {{1s, 1s}, {2s, 2s}, {4s, 4s}, {8s, 8s}, {16s, 16s}, {16s, 16s}});
}

static void equal_spreads_over_the_upper_half(void**) {
  expect_delays(Jitter::equal, {{500ms, 1s}, {1s, 2s}, {2s, 4s}, {4s, 8s}, {8s, 16s}, {8s, 16s}});
}

static void additive_adds_up_to_a_second_and_keeps_the_cap(void**) {
  expect_delays(Jitter::additive, {{1s, 2s}, {2s, 3s}, {4s, 5s}, {8s, 9s}, {15s, 16s}, {15s, 16s}});
}

static void full_spreads_from_zero(void**) {
  expect_delays(Jitter::full, {{0s, 1s}, {0s, 2s}, {0s, 4s}, {0s, 8s}, {0s, 16s}, {0s, 16s}});
}

static void decorrelated_draws_from_the_delay_before(void**) {
  expect_delays(Jitter::decorrelated, {{1s, 3s}, {1s, 9s}, {1s, 16s}, {1s, 16s}});
  Backoff backoff({1s, 16s, Jitter::decorrelated});
  expect_bounds(backoff, 1s, 3s);
  EXPECT(backoff.next(highest / 2) < 2001ms, "the middle");
  EXPECT(backoff.bounds().longest > 5999ms && backoff.bounds().longest <= 6s, "three times the delay before");
}

static void risen_to_the_cap_every_delay_is_of_the_longest_until_reset(void**) {
  for (const Jitter jitter : all_jitters) {
    Backoff many({1s, 16s, jitter});
    for (int i = 0; i < 8; ++i) (void)many.next(highest);
    Backoff risen({1s, 16s, jitter});
    risen.rise_to_cap();
    for (int i = 0; i < 3; ++i) {
      expect_bounds(risen, many.bounds().shortest, many.bounds().longest);
      (void)risen.next(highest);
    }
    risen.reset();
    expect_bounds(risen, Backoff({1s, 16s, jitter}).bounds().shortest,
                  Backoff({1s, 16s, jitter}).bounds().longest);
  }
}

static void reset_begins_again_with_the_first_delay(void**) {
  for (const Jitter jitter : all_jitters) {
    Backoff backoff({1s, 16s, jitter});
    const Backoff::Bounds first = backoff.bounds();
    for (int i = 0; i < 5; ++i) EXPECT(backoff.next(highest) > 0s, "a delay");
    backoff.reset();
    expect_bounds(backoff, first.shortest, first.longest);
  }
}

static void the_peers_hint_is_a_floor_even_above_the_cap(void**) {
  for (const Jitter jitter : all_jitters) {
    Backoff backoff({1s, 16s, jitter});
    EXPECT(backoff.next(highest, 120s) == 120s, "the hint");
    EXPECT(backoff.bounds().longest <= 16s, "the hint not to lengthen later delays");
    EXPECT(backoff.next(highest, 1ms) > 1ms, "a short hint not to shorten the delay");
    EXPECT(backoff.next(lowest, -5s) >= 0s, "a negative hint to count as none");
  }
}

static void every_delay_lies_within_the_bounds_stated(void**) {
  for (const Jitter jitter : all_jitters) {
    std::mt19937_64 random(20240);
    Backoff backoff({250ms, 30s, jitter});
    for (int i = 0; i < 2000; ++i) {
      const Backoff::Bounds bounds = backoff.bounds();
      const Duration delay = backoff.next(random());
      EXPECT(bounds.shortest <= delay && delay <= bounds.longest, "the delay within its bounds");
      EXPECT(bounds.longest <= 30s, "the bounds within the cap");
      if (i % 20 == 19) backoff.reset();
    }
  }
}

/// A fleet that has reached the cap must not come back in step.
static void jitter_stays_at_the_cap(void**) {
  constexpr int draws = 20000;
  const std::array<std::pair<Jitter, std::pair<Duration, Duration>>, 3> spreads{
      {{Jitter::equal, {8s, 16s}}, {Jitter::additive, {15s, 16s}}, {Jitter::full, {0s, 16s}}}};
  for (const auto& [jitter, spread] : spreads) {
    std::mt19937_64 random(7);
    Backoff backoff({1s, 16s, jitter});
    for (int i = 0; i < 10; ++i) EXPECT(backoff.next(random()) <= 16s, "the cap");
    std::array<int, 8> counts{};
    for (int i = 0; i < draws; ++i) {
      const auto place = (backoff.next(random()) - spread.first) * 8 / (spread.second - spread.first);
      ++counts[static_cast<std::size_t>(std::min<std::int64_t>(place, 7))];
    }
    for (const int count : counts) {
      EXPECT(count > draws / 8 * 9 / 10 && count < draws / 8 * 11 / 10, "each eighth about as often");
    }
  }
  std::mt19937_64 random(7);
  Backoff backoff({1s, 16s, Jitter::decorrelated});
  int below = 0;
  for (int i = 0; i < draws; ++i) below += backoff.next(random()) < 16s ? 1 : 0;
  EXPECT(below > draws / 4, "decorrelated delays to stay apart too");
}

static void both_ends_of_a_small_range_are_reached_evenly(void**) {
  std::mt19937_64 random(3);
  std::array<int, 4> counts{};
  for (int i = 0; i < 8000; ++i) {
    Backoff backoff({3us, 3us, Jitter::full});
    ++counts[static_cast<std::size_t>(backoff.next(random()).count())];
  }
  for (const int count : counts) EXPECT(count > 1800 && count < 2200, "0, 1, 2 and 3 about as often");
}

static void extremes_never_overflow(void**) {
  const std::array<Duration, 6> lengths{Duration::min(), -1s, 0s, 1us, 1s, Duration::max()};
  for (const Jitter jitter : all_jitters) {
    for (const Duration base : lengths) {
      for (const Duration cap : lengths) {
        Backoff backoff({base, cap, jitter});
        for (int i = 0; i < 200; ++i) {
          const Backoff::Bounds bounds = backoff.bounds();
          const Duration delay = backoff.next(i % 2 == 0 ? highest : lowest);
          EXPECT(delay >= 0s && delay <= std::max(cap, Duration(0s)), "a delay from zero to the cap");
          EXPECT(bounds.shortest <= delay && delay <= bounds.longest, "the delay within its bounds");
        }
      }
    }
  }
}

static void a_base_above_the_cap_is_the_cap(void**) {
  Backoff backoff({60s, 10s, Jitter::none});
  EXPECT(backoff.next(0) == 10s, "the cap");
  Backoff decorrelated({60s, 10s, Jitter::decorrelated});
  expect_bounds(decorrelated, 10s, 10s);
}

static void a_base_of_zero_waits_only_as_long_as_its_jitter(void**) {
  for (const Jitter jitter : {Jitter::none, Jitter::equal, Jitter::full, Jitter::decorrelated}) {
    Backoff backoff({0s, 10s, jitter});
    for (int i = 0; i < 100; ++i) EXPECT(backoff.next(highest) == 0s, "no delay");
  }
  Backoff backoff({0s, 10s, Jitter::additive});
  expect_bounds(backoff, 0s, 1s);
}

static void a_cap_below_a_second_bounds_additive_too(void**) {
  Backoff backoff({1s, 300ms, Jitter::additive});
  expect_bounds(backoff, 0s, 300ms);
}

static void a_number_that_is_no_jitter_spreads_nothing(void**) {
  Backoff backoff({1s, 10s, static_cast<Jitter>(99)});
  expect_bounds(backoff, 1s, 1s);
  EXPECT(backoff.next(highest) == 1s && backoff.next(lowest) == 2s, "the plain delays");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(none_doubles_up_to_the_cap),
      cmocka_unit_test(equal_spreads_over_the_upper_half),
      cmocka_unit_test(additive_adds_up_to_a_second_and_keeps_the_cap),
      cmocka_unit_test(full_spreads_from_zero),
      cmocka_unit_test(decorrelated_draws_from_the_delay_before),
      cmocka_unit_test(risen_to_the_cap_every_delay_is_of_the_longest_until_reset),
      cmocka_unit_test(reset_begins_again_with_the_first_delay),
      cmocka_unit_test(the_peers_hint_is_a_floor_even_above_the_cap),
      cmocka_unit_test(every_delay_lies_within_the_bounds_stated),
      cmocka_unit_test(jitter_stays_at_the_cap),
      cmocka_unit_test(both_ends_of_a_small_range_are_reached_evenly),
      cmocka_unit_test(extremes_never_overflow),
      cmocka_unit_test(a_base_above_the_cap_is_the_cap),
      cmocka_unit_test(a_base_of_zero_waits_only_as_long_as_its_jitter),
      cmocka_unit_test(a_cap_below_a_second_bounds_additive_too),
      cmocka_unit_test(a_number_that_is_no_jitter_spreads_nothing),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

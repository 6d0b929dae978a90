#include "link/addresses.hpp"

#include <kedge/port_sim.hpp>

#include "support/cmocka.hpp"

#include <algorithm>
#include <set>
#include <vector>

using namespace kedge;
using namespace std::chrono_literals;

namespace {

Address four(std::uint8_t last) {
  return sim::ipv4(10, 0, 0, last, 443);
}
Address six(std::uint16_t last) {
  return sim::ipv6(last, 443);
}

/// One attempt in which everything is tried, as letters: 4 or 6, and the last byte.
struct Attempts {
  explicit Attempts(std::size_t room) : storage(room), addresses(storage) {}
  std::string operator()(const std::vector<Address>& found) {
    addresses.reset();
    EXPECT(!addresses.has_next(), "nothing to try before the answer");
    left_out = addresses.begin(found);
    std::string order;
    tried.clear();
    while (addresses.has_next()) {
      tried.push_back(addresses.next());
      const Address& address = tried.back();
      const bool is_four = address.family == Address::Family::ipv4;
      order += (order.empty() ? "" : " ") + std::string(is_four ? "4." : "6.") +
               std::to_string(is_four ? address.bytes[3] : address.bytes[15]);
    }
    return order;
  }
  std::vector<Address> storage;
  Addresses addresses;
  std::vector<Address> tried;
  std::size_t left_out = 0;
};

void families_alternate_beginning_with_the_resolvers_choice(void**) {
  EXPECT_TEXT(Attempts(8)({six(1), six(2), six(3), four(1), four(2)}), "6.1 4.1 6.2 4.2 6.3");
  EXPECT_TEXT(Attempts(8)({four(1), six(1), six(2), six(3)}), "4.1 6.1 6.2 6.3");
  EXPECT_TEXT(Attempts(8)({four(1), four(2), four(3)}), "4.1 4.2 4.3");
  EXPECT_TEXT(Attempts(8)({six(7)}), "6.7");
}

void they_alternate_before_the_list_is_cut(void**) {
  Attempts attempts(4);
  EXPECT_TEXT(attempts({six(1), six(2), six(3), six(4), six(5), six(6), four(1)}), "6.1 4.1 6.2 6.3");
  EXPECT(attempts.left_out == 3, "how many are left out");
}

void of_nine_the_ninth_is_reached_in_the_second_attempt_also_when_they_are_shuffled(void**) {
  std::vector<Address> nine;
  for (std::uint8_t i = 1; i <= 9; ++i) nine.push_back(four(i));
  std::vector<Address> order = nine;
  for (std::size_t turn = 0; turn < nine.size(); ++turn) {
    Attempts attempts(8);
    (void)attempts(nine);
    EXPECT(attempts.left_out == 1 && attempts.tried.size() == 8, "eight of nine");
    std::rotate(order.begin(), order.begin() + 1, order.end());
    (void)attempts(order);
    EXPECT(attempts.tried.front() == four(9), "the ninth, before those that were tried already");
    EXPECT(attempts.tried.size() == 8, "and as many as fit behind it");
  }
}

void every_address_has_its_turn_in_a_row_of_failures(void**) {
  for (const std::size_t room : {1U, 2U, 3U, 8U, 255U}) {
    for (const std::size_t count : {1U, 2U, 9U, 20U, 64U, 300U}) {
      std::vector<Address> found;
      for (std::size_t i = 0; i < count; ++i) {
        found.push_back(
            i % 3 == 0 ? six(static_cast<std::uint16_t>(i + 1))
                       : sim::ipv4(10, 0, static_cast<std::uint8_t>(i / 256), static_cast<std::uint8_t>(i)));
      }
      Attempts attempts(room);
      std::vector<Address> tried;
      for (std::size_t attempt = 0; attempt * room < count; ++attempt) {
        (void)attempts(found);
        EXPECT(attempts.tried.size() == std::min(room, count), "as many as fit");
        tried.insert(tried.end(), attempts.tried.begin(), attempts.tried.end());
      }
      for (const Address& address : found) {
        EXPECT(std::find(tried.begin(), tried.end(), address) != tried.end(), "each was tried");
      }
    }
  }
}

void the_address_that_worked_last_is_tried_first(void**) {
  Attempts attempts(8);
  const std::vector<Address> found{six(1), six(2), four(1), four(2)};
  attempts.addresses.reset();
  (void)attempts.addresses.begin(found);
  EXPECT(attempts.addresses.next() == six(1) && attempts.addresses.next() == four(1), "two tried");
  attempts.addresses.worked();
  EXPECT_TEXT(attempts(found), "4.1 6.1 6.2 4.2");
  EXPECT_TEXT(attempts(found), "4.1 6.1 6.2 4.2");
  EXPECT_TEXT(attempts({six(1), six(2)}), "6.1 6.2");
  EXPECT_TEXT(attempts(found), "4.1 6.1 6.2 4.2");
}

void the_address_that_worked_last_is_first_also_in_a_window_that_moves(void**) {
  Attempts attempts(3);
  const std::vector<Address> found{four(1), four(2), four(3), four(4), four(5), four(6)};
  attempts.addresses.reset();
  (void)attempts.addresses.begin(found);
  (void)attempts.addresses.next();
  (void)attempts.addresses.next();
  attempts.addresses.worked();
  EXPECT_TEXT(attempts(found), "4.2 4.3 4.4");
  EXPECT_TEXT(attempts(found), "4.2 4.5 4.6");
  EXPECT_TEXT(attempts(found), "4.2 4.1 4.3");
  EXPECT(attempts.left_out == 3, "how many are left out");
}

void where_one_fits_alone_one_that_worked_once_does_not_stay_for_ever(void**) {
  Attempts attempts(1);
  const std::vector<Address> found{four(1), four(2), four(3)};
  EXPECT_TEXT(attempts(found), "4.1");
  attempts.addresses.worked();
  EXPECT_TEXT(attempts(found), "4.1");
  EXPECT_TEXT(attempts(found), "4.2");
  EXPECT_TEXT(attempts(found), "4.3");
  EXPECT_TEXT(attempts(found), "4.1");
}

void what_was_not_tried_in_an_attempt_cut_short_comes_first_in_the_next(void**) {
  Attempts attempts(3);
  const std::vector<Address> found{four(1), four(2), four(3), four(4)};
  attempts.addresses.reset();
  (void)attempts.addresses.begin(found);
  (void)attempts.addresses.next();
  EXPECT_TEXT(attempts(found), "4.2 4.3 4.4");
}

void one_that_is_not_the_last_gets_a_third_of_the_time_and_two_seconds_at_least(void**) {
  EXPECT(connect_timeout_of(30s, true) == 30s && connect_timeout_of(30s, false) == 10s, "a third");
  EXPECT(connect_timeout_of(6s, false) == 2s && connect_timeout_of(3s, false) == 2s, "two seconds at least");
  EXPECT(connect_timeout_of(1s, false) == 1s && connect_timeout_of(1s, true) == 1s,
         "never more than the whole");
  EXPECT(connect_timeout_of(Duration::max(), false) == Duration::max() / 3, "a third of for ever");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(families_alternate_beginning_with_the_resolvers_choice),
      cmocka_unit_test(they_alternate_before_the_list_is_cut),
      cmocka_unit_test(of_nine_the_ninth_is_reached_in_the_second_attempt_also_when_they_are_shuffled),
      cmocka_unit_test(every_address_has_its_turn_in_a_row_of_failures),
      cmocka_unit_test(the_address_that_worked_last_is_tried_first),
      cmocka_unit_test(the_address_that_worked_last_is_first_also_in_a_window_that_moves),
      cmocka_unit_test(where_one_fits_alone_one_that_worked_once_does_not_stay_for_ever),
      cmocka_unit_test(what_was_not_tried_in_an_attempt_cut_short_comes_first_in_the_next),
      cmocka_unit_test(one_that_is_not_the_last_gets_a_third_of_the_time_and_two_seconds_at_least),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

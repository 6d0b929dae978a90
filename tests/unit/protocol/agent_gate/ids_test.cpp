#include "protocol/agent_gate/ids.hpp"

#include "support/cmocka.hpp"

#include <string>

using namespace kedge;
using namespace kedge::agent_gate;

namespace {

void no_id_is_ours_before_the_start(void**) {
  const Ids ids;
  EXPECT(!ids.started() && !ids.ours(0) && !ids.parse_ours("0") && !ids.parse_ours("1"), "none");
}

void ids_start_below_2_to_the_52_and_are_never_0(void**) {
  for (const std::uint64_t random :
       {std::uint64_t{0}, ~std::uint64_t{0}, Ids::start_below, Ids::start_below - 1}) {
    Ids ids;
    ids.start(random);
    const std::uint64_t first = ids.take();
    EXPECT(first > 0 && first < Ids::start_below, "in range");
    EXPECT(ids.take() == first + 1, "increasing");
  }
}

void only_ids_given_out_are_ours_and_only_in_plain_digits(void**) {
  Ids ids;
  ids.start(9);  // 10 comes first
  EXPECT(!ids.ours(10), "not yet given out");
  (void)ids.take();
  (void)ids.take();
  EXPECT(ids.parse_ours("10") == 10U && ids.parse_ours("11") == 11U, "both");
  for (const char* text : {"9", "12", "", "010", "+10", "10 ", " 10", "1e1", "10.0", "0xa",
                           "99999999999999999999", "0b5f-4c1d", "-10"}) {
    EXPECT(!ids.parse_ours(text), text);
  }
  while (ids.take() < 98) {
  }
  for (int id = 12; id <= 98; ++id) {
    const std::string text = std::to_string(id);
    EXPECT(ids.parse_ours(text) == static_cast<std::uint64_t>(id), text.c_str());
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(no_id_is_ours_before_the_start),
      cmocka_unit_test(ids_start_below_2_to_the_52_and_are_never_0),
      cmocka_unit_test(only_ids_given_out_are_ours_and_only_in_plain_digits),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

#include "protocol/agent_gate/row_matcher.hpp"

#include "support/cmocka.hpp"

#include <vector>

using namespace kedge;
using namespace kedge::agent_gate;

namespace {

constexpr MatchKey key{1, 2};

struct Pool {
  Pool() : memory(PendingPool::storage_bytes(limits)), arena(memory), pool(limits, arena) { ids.start(99); }
  Handle add(Method method = Method::tool_request, bool sent = true, MatchKey match = key,
             bool lost = false) {
    PendingPool::Request request;
    request.id = ids.take();
    request.kind = static_cast<std::uint32_t>(method);
    request.sent = sent;
    request.lost = lost;
    const Handle handle = *pool.add(request, [](Handle, const Error&, const void*) noexcept {});
    keys[handle.index] = {match};
    return handle;
  }
  Handle add_lost(MatchKey match = key) { return add(Method::tool_request, true, match, true); }
  std::optional<Handle> match(std::string_view id, MatchKey of = key) {
    return match_row(pool, keys, ids, id, of);
  }

  Limits limits = Limits::tiny();
  std::vector<std::byte> memory;
  Arena arena;
  PendingPool pool;
  std::vector<RowKey> keys = std::vector<RowKey>(limits.pending_max);
  Ids ids;
};

void a_foreign_id_matches_the_oldest_with_the_same_tool_and_arguments(void**) {
  Pool t;
  t.add_lost(MatchKey{1, 3});
  const Handle first = t.add_lost();
  const Handle second = t.add_lost();
  const Handle on_this_line = t.add();
  EXPECT(t.match("uuid") == first, "the oldest");
  EXPECT(t.pool.complete(first, {}), "used up");
  EXPECT(t.match("uuid") == second, "the next");
  EXPECT(!t.match("uuid", MatchKey{5, 5}), "no other arguments");
  EXPECT(t.pool.complete(second, {}), "used up");
  EXPECT(!t.match("uuid") && t.pool.get(on_this_line) != nullptr,
         "what was asked on this line is answered on it");
}

void an_id_of_ours_matches_that_request_alone(void**) {
  Pool t;
  const Handle first = t.add();   // 100
  const Handle second = t.add();  // 101
  EXPECT(t.match("101") == second, "by its id");
  EXPECT(t.pool.complete(second, {}), "ended");
  EXPECT(!t.match("101"), "an id of ours that has ended is no other's");
  EXPECT(!t.match("100", MatchKey{1, 3}), "the id alone is not enough");
  t.pool.get(first)->lost = true;
  EXPECT(t.match("102") == first, "an id not given out yet is none of ours");
}

void what_was_not_sent_or_is_no_tool_request_matches_nothing(void**) {
  Pool t;
  t.add(Method::tool_request, false);
  t.add(Method::list_tools);
  t.add(Method::get_pending_results);
  EXPECT(!t.match("uuid") && !t.match("100") && !t.match("101") && !t.match("102"), "nothing");
}

void without_a_key_only_an_id_of_ours_finds_a_request(void**) {
  Pool t;
  const Handle first = t.add_lost();  // 100
  t.add(Method::list_tools);          // 101
  EXPECT(match_row(t.pool, t.keys, t.ids, "100", std::nullopt) == first, "by its id");
  EXPECT(!match_row(t.pool, t.keys, t.ids, "101", std::nullopt), "no tool request");
  EXPECT(!match_row(t.pool, t.keys, t.ids, "uuid", std::nullopt), "nothing says whose it is");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_foreign_id_matches_the_oldest_with_the_same_tool_and_arguments),
      cmocka_unit_test(an_id_of_ours_matches_that_request_alone),
      cmocka_unit_test(what_was_not_sent_or_is_no_tool_request_matches_nothing),
      cmocka_unit_test(without_a_key_only_an_id_of_ours_finds_a_request),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

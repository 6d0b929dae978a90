#include "hub/agent_gate/results.hpp"

#include "support/cmocka.hpp"

using namespace kedge;
using namespace kedge::hub::agent_gate;
using namespace std::chrono_literals;

static StoredResult row(std::string id, Instant expires = never) {
  StoredResult result;
  result.request_id = std::move(id);
  result.tool = "read";
  result.args = R"({"a":"b"})";
  result.result = R"({"status":"executed","data":{}})";
  result.expires = expires;
  return result;
}

static void a_listing_has_the_pages_fields_oldest_first(void**) {
  Results results(4);
  EXPECT_TEXT(results.list(1000).json, R"({"results":[]})");
  results.add(row("1"));
  results.add(row("2"));
  const Results::Listing listing = results.list(10000);
  EXPECT(listing.rows == 2, "both rows");
  const std::string expected =
      R"({"results":[{"request_id":"1","tool_name":"read","args":"{\"a\":\"b\"}",)"
      R"x("signature":"read({\"a\":\"b\"})","result":"{\"status\":\"executed\",\"data\":{}}",)x"
      R"("created_at":"1970-01-01T00:00:00.000Z","expires_at":"1970-01-01T00:00:00.000Z"},)";
  EXPECT_TEXT(listing.json.substr(0, expected.size()), expected);
  EXPECT(results.size() == 2, "a listing to delete nothing by itself");
}

static void what_does_not_fit_comes_with_the_next_listing(void**) {
  Results results(4);
  for (const char* id : {"1", "2", "3"}) results.add(row(id));
  const std::size_t all = results.list(10000).json.size();
  EXPECT(results.list(all).rows == 3 && results.list(all - 1).rows == 2, "as many as fit");
  EXPECT(results.list(1).rows == 1, "one in any case, or nothing would ever come");
  results.remove(2);
  EXPECT(results.list(10000).json.find(R"("request_id":"3")") != std::string::npos, "the third to be left");
  results.remove(5);
  EXPECT(results.size() == 0, "nothing left");
}

static void the_oldest_makes_room_and_it_is_told(void**) {
  Results results(2);
  EXPECT(results.add(row("1")) && results.add(row("2")), "room for two");
  EXPECT(!results.add(row("3")) && results.size() == 2, "no room for a third");
  EXPECT(results.list(10000).json.find(R"("request_id":"1")") == std::string::npos, "the oldest to be gone");
}

static void rows_expire(void**) {
  Results results(3);
  results.add(row("1", Instant(20s)));
  results.add(row("2", Instant(10s)));
  EXPECT(results.next_deadline() == Instant(10s), "the earliest");
  results.expire(Instant(9s));
  EXPECT(results.size() == 2, "none too early");
  results.expire(Instant(10s));
  EXPECT(results.size() == 1 && results.next_deadline() == Instant(20s), "one left");
  results.expire(Instant(20s));
  EXPECT(results.next_deadline() == never, "none left");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_listing_has_the_pages_fields_oldest_first),
      cmocka_unit_test(what_does_not_fit_comes_with_the_next_listing),
      cmocka_unit_test(the_oldest_makes_room_and_it_is_told),
      cmocka_unit_test(rows_expire),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

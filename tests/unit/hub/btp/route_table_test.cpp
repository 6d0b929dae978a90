#include "hub/btp/route_table.hpp"

#include "support/cmocka.hpp"

using namespace kedge::hub::btp;

namespace {

RouteTable table(std::initializer_list<const char*> prefixes) {
  RouteTable table;
  for (const char* prefix : prefixes) {
    Route route;
    route.prefix = prefix;
    EXPECT(table.add(std::move(route)), "a route to be added");
  }
  return table;
}

std::string found(const RouteTable& table, std::string_view address) {
  const Route* route = table.find(address);
  return route == nullptr ? "none" : "<" + route->prefix + ">";
}

void an_empty_table_has_no_route(void**) {
  EXPECT_TEXT(found(table({}), "g.a"), "none");
}

void the_longest_prefix_wins_whatever_the_order(void**) {
  for (const RouteTable& routes : {table({"g", "g.a", "g.a.b"}), table({"g.a.b", "g.a", "g"})}) {
    EXPECT_TEXT(found(routes, "g.a.b.c"), "<g.a.b>");
    EXPECT_TEXT(found(routes, "g.a.b"), "<g.a.b>");
    EXPECT_TEXT(found(routes, "g.a.c"), "<g.a>");
    EXPECT_TEXT(found(routes, "g"), "<g>");
    EXPECT_TEXT(found(routes, "test.a"), "none");
  }
}

void a_prefix_ends_where_a_segment_does(void**) {
  const RouteTable routes = table({"g.bob"});
  EXPECT_TEXT(found(routes, "g.bobby"), "none");
  EXPECT_TEXT(found(routes, "g.bob-1"), "none");
  EXPECT_TEXT(found(routes, "g.bo"), "none");
  EXPECT_TEXT(found(routes, "G.bob"), "none");
  EXPECT_TEXT(found(routes, "g.bob.1"), "<g.bob>");
}

void the_empty_prefix_is_for_all_that_has_none(void**) {
  const RouteTable routes = table({"", "g"});
  EXPECT_TEXT(found(routes, "x"), "<>");
  EXPECT_TEXT(found(routes, "g.a"), "<g>");
}

void a_prefix_is_there_once(void**) {
  RouteTable routes = table({"g"});
  Route again;
  again.prefix = "g";
  EXPECT(!routes.add(again) && routes.routes().size() == 1, "the second to be refused");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(an_empty_table_has_no_route),
      cmocka_unit_test(the_longest_prefix_wins_whatever_the_order),
      cmocka_unit_test(a_prefix_ends_where_a_segment_does),
      cmocka_unit_test(the_empty_prefix_is_for_all_that_has_none),
      cmocka_unit_test(a_prefix_is_there_once),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

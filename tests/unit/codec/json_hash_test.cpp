#include "codec/json_hash.hpp"

#include "support/cmocka.hpp"

#include <vector>

using namespace kedge;
using namespace kedge::codec;

static const HashKey key{std::byte{1}, std::byte{2}, std::byte{3}};

static Hash128 hash(std::string_view text) {
  const auto result = json_hash(text, key, 32);
  if (!result)
    print_error("%.*s\n", static_cast<int>(result.error().message().size()), result.error().message().data());
  EXPECT(result.ok(), "a hash");
  return *result;
}

// Groups of texts: within a group one value, across groups different ones.
using Groups = std::vector<std::vector<std::string>>;

static Groups groups_of_texts() {
  return {
      {"null", " null "},
      {"true"},
      {"false"},
      {"[]", "[ ]"},
      {"{}", "{ }"},
      {"[[]]"},
      {"[{}]"},
      {"[null]"},
      {"\"\""},
      {"\"1\""},
      {"\"null\""},
      {"\"\u00e4\"", R"("\u00e4")", R"("\u00E4")"},
      {R"("a/b")", R"("a\/b")"},
      {"0", "-0", "0.0", "-0.0", "0e5", "1e-999"},
      {"1", "1.0", "10e-1", "0.1e1"},
      {"-1", "-1.0"},
      {"100000", "1e5", "100000.0", "1E+5", "0.1e6"},
      {"0.1", "1e-1", "0.1000000000000000055511151231257827"},
      {"0.2"},
      {"0.5", "5e-1"},
      {"5e-324", "4.9406564584124654e-324"},
      {"1e-310"},
      {"2"},
      {"3"},
      {"9007199254740992", "9007199254740993.0", "9007199254740992.0"},
      {"9007199254740993"},
      {"9007199254740994"},
      {"18446744073709551616", "18446744073709551616.0", "1.8446744073709551616e19"},
      {"18446744073709551617"},
      {"10000000000000000000000", "1e22"},
      {"10000000000000000000001"},
      {"1" + std::string(23, '0')},
      {"1e23", "99999999999999991611392"},
      {std::string(400, '7')},
      {std::string(399, '7') + "8"},
      {"-" + std::string(400, '7')},
      {std::string(309, '9')},
      {"1.7976931348623157e308"},
      {"1e308"},
      {"[1,2]"},
      {"[2,1]"},
      {"[[1],2]"},
      {"[1,[2]]"},
      {"[[1,2]]"},
      {"[12]"},
      {"[\"1,2\"]"},
      {R"({"a":1,"b":2})", R"({ "b" : 2.0, "a" : 1 })", R"({"\u0061":1,"b":2})"},
      {R"({"a":2,"b":1})"},
      {R"({"a":1})"},
      {R"({"a":{"a":1}})"},
      {R"({"a":"1"})"},
      {R"({"1":"a"})"},
      {R"(["a",1])"},
      {R"({"ab":1})"},
      {R"({"x":{"a":1,"b":[{"c":1,"d":2}]},"y":0})", R"({"y":0,"x":{"b":[{"d":2,"c":1}],"a":1}})"},
      {R"({"x":{"a":1},"y":{"b":2}})", R"({"y":{"b":2},"x":{"a":1}})"},
      {R"({"x":{"b":2},"y":{"a":1}})"},
  };
}

static void texts_have_one_hash_if_and_only_if_they_are_one_value(void**) {
  const Groups groups = groups_of_texts();
  std::vector<std::pair<Hash128, std::size_t>> seen;
  for (std::size_t group = 0; group < groups.size(); ++group) {
    for (const std::string& text : groups[group]) {
      const Hash128 own = hash(text);
      for (const auto& [other, other_group] : seen) {
        if ((own == other) != (group == other_group))
          print_error("%s in group %zu, %zu\n", text.c_str(), group, other_group);
        EXPECT((own == other) == (group == other_group), "equal within a group only");
      }
      seen.emplace_back(own, group);
    }
  }
}

static void the_key_decides(void**) {
  HashKey other = key;
  other[15] = std::byte{9};
  EXPECT(!(*json_hash("{\"a\":1}", key, 9) == *json_hash("{\"a\":1}", other, 9)), "another hash");
}

static std::string message(std::string_view text, std::uint8_t depth_max = 32) {
  return std::string(json_hash(text, key, depth_max).error().message());
}

static void duplicate_keys_are_an_error_in_small_and_large_objects(void**) {
  EXPECT_TEXT(message(R"({"a":1,"a":1})"), "JSON: a duplicate key");
  EXPECT_TEXT(message(R"([{"a":1,"b":{"x":1,"y":2,"\u0078":3}}])"), "JSON: a duplicate key");
  std::string forward = "{";
  std::string backward = "}";
  for (int i = 0; i < 1000; ++i) {
    const std::string member = "\"k" + std::to_string(i) + "\":" + std::to_string(i);
    forward += member + ",";
    backward.insert(0, "," + member);
  }
  EXPECT(hash(forward + "\"z\":0}") == hash("{\"z\":0" + backward), "a thousand members in any order");
  EXPECT_TEXT(message(forward + "\"k7\":0}"), "JSON: a duplicate key");
  EXPECT_TEXT(message(forward + "\"k999\":999}"), "JSON: a duplicate key");
}

static void too_many_members_are_too_large(void**) {
  std::string text = "{";
  for (std::uint32_t i = 0; i < json_hash_members_max; ++i) text += "\"" + std::to_string(i) + "\":0,";
  EXPECT(json_hash(text.substr(0, text.size() - 1) + "}", key, 9).ok(), "the limit itself");
  EXPECT(json_hash(text + "\"one more\":0}", key, 9).error().kind() == ErrorKind::too_large,
         "refused by name");
}

static void bad_input_is_an_error(void**) {
  EXPECT_TEXT(message("[1,]"), "JSON: expected a value at byte 3");
  EXPECT_TEXT(message("{\"a\":[1e999]}"), "JSON: a number beyond the range of a double");
  EXPECT_TEXT(message(std::string(10'000, '[')), "JSON: nested too deep at byte 32");
  const auto deep = json::parse("[{\"a\":[1]}]", 32);
  EXPECT(json_hash(*deep, key, 3).ok(), "as deep as allowed");
  EXPECT_TEXT(json_hash(*deep, key, 2).error().message(), "JSON: nested too deep");
  EXPECT_TEXT(json_hash(deep->find("x"), key, 2).error().message(), "JSON: a value is not an object");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(texts_have_one_hash_if_and_only_if_they_are_one_value),
      cmocka_unit_test(the_key_decides),
      cmocka_unit_test(duplicate_keys_are_an_error_in_small_and_large_objects),
      cmocka_unit_test(too_many_members_are_too_large),
      cmocka_unit_test(bad_input_is_an_error),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

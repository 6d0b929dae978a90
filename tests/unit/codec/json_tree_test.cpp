#include <kedge/json_tree.hpp>

#include "support/cmocka.hpp"
#include "support/tree_memory.hpp"

#include <cjson/cJSON.h>

#include <string>
#include <utility>

using namespace kedge;
using namespace kedge::json;
using kedge::test::TreeMemory;

static std::string refused(std::string_view text) {
  return std::string(parse_tree(text, 32).error().message());
}

static void a_tree_holds_what_the_text_says(void**) {
  auto parsed = parse_tree(R"( {"a":[1,"x\u00e4"],"b":{"a":true}} )", 32);
  EXPECT(parsed.ok(), "valid JSON");
  Tree tree = std::move(*parsed);
  const cJSON* array = cJSON_GetObjectItemCaseSensitive(tree.root(), "a");
  EXPECT(cJSON_GetArraySize(array) == 2 && cJSON_GetArrayItem(array, 0)->valueint == 1, "the array");
  EXPECT_TEXT(cJSON_GetArrayItem(array, 1)->valuestring, "x\u00e4");
  Tree other;
  other = std::move(tree);
  EXPECT(other.root() != nullptr && tree.root() == nullptr, "one owner");
}

static void what_cjson_would_let_pass_is_refused(void**) {
  EXPECT_TEXT(refused("01"), "JSON: a number with a leading zero at byte 1");
  EXPECT_TEXT(refused("{} x"), "JSON: bytes after the end at byte 3");
  EXPECT_TEXT(refused("\"\xFF\""), "JSON: invalid UTF-8 at byte 1");
  EXPECT_TEXT(refused("[1e999]"), "JSON: a number beyond the range of a double at byte 1");
  EXPECT_TEXT(refused(std::string(400, '1')), "JSON: a number too long for a tree at byte 0");
  EXPECT_TEXT(refused(R"("a\u0000b")"), "JSON: a NUL, which a tree cannot hold, in the string at byte 0");
  EXPECT_TEXT(refused(R"({"\\\u0000":1})"), "JSON: a NUL, which a tree cannot hold, in the string at byte 1");
  EXPECT(parse_tree(R"("\\u0000")", 32).ok(), "an escaped backslash before it to be another text");
  EXPECT_TEXT(refused(R"([{"b":1,"a":2,"\u0062":3}])"), "JSON: a duplicate key");
  EXPECT_TEXT(refused(R"({"a":1,"b":{"c":1,"c":2}})"), "JSON: a duplicate key");
  EXPECT(parse_tree(std::string(63, '1'), 1).ok(), "63 digits to fit");
  EXPECT(parse_tree("[[1]]", 1).error().kind() == ErrorKind::protocol, "the depth given");
}

static void no_memory_is_an_error_and_leaks_nothing(void**) {
  cJSON_Hooks hooks{[](size_t) -> void* { return nullptr; }, nullptr};
  cJSON_InitHooks(&hooks);
  const ErrorKind kind = parse_tree("[1]", 32).error().kind();
  cJSON_InitHooks(nullptr);
  EXPECT(kind == ErrorKind::too_large, "an error by name");
}

static void a_key_may_be_there_twice_for_who_looks_himself(void**) {
  const auto parsed = parse_tree(R"({"a":1,"\u0061":2})", {.depth_max = 1, .duplicate_keys = true});
  EXPECT(parsed.ok() && cJSON_GetArraySize(parsed->root()) == 2, "both");
}

static void a_secret_trees_texts_are_gone_before_its_memory_is(void**) {
  const std::string_view text = R"({"key-hush":["one-hush",{"in\u002dner-hush":"two\u002dhush"}]})";
  for (const TreeContent content : {TreeContent::plain, TreeContent::secret}) {
    const TreeMemory memory;
    {
      auto parsed = parse_tree(text, {.depth_max = 8, .content = content});
      EXPECT(parsed.ok(), "valid JSON");
      const Tree moved = std::move(*parsed);
      Tree assigned;
      assigned = parse_tree(text, {.depth_max = 8, .content = content}).value();
    }
    EXPECT(memory.was_used(), "cJSON's memory");
    EXPECT(memory.shows("hush") == (content == TreeContent::plain), "a secret one wiped, and it alone");
  }
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_tree_holds_what_the_text_says),
      cmocka_unit_test(what_cjson_would_let_pass_is_refused),
      cmocka_unit_test(a_key_may_be_there_twice_for_who_looks_himself),
      cmocka_unit_test(a_secret_trees_texts_are_gone_before_its_memory_is),
      cmocka_unit_test(no_memory_is_an_error_and_leaks_nothing),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

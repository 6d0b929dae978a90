#include <kedge/json_tree.hpp>

#include "support/cmocka.hpp"

#include <cjson/cJSON.h>

using namespace kedge;
using namespace kedge::json;

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
  EXPECT_TEXT(refused("[1e999]"), "JSON: a number beyond the range of a double");
  EXPECT_TEXT(refused(std::string(400, '1')), "JSON: a number too long for a tree");
  EXPECT_TEXT(refused(R"("a\u0000b")"), "JSON: a NUL in a string, which a tree cannot hold");
  EXPECT_TEXT(refused(R"({"\\\u0000":1})"), "JSON: a NUL in a string, which a tree cannot hold");
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

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_tree_holds_what_the_text_says),
      cmocka_unit_test(what_cjson_would_let_pass_is_refused),
      cmocka_unit_test(no_memory_is_an_error_and_leaks_nothing),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

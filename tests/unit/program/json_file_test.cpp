#include "program/json_file.hpp"

#include "support/cmocka.hpp"
#include "support/tree_memory.hpp"

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

using namespace kedge;
using namespace kedge::program;
using kedge::test::TreeMemory;

namespace {

/// What is said of a text whose root is read by `read`.
template <class Read>
std::string failure(std::string_view text, const Read& read) {
  try {
    read(json_file::parse(text, "file").root());
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "accepted";
}
std::string failure(std::string_view text) {
  return failure(text, [](const json_file::Value& root) {
    json_file::each_member(root, "file",
                           [](std::string_view name, const auto&, const auto&) { return name != "odd"; });
  });
}

void names_of_members_may_be_kept_as_long_as_the_file(void**) {
  const std::string text = R"({"one": 1, "tw\u006f": 2, "six": 6})";
  const json_file::File file = json_file::parse(text, "file");
  std::string names;
  std::vector<std::string_view> kept;
  json_file::each_member(file.root(), "file", [&](std::string_view name, const auto&, const auto& place) {
    kept.push_back(name);
    names += place + " ";
    return true;
  });
  for (const std::string_view name : kept) names += name;
  EXPECT_TEXT(names, R"(file.one file.tw\u006f file.six onetwosix)");
}

void what_is_wrong_is_said_with_its_place(void**) {
  EXPECT_TEXT(failure("[]"), "file: expected an object");
  EXPECT_TEXT(failure(R"({"odd": 1})"), "file.odd: is not known");
  EXPECT_TEXT(failure(R"({"a": 1, "a": 2})"), "file: 'a' is there twice");
  EXPECT_TEXT(failure(R"({"a": 1, "\u0061": 2})"), R"(file: '\u0061' is there twice)");
  const auto second = [](const json_file::Value& root) {
    json_file::each_element(root, "file.list", [](const auto& element, const std::string& place) {
      (void)json_file::text(element, place);
    });
  };
  EXPECT_TEXT(failure(R"(["a", 2])", second), "file.list[1]: expected a string");
  EXPECT_TEXT(failure("{}", second), "file.list: expected an array");
}

void what_is_no_json_or_no_tree_could_hold_is_refused(void**) {
  EXPECT_TEXT(failure(R"({"a": 01})"), "file: JSON: a number with a leading zero at byte 7");
  EXPECT_TEXT(failure("{} x"), "file: JSON: bytes after the end at byte 3");
  EXPECT(failure("{\"a\": \"\xFF\"}").starts_with("file: JSON: invalid UTF-8 at byte 7"), "UTF-8");
  EXPECT_TEXT(failure(R"({"a": [1e999]})"), "file: JSON: a number beyond the range of a double at byte 7");
  EXPECT_TEXT(failure(R"({"a": "\u0000"})"),
              "file: JSON: a NUL, which a tree cannot hold, in the string at byte 6");
  EXPECT(failure(std::string(65, '[') + std::string(65, ']')).starts_with("file: JSON: "), "nested too deep");
  const std::string whole = R"({"a": ["x", -1.5e3, {"b": null}], "c": true})";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT(failure(whole.substr(0, size)).starts_with("file: JSON: "), "cut short");
  }
  EXPECT_TEXT(failure(whole), "accepted");
}

std::string number(std::string_view text) {
  return failure(text, [](const json_file::Value& root) { (void)json_file::number(root, "n", 4294967295U); });
}

void numbers_are_digits_and_exact(void**) {
  for (const char* text : {"5e3", "5.0", "-1", "-0", "4294967296", "18446744073709551617", "\"5\"", "true"}) {
    EXPECT_TEXT(number(text), "n: expected an integer from 0 to 4294967295");
  }
  const json_file::File most = json_file::parse("4294967295", "n");
  EXPECT(json_file::number(most.root(), "n", 4294967295U) == 4294967295U, "the most");
  const json_file::File year = json_file::parse("31536000000", "n");
  EXPECT(json_file::milliseconds(year.root(), "n") == std::chrono::hours{24 * 365}, "a year");
}

void a_value_keeps_its_spelling(void**) {
  const std::string text = R"([ {"n" : 1.50, "b": "\u0061"} , 100000000000000000001,[ ]])";
  const json_file::File file = json_file::parse(text, "file");
  const auto elements = file.root().elements();
  EXPECT_TEXT(elements.at(0).spelling(), R"({"n" : 1.50, "b": "\u0061"})");
  EXPECT_TEXT(elements.at(1).spelling(), "100000000000000000001");
  EXPECT_TEXT(elements.at(2).spelling(), "[ ]");
  EXPECT_TEXT(elements.at(0).members().at(1).value.string(), "a");
}

void a_file_of_secrets_is_wiped_before_its_memory_is_given_back(void**) {
  const TreeMemory memory;
  const std::string text = R"({"alice": "hush", "hush": {"t": ["h\u0075sh"]}, "bob": 1})";
  (void)json_file::parse(text, "file", json::TreeContent::secret).root().members();
  EXPECT(memory.was_used() && !memory.shows("hush"), "nothing of it");
}

void a_place_without_a_name_is_left_out(void**) {
  std::string said;
  try {
    json_file::fail({}, "expected an object");
  } catch (const std::runtime_error& error) {
    said = error.what();
  }
  EXPECT_TEXT(said, "expected an object");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(names_of_members_may_be_kept_as_long_as_the_file),
      cmocka_unit_test(what_is_wrong_is_said_with_its_place),
      cmocka_unit_test(what_is_no_json_or_no_tree_could_hold_is_refused),
      cmocka_unit_test(numbers_are_digits_and_exact),
      cmocka_unit_test(a_value_keeps_its_spelling),
      cmocka_unit_test(a_file_of_secrets_is_wiped_before_its_memory_is_given_back),
      cmocka_unit_test(a_place_without_a_name_is_left_out),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

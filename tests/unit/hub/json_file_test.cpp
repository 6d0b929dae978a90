#include "hub/json_file.hpp"

#include "support/cmocka.hpp"

#include <stdexcept>
#include <vector>

using namespace kedge;
using namespace kedge::hub;

namespace {

void names_of_members_may_be_kept_as_long_as_the_text(void**) {
  const std::string text = R"({"one": 1, "two": 2, "six": 6})";
  std::vector<std::string_view> names;
  const auto keep = [&](std::string_view name, const json::Value&, const std::string&) {
    names.push_back(name);
    return true;
  };
  json_file::each_member(json_file::parse(text, "file"), "file", keep);
  EXPECT(names.size() == 3, "three members");
  EXPECT_TEXT(std::string(names[0]) + std::string(names[1]) + std::string(names[2]), "onetwosix");
  for (const std::string_view name : names) {
    EXPECT(name.data() >= text.data() && name.data() < text.data() + text.size(), "a view into the text");
  }
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
      cmocka_unit_test(names_of_members_may_be_kept_as_long_as_the_text),
      cmocka_unit_test(a_place_without_a_name_is_left_out),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

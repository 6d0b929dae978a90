// The table of commands: each is there by its own name, and takes its options.

#include "cli/command.hpp"

#include "support/cmocka.hpp"
#include "support/kedge_line.hpp"

#include <set>
#include <string>
#include <string_view>

using namespace kedge;
using namespace kedge::cli;

namespace {

void each_command_has_a_name_of_its_own_and_says_what_it_does(void**) {
  std::set<std::string_view> names;
  for (const auto& command : make_commands()) {
    EXPECT(names.insert(command->words().name).second, command->words().name);
    EXPECT(*command->words().description != '\0', command->words().name);
  }
  EXPECT(!names.empty(), "there are some");
}

void the_help_names_each_in_the_order_of_the_table(void**) {
  const std::string help = test::read_line({"--help"}).out;
  std::size_t at = help.find("Subcommands:");
  for (const auto& command : make_commands()) {
    at = help.find(std::string("\n  ") + command->words().name + " ", at);
    EXPECT(at != std::string::npos, command->words().name);
  }
}

void what_one_says_of_results_stands_in_the_help_of_all_that_print_some(void**) {
  const std::string all = test::read_line({"--help"}).out;
  const std::string another = test::read_line({"btp", "send", "--help"}).out;
  for (const auto& command : make_commands()) {
    EXPECT(test::contains(all, command->words().of_results), command->words().name);
    EXPECT(test::contains(another, command->words().of_results), command->words().name);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(each_command_has_a_name_of_its_own_and_says_what_it_does),
      cmocka_unit_test(the_help_names_each_in_the_order_of_the_table),
      cmocka_unit_test(what_one_says_of_results_stands_in_the_help_of_all_that_print_some),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

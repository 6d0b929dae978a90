#include "usage_error.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <string_view>
#include <vector>

namespace kedge::program {

namespace {

// The name in `--name`, `--name=value`; empty for whatever else there is.
std::string option_name(std::string_view argument) {
  const std::string_view name = argument.substr(0, argument.find('='));
  if (!name.starts_with("--") || name.size() < 3) return {};
  const bool plain =
      std::all_of(name.begin(), name.end(), [](char c) { return c == '-' || (c >= 'a' && c <= 'z'); });
  return plain ? std::string(name) : std::string();
}

std::string not_expected(const std::vector<std::string>& arguments) {
  std::string names;
  for (const std::string& argument : arguments) {
    const std::string name = option_name(argument);
    if (!name.empty()) names += (names.empty() ? "" : ", ") + name;
  }
  return names.empty() ? "more arguments than it takes" : "not an option here: " + names;
}

}  // namespace

std::string usage_error(const CLI::App* app, const CLI::Error& error) {
  const bool extras = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError);
  const std::string what = extras ? not_expected(app->remaining(true)) : error.what();
  return app->get_name() + ": " + what + " (see --help)\n";
}

}  // namespace kedge::program

#include "usage_error.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <numeric>
#include <string_view>
#include <utility>
#include <vector>

namespace kedge::program {

namespace {

constexpr std::size_t word_bytes_max = 24;

bool is_word(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c == '-' || c == '_' || (c >= 'a' && c <= 'z'); });
}

// The name in `--name`, `--name=value`, `-n`; empty for whatever else there is.
std::string option_name(std::string_view argument) {
  const std::string_view name = argument.substr(0, argument.find('='));
  const bool one_letter = name.size() == 2 && name[0] == '-' && name[1] != '-';
  const bool is_long = name.starts_with("--") && name.size() > 2;
  return (one_letter || is_long) && is_word(name) ? std::string(name) : std::string();
}

// How many letters must be put in, taken out, replaced, or swapped with the next, to make one word of the
// other.
std::size_t distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> before, last(to.size() + 1), row(to.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= from.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const bool same = from[i - 1] == to[j - 1];
      row[j] = std::min({last[j - 1] + (same ? 0 : 1), last[j] + 1, row[j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = std::exchange(last, row);
  }
  return last.back();
}

std::string with_meant(const std::string& given, const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), given) != known.end()) {
    return given + " (it belongs behind the command's name, and before any --)";
  }
  for (const std::string& name : known) {
    if (name.starts_with(given + "-")) return given + " (did you mean " + name + "?)";
  }
  const auto nearer = [&given](const std::string& a, const std::string& b) {
    return distance(given, a) < distance(given, b);
  };
  const auto nearest = std::min_element(known.begin(), known.end(), nearer);
  // A third of it wrong is another word.
  const bool meant = nearest != known.end() && distance(given, *nearest) * 3 <= given.size();
  return meant ? given + " (did you mean " + *nearest + "?)" : given;
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  return names;
}

// "agent-gate call", for a word that is a command of one of this one's commands; else empty.
std::string further_down(const CLI::App& app, const std::string& word) {
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    const std::vector<std::string> names = command_names(*command);
    if (std::find(names.begin(), names.end(), word) != names.end()) return command->get_name() + " " + word;
  }
  return {};
}

// The command that was named last.
const CLI::App& deepest(const CLI::App& app) {
  const auto named = app.get_subcommands();
  return named.empty() ? app : deepest(*named.back());
}

// What was not understood, in words; empty when all was.
std::string not_understood(const CLI::App& app) {
  const CLI::App& command = deepest(app);
  const std::vector<std::string> arguments = app.remaining(true);
  std::string options;
  for (const std::string& argument : arguments) {
    const std::string name = option_name(argument);
    if (name.empty()) continue;
    options.append(options.empty() ? "" : ", ").append(with_meant(name, option_names(command)));
  }
  if (!options.empty()) return "not an option here: " + options;
  if (arguments.empty()) return {};
  // Where a command is expected nobody writes a token.
  const std::string& word = arguments.front();
  if (command.get_require_subcommand_min() == 0) return "more arguments than it takes";
  if (word.size() > word_bytes_max || !is_word(word)) return {};
  const std::string whole = further_down(command, word);
  if (!whole.empty()) return "not a command: " + word + " (did you mean " + whole + "?)";
  return "not a command: " + with_meant(word, command_names(command));
}

}  // namespace

std::string usage_error(const CLI::App* app, const CLI::Error& error) {
  const auto code = static_cast<CLI::ExitCodes>(error.get_exit_code());
  // What is missing is often what was mistyped.
  const bool may_be_mistyped = code == CLI::ExitCodes::ExtrasError || code == CLI::ExitCodes::RequiredError;
  std::string what = may_be_mistyped ? not_understood(*app) : std::string();
  if (what.empty()) what = error.what();
  return app->get_name() + ": " + what + " (see --help)\n";
}

}  // namespace kedge::program

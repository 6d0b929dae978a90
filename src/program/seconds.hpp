#pragma once
// A number of seconds on a command line.

#include <CLI/CLI.hpp>

#include <string>

namespace kedge::program {

/// A check for an option: a number from `least` to `most`. CLI::Range lets "nan" pass, which is less than
/// nothing and more than nothing, and has no value as an integer.
[[nodiscard]] inline CLI::Validator seconds_between(double least, double most) {
  CLI::Range range(least, most);
  const std::string description = range.get_description();
  return {[range](std::string& input) -> std::string {
            double value = 0;
            const bool number = CLI::detail::lexical_cast(input, value);
            if (number && value != value) return "Value " + input + " is not a number";
            return range(input);
          },
          description};
}

}  // namespace kedge::program

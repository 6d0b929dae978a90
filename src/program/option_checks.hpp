#pragma once
// Numbers on a command line. CLI11's own checks take more than one would write in a variable or a file.

#include "../base/whole_number.hpp"

#include <CLI/CLI.hpp>

#include <string>

namespace kedge::program {

/// A check for an option: a number from `least` to `most`. CLI::Range lets "nan" pass, which is less than
/// nothing and more than nothing, and has no value as an integer.
[[nodiscard]] inline CLI::Validator seconds_between(double least, double most) {
  CLI::Range range(least, most);
  return {[range](std::string& input) -> std::string {
            double value = 0;
            const bool number = CLI::detail::lexical_cast(input, value) && value == value;
            if (!number) return "Value " + input + " is not a number";
            return range(input);
          },
          ""};
}

/// For an option's transform(): decimal digits, from `least` to `most`. CLI::Range takes 0x400 for 1024, and
/// CLI11 itself 02000, which a variable or a file would call two thousand.
[[nodiscard]] inline CLI::Validator whole_number_between(std::uint64_t least, std::uint64_t most) {
  const std::string range = "from " + std::to_string(least) + " to " + std::to_string(most);
  return {[least, most, range](std::string& input) {
            const auto number = whole_number(input, least, most);
            if (!number) return "Value " + input + " is no whole number " + range;
            input = std::to_string(*number);
            return std::string();
          },
          range};
}

}  // namespace kedge::program

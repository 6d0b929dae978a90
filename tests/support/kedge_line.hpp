#pragma once
// A command line of kedge's, read.

#include "cli/command_line.hpp"

#include "cmocka.hpp"

#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace kedge::test {

struct Read {
  cli::CommandLine line;
  std::string out, err;
};

inline Read read_line(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "kedge");
  std::ostringstream out, err;
  auto line = cli::read_command_line(static_cast<int>(arguments.size()), arguments.data(), out, err);
  return {std::move(line), out.str(), err.str()};
}

/// Those of the command with this name, which was named.
template <class Options>
Options options_of(const Read& read, const char* command) {
  EXPECT(!read.line.done, read.err.c_str());
  EXPECT_TEXT(read.line.command->words().name, command);
  return static_cast<const Options&>(read.line.command->options());
}

}  // namespace kedge::test

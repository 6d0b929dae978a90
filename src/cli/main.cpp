// kedge: the command line.

#include "../host/standard_descriptors.hpp"
#include "../program/out_of_memory.hpp"
#include "../program/standard_descriptors.hpp"
#include "command_line.hpp"

#include <cstdio>
#include <iostream>

namespace {

int run(int argc, char** argv) {
  const auto line = kedge::cli::read_command_line(argc, argv, std::cout, std::cerr);
  if (line.done) {
    const bool written = kedge::program::standard_output_is_written();
    return static_cast<int>(written ? *line.done : kedge::cli::ExitCode::other);
  }
  return static_cast<int>(line.command->run());
}

}  // namespace

int main(int argc, char** argv) {
  kedge::open_missing_descriptors();
  constexpr int other = static_cast<int>(kedge::cli::ExitCode::other);
  kedge::program::prepare_for_out_of_memory("kedge", other);
  kedge::survive_failed_writes();
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "kedge: %s\n", error.what());
    return other;
  }
}

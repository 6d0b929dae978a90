// kedge-agent: injects Interledger packets into a connector for whoever asks over HTTP.

#include "../host/standard_descriptors.hpp"
#include "../program/out_of_memory.hpp"
#include "../program/standard_descriptors.hpp"
#include "command_line.hpp"
#include "program.hpp"

#include <cstdio>
#include <iostream>

namespace {

using kedge::agent::AgentExit;

AgentExit run(int argc, char** argv) {
  const auto line = kedge::agent::read_command_line(argc, argv, std::cout, std::cerr);
  if (line.done) return kedge::program::standard_output_is_written() ? *line.done : AgentExit::other;
  return line.check ? kedge::agent::check_agent(line.config_file)
                    : kedge::agent::run_agent(line.config_file, line.log_level);
}

}  // namespace

int main(int argc, char** argv) {
  kedge::open_missing_descriptors();
  kedge::survive_failed_writes();
  AgentExit code = AgentExit::other;
  kedge::program::prepare_for_out_of_memory("kedge-agent", static_cast<int>(AgentExit::other));
  try {
    code = run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "kedge-agent: %s\n", error.what());
  }
  return static_cast<int>(code);
}

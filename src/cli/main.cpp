// kedge: the command line.

#include "../program/out_of_memory.hpp"
#include "command_line.hpp"

#include <cstdio>
#include <iostream>
#include <iterator>

namespace {

int run(int argc, char** argv) {
  auto line = kedge::cli::read_command_line(argc, argv, std::cout, std::cerr);
  if (line.done) return static_cast<int>(*line.done);
  if (const auto* send = std::get_if<kedge::cli::SendOptions>(&line.options)) {
    return static_cast<int>(kedge::cli::run_send_command(*send));
  }
  auto& gate = std::get<kedge::cli::GateOptions>(line.options);
  if (gate.arguments == "-") gate.arguments.assign(std::istreambuf_iterator<char>(std::cin), {});
  return static_cast<int>(kedge::cli::run_gate_command(gate));
}

}  // namespace

int main(int argc, char** argv) {
  constexpr int other = static_cast<int>(kedge::cli::ExitCode::other);
  kedge::program::prepare_for_out_of_memory("kedge", other);
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "kedge: %s\n", error.what());
    return other;
  }
}

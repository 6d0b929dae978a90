// kedge-hub: the gateway's side, to develop and test agents against.

#include "../host/standard_descriptors.hpp"
#include "../program/out_of_memory.hpp"
#include "../program/standard_descriptors.hpp"
#include "command_line.hpp"
#include "program.hpp"

#include <kedge/port_uv.hpp>

#include <cstdio>
#include <iostream>
#include <utility>

namespace {

using kedge::hub::HubExit;

HubExit run(int argc, char** argv) {
  auto line = kedge::hub::read_command_line(argc, argv, std::cout, std::cerr);
  if (line.done) return kedge::program::standard_output_is_written() ? *line.done : HubExit::other;
  return kedge::hub::run_hub(std::move(line.options));
}

}  // namespace

int main(int argc, char** argv) {
  kedge::open_missing_descriptors();
  kedge::survive_failed_writes();
  HubExit code = HubExit::other;
  kedge::program::prepare_for_out_of_memory("kedge-hub", static_cast<int>(HubExit::other));
  try {
    code = run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "kedge-hub: %s\n", error.what());
  }
  kedge::uv::exit_now(static_cast<int>(code));
}

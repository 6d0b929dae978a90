// kedge-hub: the gateway's side, to develop and test agents against.

#include "../host/standard_descriptors.hpp"
#include "../program/out_of_memory.hpp"
#include "../program/standard_descriptors.hpp"
#include "../program/token.hpp"
#include "command_line.hpp"
#include "program.hpp"

#include <kedge/port_uv.hpp>

#include <cstdio>
#include <iostream>
#include <string>

namespace {

using kedge::hub::HubExit;

constexpr const char* token_variable = "KEDGE_HUB_TOKEN";

HubExit run(int argc, char** argv) {
  auto line = kedge::hub::read_command_line(argc, argv, std::cout, std::cerr);
  if (line.done) return kedge::program::standard_output_is_written() ? *line.done : HubExit::other;
  kedge::program::TokenSource token(line.token_file, token_variable);
  // Who only wants the BTP side needs no token for the other.
  const bool wanted = !line.options.btp || token.is_given();
  const kedge::program::Patience patience(kedge::program::daemon_patience);
  const auto read = wanted ? token.prepare(patience) : kedge::Result<void>();
  if (read.error().kind() == kedge::ErrorKind::cancelled) return HubExit::ok;
  if (!read) {
    const std::string message(read.error().message());
    std::fprintf(stderr, "kedge-hub: %s\n", message.c_str());
    return HubExit::usage;
  }
  return kedge::hub::run_hub(std::move(line.options), token.last());
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

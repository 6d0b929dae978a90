// The command lines of kedge and kedge-hub, an argument a line, and token files of any content.
#include "cli/agent_gate/options.hpp"
#include "cli/btp/options.hpp"
#include "cli/command_line.hpp"
#include "hub/agent_gate/side.hpp"
#include "hub/command_line.hpp"
#include "program/address.hpp"
#include "program/token.hpp"

#include "../fuzz.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <sstream>
#include <string_view>

using namespace kedge;
using namespace kedge::fuzz;

namespace {

struct Arguments {
  std::vector<std::string> texts;
  std::vector<const char*> pointers;

  Arguments(const char* program, Input& input) {
    texts.emplace_back(program);
    while (!input.empty() && texts.size() < 24) texts.emplace_back(std::string(input.until('\n')).c_str());
    for (const std::string& text : texts) pointers.push_back(text.c_str());
    pointers.push_back(nullptr);
  }
  [[nodiscard]] int count() const { return static_cast<int>(texts.size()); }
};

void kedge_reads(Input& input) {
  const Arguments arguments("kedge", input);
  std::ostringstream out, err;
  const auto line = cli::read_command_line(arguments.count(), arguments.pointers.data(), out, err);
  if (line.done) {
    PROMISE(line.done == cli::ExitCode::ok || line.done == cli::ExitCode::usage, "help, or wrong usage");
    PROMISE((line.done == cli::ExitCode::usage) == !err.str().empty(),
            "wrong usage is said on standard error");
    PROMISE((line.done == cli::ExitCode::ok) == !out.str().empty(), "help on standard output");
    return;
  }
  PROMISE(out.str().empty() && err.str().empty(), "a good command line needs no words");
  const cli::ConnectionOptions& options = line.command->options();
  PROMISE(options.timeout.count() >= 1 && options.timeout.count() <= 1'000'000'000'000,
          "a timeout within its range");
  const std::string_view name = line.command->words().name;
  if (name == "agent-gate") {
    const auto& gate = static_cast<const cli::agent_gate::Options&>(options);
    PROMISE(gate.verb == cli::agent_gate::Options::Verb::call || gate.tool.empty(), "only a call has a tool");
  } else if (name == "btp") {
    const auto& send = static_cast<const cli::btp::Options&>(options);
    PROMISE(!send.condition || send.condition->size() == 32, "a condition of 32 bytes");
    PROMISE(send.data.empty() || send.data_file.empty(), "data from one place");
  }
}

void hub_reads(Input& input) {
  const Arguments arguments("kedge-hub", input);
  std::ostringstream out, err;
  const auto line = hub::read_command_line(arguments.count(), arguments.pointers.data(), out, err);
  if (line.done) {
    PROMISE(line.done == hub::HubExit::ok || line.done == hub::HubExit::usage, "help, or wrong usage");
    PROMISE((line.done == hub::HubExit::usage) == !err.str().empty(),
            "wrong usage is said on standard error");
    return;
  }
  const auto* side = dynamic_cast<const hub::agent_gate::GateSide*>(line.options.sides.front().get());
  if (side == nullptr) return;
  const hub::agent_gate::Config& gate = side->config();
  for (const Duration time : {gate.auth_timeout, gate.approval_timeout, gate.result_ttl}) {
    PROMISE(time >= std::chrono::milliseconds{1} && time <= std::chrono::hours{24 * 365},
            "times within their range");
  }
  const std::string address = program::to_string(line.options.listen);
  PROMISE(program::parse_address(address) == line.options.listen, "an address reads back");
  PROMISE(line.options.certificate_file.empty() == line.options.key_file.empty() || !arguments.texts.empty(),
          "certificate and key come together");
}

void token_file(std::string_view content) {
  const bool fits = content.size() <= program::token_file_bytes_max;
  static const int file = memfd_create("token", 0);
  PROMISE(file >= 0 && ftruncate(file, 0) == 0, "a file in memory");
  PROMISE(pwrite(file, content.data(), content.size(), 0) == static_cast<ssize_t>(content.size()),
          "room in it");
  const std::string path = "/proc/self/fd/" + std::to_string(file);
  program::TokenSource source(path, "KEDGE_TOKEN");
  const auto read = source.prepare(program::Patience(std::chrono::milliseconds{0}));
  // Editors leave a mark and line ends.
  if (content.starts_with("\xEF\xBB\xBF")) content.remove_prefix(3);
  while (!content.empty() && (content.back() == '\n' || content.back() == '\r')) content.remove_suffix(1);
  const bool printable =
      std::all_of(content.begin(), content.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (content.empty() || content.size() > program::token_bytes_max || !printable || !fits) {
    PROMISE(!read && read.error().kind() == ErrorKind::config,
            "no token, one too large, or one that cannot be typed is a config error");
  } else {
    PROMISE(read && source.last().reveal() == content, "a token is the file's content");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  (void)unsetenv("KEDGE_URL");
  (void)setenv("KEDGE_HUB_TOKEN", "token", 1);
  Input input(data, size);
  switch (input.byte()) {
    case 'k':
      kedge_reads(input);
      break;
    case 'h':
      hub_reads(input);
      break;
    default:
      token_file(input.rest());
      break;
  }
  return 0;
}

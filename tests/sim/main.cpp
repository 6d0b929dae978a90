// kedge_sim: plays scenarios from seeds and checks what must hold at each step. `--help` says how.

#include "scenario.hpp"
#include "workers.hpp"

#include <charconv>
#include <cstdio>
#include <cstring>
#include <string>

namespace {

using namespace kedge::rig;

constexpr const char* usage =
    "usage: kedge_sim [OPTION...]\n"
    "\n"
    "Plays each scenario with one seed after another: a client, a model of its server, a random workload and "
    "faults, on a\n"
    "simulated clock and network. What must hold is checked after each step; the first breach of a seed ends "
    "it.\n"
    "\n"
    "  --seed N        plays this seed alone and prints its trace's last 50 events if it breaks a rule\n"
    "  --seeds N       how many seeds to play (100)\n"
    "  --from N        the first of them (1)\n"
    "  --scenario NAME only this one\n"
    "  --jobs N        processes at once (2)\n"
    "  --minutes N     simulated minutes for each seed (10)\n"
    "  --tls real      mbedTLS at both ends of each line, instead of a model of it\n"
    "  --verbose       prints faults and states as they come\n"
    "  --until-broken  stops at the first breach, prints how many seeds it took\n"
    "  --list          prints the scenarios' names\n"
    "  --help          prints this\n"
    "\n"
    "Exit codes: 0 nothing broke, 1 something did, 2 the command line is wrong, 3 a worker died.\n";

bool number(const char* text, std::uint64_t& into) {
  const char* end = text + std::strlen(text);
  const auto read = std::from_chars(text, end, into);
  return read.ec == std::errc() && read.ptr == end && into > 0;
}

int wrong(const std::string& what) {
  std::fprintf(stderr, "kedge_sim: %s; see --help\n", what.c_str());
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  Job job;
  for (int i = 1; i < argc; ++i) {
    const std::string option = argv[i];
    if (option == "--help") {
      std::fputs(usage, stdout);
      return 0;
    }
    if (option == "--list") {
      for (const Scenario& scenario : scenarios()) std::printf("%s\n", std::string(scenario.name).c_str());
      return 0;
    }
    if (option == "--verbose") {
      job.options.verbose = true;
      continue;
    }
    if (option == "--until-broken") {
      job.until_broken = true;
      continue;
    }
    if (i + 1 == argc) return wrong(option + " is unknown or lacks its value");
    const char* value = argv[++i];
    std::uint64_t n = 0;
    if (option == "--scenario") {
      job.scenario = value;
      bool known = false;
      for (const Scenario& scenario : scenarios()) known = known || scenario.name == job.scenario;
      if (!known) return wrong("no scenario is called '" + job.scenario + "'");
    } else if (option == "--tls") {
      if (std::strcmp(value, "real") != 0) return wrong("--tls takes 'real'");
      job.options.real_tls = true;
    } else if (!number(value, n)) {
      return wrong(option + " takes a positive number, not '" + value + "'");
    } else if (option == "--seed") {
      job.first = n;
      job.count = 1;
    } else if (option == "--seeds") {
      job.count = n;
    } else if (option == "--from") {
      job.first = n;
    } else if (option == "--jobs") {
      job.workers = static_cast<unsigned>(n);
    } else if (option == "--minutes") {
      job.options.length = std::chrono::minutes{static_cast<int>(n)};
    } else {
      return wrong(option + " is unknown");
    }
  }
  return work(job);
}

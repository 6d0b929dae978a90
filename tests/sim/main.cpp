// kedge_sim: plays scenarios from seeds and checks what must hold at each step. `--help` says how.

#include "scenario.hpp"
#include "workers.hpp"

#include "support/certificates.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <limits>
#include <map>
#include <optional>
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
    "  --seed N        plays this seed alone and prints its digest\n"
    "  --seeds N       how many seeds to play (100)\n"
    "  --from N        the first of them (1)\n"
    "  --scenario NAME only this one\n"
    "  --jobs N        processes at once, 1 to 64 (2)\n"
    "  --minutes N     simulated minutes that a run takes at most, 10 to 10000 (10): faults for half of "
    "them\n"
    "  --tls real      mbedTLS at both ends of each line, instead of a model of it\n"
    "  --verbose       prints faults, states and requests as they come; in one process\n"
    "  --until-broken  stops at the first seed that breaks a rule, prints how many it took\n"
    "  --list          prints the scenarios' names\n"
    "  --help          prints this\n"
    "\n"
    "A run that breaks a rule prints the rule, its last 50 events, what became of the requests that matter, "
    "and the\n"
    "command that plays it again.\n"
    "\n"
    "Exit codes: 0 nothing broke, 1 something did, 2 the command line is wrong, 3 a run crashed or did not "
    "end.\n";

struct Number {
  std::uint64_t least, most;
};
constexpr std::uint64_t any = std::numeric_limits<std::uint64_t>::max();
const std::map<std::string, Number> numbers = {{"--seed", {1, any}},
                                               {"--seeds", {1, any}},
                                               {"--from", {1, any}},
                                               {"--jobs", {1, workers_max}},
                                               {"--minutes", {10, 10'000}}};
constexpr std::string_view words[] = {"--scenario", "--tls"};
constexpr std::string_view flags[] = {"--verbose", "--until-broken", "--list", "--help"};

/// The command line as it was read; `wrong` says what is wrong with it.
struct Arguments {
  std::map<std::string, std::uint64_t> number;
  std::map<std::string, std::string> word;  // of flags: empty
  std::string wrong;

  [[nodiscard]] bool has(const std::string& option) const {
    return number.contains(option) || word.contains(option);
  }
};

// False when it is wrong.
bool read_number(const std::string& option, const char* text, Arguments& arguments) {
  const Number bounds = numbers.at(option);
  std::uint64_t value = 0;
  const char* end = text + std::strlen(text);
  const auto read = std::from_chars(text, end, value);
  if (read.ec == std::errc() && read.ptr == end && value >= bounds.least && value <= bounds.most) {
    arguments.number[option] = value;
    return true;
  }
  arguments.wrong = option + " takes a number from " + std::to_string(bounds.least) + " to " +
                    std::to_string(bounds.most) + ", not '" + text + "'";
  return false;
}

Arguments read(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string option = argv[i];
    const bool flag = std::ranges::count(flags, option) != 0;
    if (!flag && std::ranges::count(words, option) == 0 && !numbers.contains(option)) {
      arguments.wrong = "there is no option '" + option + "'";
    } else if (arguments.has(option)) {
      arguments.wrong = option + " is there twice";
    } else if (flag) {
      arguments.word[option];
    } else if (i + 1 == argc) {
      arguments.wrong = option + " lacks its value";
    } else if (!numbers.contains(option)) {
      arguments.word[option] = argv[++i];
    } else {
      (void)read_number(option, argv[++i], arguments);
    }
    if (!arguments.wrong.empty()) break;
  }
  return arguments;
}

// Options that would say two things at once, and values that nothing has.
std::string contradiction(const Arguments& arguments, const Job& job) {
  if (arguments.has("--seed") && (arguments.has("--seeds") || arguments.has("--from")))
    return "--seed plays one seed; several are --from and --seeds";
  if (job.options.verbose && arguments.has("--jobs") && job.workers > 1)
    return "--verbose plays in one process, so that runs do not mix";
  if (job.first - 1 > any - job.count) return "there are not so many seeds from there on";
  if (arguments.has("--tls") && arguments.word.at("--tls") != "real") return "--tls takes 'real'";
  const bool known = std::ranges::any_of(
      scenarios(), [&](const Scenario& scenario) { return scenario.name == job.scenario; });
  if (arguments.has("--scenario") && !known) return "no scenario is called '" + job.scenario + "'";
  return {};
}

Job job_of(const Arguments& arguments, const char* program) {
  const auto number = [&](const char* option, std::uint64_t otherwise) {
    const auto found = arguments.number.find(option);
    return found == arguments.number.end() ? otherwise : found->second;
  };
  Job job;
  job.program = program;
  job.first = number("--seed", number("--from", 1));
  job.count = number("--seeds", arguments.has("--seed") ? 1 : 100);
  job.options.verbose = arguments.has("--verbose");
  job.workers = static_cast<unsigned>(number("--jobs", job.options.verbose ? 1 : 2));
  job.options.length = std::chrono::minutes{static_cast<int>(number("--minutes", 10))};
  job.options.real_tls = arguments.has("--tls");
  job.until_broken = arguments.has("--until-broken");
  if (arguments.has("--scenario")) job.scenario = arguments.word.at("--scenario");
  return job;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments = read(argc, argv);
  const Job job = job_of(arguments, argv[0]);
  if (arguments.wrong.empty()) arguments.wrong = contradiction(arguments, job);
  if (!arguments.wrong.empty()) {
    std::fprintf(stderr, "kedge_sim: %s; see --help\n", arguments.wrong.c_str());
    return 2;
  }
  if (arguments.has("--help")) {
    std::fputs(usage, stdout);
    return 0;
  }
  if (arguments.has("--list")) {
    for (const Scenario& scenario : scenarios()) std::printf("%s\n", std::string(scenario.name).c_str());
    return 0;
  }
  kedge::test::seed_certificates(1);
  return work(job);
}

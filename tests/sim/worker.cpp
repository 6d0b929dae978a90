#include "worker.hpp"

#include "scenario.hpp"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace kedge::rig {

namespace {

// A step that never ends is a breach too.
constexpr unsigned seconds_for_a_seed = 120;
constexpr unsigned seconds_for_last_words = 10;

const Run* playing = nullptr;
const char* playing_scenario = "";

// Whatever goes wrong in here ends the process by a signal: the parent knows the seed without it.
void on_death(int signal) {
  for (const int other : {SIGABRT, SIGSEGV, SIGALRM, SIGFPE, SIGILL, SIGBUS}) std::signal(other, SIG_DFL);
  alarm(seconds_for_last_words);
  if (playing != nullptr) {
    std::fprintf(stderr, "\n%s: seed %llu died of signal %d (%s) at step %llu\n", playing_scenario,
                 static_cast<unsigned long long>(playing->seed), signal,
                 signal == SIGALRM ? "it did not end" : "a crash or a failed assertion",
                 static_cast<unsigned long long>(playing->world.events()));
    playing->world.print_trace(stderr);
  }
  std::_Exit(3);
}

// On a stack of its own, as the other one may be what ran out.
void catch_deaths() {
  static std::array<std::byte, 65536> memory;
  stack_t stack{};
  stack.ss_sp = memory.data();
  stack.ss_size = memory.size();
  sigaltstack(&stack, nullptr);
  struct sigaction action {};
  action.sa_handler = on_death;
  action.sa_flags = SA_ONSTACK;
  for (const int signal : {SIGABRT, SIGSEGV, SIGALRM, SIGFPE, SIGILL, SIGBUS})
    sigaction(signal, &action, nullptr);
}

// In one piece, as others print too.
void print_breach(const Job& job, const Run& run, std::string_view scenario) {
  char* text = nullptr;
  std::size_t size = 0;
  std::FILE* out = open_memstream(&text, &size);
  if (out == nullptr) return;
  std::fprintf(
      out, "\n%s: seed %llu broke a rule at step %llu\n  the rule: %s\n  what was seen: %s\n  again: %s\n",
      scenario.data(), static_cast<unsigned long long>(run.seed), static_cast<unsigned long long>(run.step()),
      run.rule().c_str(), run.detail().c_str(), replay(job, run.seed, scenario).c_str());
  run.world.print_trace(out);
  run.history().print(out, run.detail());
  std::fclose(out);
  std::fwrite(text, 1, size, stderr);
  std::free(text);
}

bool play(const Scenario& scenario, std::uint64_t index, const Job& job, Report& report) {
  const std::uint64_t seed = job.first + index;
  const auto number = static_cast<unsigned long long>(seed);
  if (job.options.verbose) std::fprintf(stderr, "\n%s, seed %llu\n", scenario.name.data(), number);
  Run run(seed, job.options);
  playing = &run;
  playing_scenario = scenario.name.data();
  alarm(seconds_for_a_seed + static_cast<unsigned>(job.options.length.count()));
  scenario.play(run);
  alarm(0);
  run.tally.runs = 1;
  run.tally.steps = run.world.events();
  report.tally += run.tally;
  if (run.broken()) {
    ++report.broken;
    print_breach(job, run, scenario.name);
  }
  if (job.count == 1) {
    std::printf("%s, seed %llu: digest %016llx\n", scenario.name.data(), number,
                static_cast<unsigned long long>(run.world.digest()));
    std::fflush(stdout);
  }
  playing = nullptr;
  return !run.broken();
}

// The scenarios of one seed, the first `from` of them left out.
void play_seed(const Job& job, Shared& shared, Slot& slot, std::uint64_t index, std::uint64_t from) {
  for (std::uint64_t i = from; i < scenarios().size(); ++i) {
    const Scenario& scenario = scenarios()[static_cast<std::size_t>(i)];
    if (!job.scenario.empty() && scenario.name != job.scenario) continue;
    slot.place = {index, i};
    slot.playing = true;
    const bool held = play(scenario, index, job, slot.report);
    if (!held) slot.report.first = std::min(slot.report.first, slot.place);
    slot.playing = false;
    if (held || !job.until_broken) continue;
    return shared.stop_behind(index);
  }
}

}  // namespace

Report& Report::operator+=(const Report& other) noexcept {
  tally += other.tally;
  broken += other.broken;
  died += other.died;
  first = std::min(first, other.first);
  return *this;
}

void Shared::stop_behind(std::uint64_t index) noexcept {
  std::uint64_t known = end;
  while (index + 1 < known && !end.compare_exchange_weak(known, index + 1)) {
  }
}

void play_share(const Job& job, Shared& shared, Slot& slot) {
  catch_deaths();
  if (slot.playing.exchange(false)) play_seed(job, shared, slot, slot.place.index, slot.place.scenario + 1);
  const bool shows_progress = &slot == &shared.slots[0] && isatty(STDERR_FILENO) == 1;
  std::timespec told{};
  std::timespec_get(&told, TIME_UTC);
  for (std::uint64_t index = shared.next++; index < shared.end; index = shared.next++) {
    play_seed(job, shared, slot, index, 0);
    if (!shows_progress) continue;
    std::timespec now{};
    std::timespec_get(&now, TIME_UTC);
    if (now.tv_sec == told.tv_sec) continue;
    told = now;
    std::fprintf(stderr, "\r%llu of %llu seeds ", static_cast<unsigned long long>(index + 1),
                 static_cast<unsigned long long>(job.count));
  }
  if (shows_progress) std::fprintf(stderr, "\r%40s\r", "");
  slot.done = true;
}

}  // namespace kedge::rig

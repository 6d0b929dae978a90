#include "workers.hpp"

#include "scenario.hpp"

#include <sys/wait.h>

#include <unistd.h>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

namespace kedge::rig {

namespace {

// A step that never ends is a breach too.
constexpr unsigned seconds_for_a_seed = 120;

// What a worker's death leaves behind is the seed that it was playing.
const Run* playing = nullptr;
const char* playing_scenario = "";

void on_death(int signal) {
  if (playing != nullptr) {
    std::fprintf(stderr, "\n%s: seed %llu died of signal %d (%s) at step %llu\n", playing_scenario,
                 static_cast<unsigned long long>(playing->seed), signal,
                 signal == SIGALRM ? "it did not end" : "a crash or a failed assertion",
                 static_cast<unsigned long long>(playing->world.events()));
    playing->world.print_trace(stderr);
  }
  std::signal(SIGABRT, SIG_DFL);
  std::_Exit(3);
}

struct Report {
  Tally tally;
  std::uint64_t broken = 0;
  std::uint64_t first_broken = 0;  // seed
};

bool play(const Scenario& scenario, std::uint64_t seed, const Job& job, Report& report) {
  Run run(seed, job.options);
  playing = &run;
  playing_scenario = scenario.name.data();
  alarm(seconds_for_a_seed);
  scenario.play(run);
  alarm(0);
  run.tally.runs = 1;
  run.tally.steps = run.world.events();
  report.tally += run.tally;
  if (run.broken()) {
    ++report.broken;
    if (report.first_broken == 0 || seed < report.first_broken) report.first_broken = seed;
    std::fprintf(stderr, "\n%s: seed %llu broke a rule at step %llu\n  the rule: %s\n  what was seen: %s\n",
                 playing_scenario, static_cast<unsigned long long>(seed),
                 static_cast<unsigned long long>(run.step()), run.rule().c_str(), run.detail().c_str());
    run.world.print_trace(stderr);
  } else if (job.count == 1) {
    std::printf("seed %llu: digest %016llx\n", static_cast<unsigned long long>(seed),
                static_cast<unsigned long long>(run.world.digest()));
  }
  playing = nullptr;
  return !run.broken();
}

// One worker's share: every `workers`-th seed, so that all get on alike.
Report share(const Job& job, unsigned worker) {
  Report report;
  const bool shows_progress = worker == 0 && isatty(STDERR_FILENO) == 1;
  std::time_t told = std::time(nullptr);
  for (std::uint64_t i = worker; i < job.count; i += job.workers) {
    for (const Scenario& scenario : scenarios()) {
      if (!job.scenario.empty() && scenario.name != job.scenario) continue;
      if (!play(scenario, job.first + i, job, report) && job.until_broken) return report;
    }
    if (shows_progress && std::time(nullptr) != told) {
      told = std::time(nullptr);
      std::fprintf(stderr, "\r%llu of %llu seeds ", static_cast<unsigned long long>(i + 1),
                   static_cast<unsigned long long>(job.count));
    }
  }
  if (shows_progress) std::fprintf(stderr, "\r%40s\r", "");
  return report;
}

void print(const Report& report, double seconds) {
  const Tally& tally = report.tally;
  const auto wide = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
  std::printf("%llu runs in %.1f s, %llu steps\n", wide(tally.runs), seconds, wide(tally.steps));
  std::printf(
      "%llu requests, %llu answered with a result; %llu attempts, %llu times ready; %llu rows fetched\n",
      wide(tally.requests), wide(tally.answered), wide(tally.attempts), wide(tally.readies),
      wide(tally.rows));
  for (std::size_t i = 0; i < fault_kinds; ++i)
    std::printf("  %-20s %12llu\n", std::string(to_string(static_cast<Fault>(i))).c_str(),
                wide(tally.faults[i]));
  if (report.broken == 0) {
    std::printf("nothing broke\n");
  } else {
    std::printf("%llu runs broke a rule; play the first again with --seed %llu\n", wide(report.broken),
                wide(report.first_broken));
  }
}

}  // namespace

int work(const Job& job) {
  struct Worker {
    pid_t pid;
    int pipe;
  };
  std::timespec begin{};
  std::timespec end{};
  std::timespec_get(&begin, TIME_UTC);
  std::fflush(nullptr);
  std::vector<Worker> workers;
  for (unsigned i = 0; i < job.workers && i < job.count; ++i) {
    int ends[2];
    if (pipe(ends) != 0) return 3;
    const pid_t pid = fork();
    if (pid < 0) return 3;
    if (pid == 0) {
      close(ends[0]);
      for (const int signal : {SIGABRT, SIGSEGV, SIGALRM, SIGFPE, SIGILL, SIGBUS})
        std::signal(signal, on_death);
      const Report report = share(job, i);
      std::fflush(nullptr);
      const bool told = ::write(ends[1], &report, sizeof report) == static_cast<ssize_t>(sizeof report);
      std::_Exit(told ? 0 : 3);
    }
    close(ends[1]);
    workers.push_back({pid, ends[0]});
  }
  Report all;
  bool died = false;
  for (const Worker& worker : workers) {
    Report report;
    int status = 0;
    const bool told = ::read(worker.pipe, &report, sizeof report) == static_cast<ssize_t>(sizeof report);
    close(worker.pipe);
    waitpid(worker.pid, &status, 0);
    died = died || !told || status != 0;
    if (!told) continue;
    all.tally += report.tally;
    all.broken += report.broken;
    if (report.first_broken != 0 && (all.first_broken == 0 || report.first_broken < all.first_broken))
      all.first_broken = report.first_broken;
  }
  std::timespec_get(&end, TIME_UTC);
  print(all, static_cast<double>(end.tv_sec - begin.tv_sec) +
                 static_cast<double>(end.tv_nsec - begin.tv_nsec) / 1e9);
  if (died) std::printf("a worker died\n");
  return died ? 3 : all.broken != 0 ? 1 : 0;
}

}  // namespace kedge::rig

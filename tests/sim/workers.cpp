#include "workers.hpp"

#include "scenario.hpp"
#include "worker.hpp"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <new>

namespace kedge::rig {

namespace {

unsigned long long wide(std::uint64_t value) noexcept {
  return value;
}

void print(const Report& report, double seconds) {
  const Tally& tally = report.tally;
  std::printf("%llu runs in %.1f s, %llu steps\n", wide(tally.runs), seconds, wide(tally.steps));
  std::printf(
      "%llu requests, %llu answered with a result; %llu attempts, %llu times ready; %llu rows fetched\n",
      wide(tally.requests), wide(tally.answered), wide(tally.attempts), wide(tally.readies),
      wide(tally.rows));
  for (std::size_t i = 0; i < fault_kinds; ++i)
    std::printf("  %-20s %12llu\n", std::string(to_string(static_cast<Fault>(i))).c_str(),
                wide(tally.faults[i]));
}

class Workers {
 public:
  explicit Workers(const Job& job) : job_(job) {}

  /// False when a process or its memory cannot be had.
  bool start() {
    void* memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return false;
    shared_ = new (memory) Shared;
    shared_->end = job_.count;
    for (unsigned i = 0; i < job_.workers && i < job_.count; ++i) {
      if (!begin(i)) return false;
    }
    return true;
  }

  /// Until each has ended; false when runs were left out.
  bool wait() {
    bool complete = true;
    while (living_ > 0) {
      int status = 0;
      const pid_t pid = ::wait(&status);
      const auto at = std::ranges::find(pids_, pid);
      if (at == pids_.end()) continue;
      --living_;
      const auto number = static_cast<std::size_t>(at - pids_.begin());
      *at = 0;
      if (shared_->slots[number].done && status == 0) continue;
      complete = bury(number, status) && complete;
    }
    return complete;
  }

  [[nodiscard]] Report report() const {
    Report all;
    for (const Slot& slot : shared_->slots) all += slot.report;
    return all;
  }

 private:
  bool begin(std::size_t number) {
    std::fflush(nullptr);
    const pid_t parent = getpid();
    const pid_t pid = fork();
    if (pid < 0) {
      std::fprintf(stderr, "kedge_sim: no process for a worker: %s\n", std::strerror(errno));
      return false;
    }
    if (pid == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (getppid() != parent) std::_Exit(3);  // it ended before it could be watched
      play_share(job_, *shared_, shared_->slots[number]);
      std::fflush(nullptr);
      std::_Exit(0);
    }
    pids_[number] = pid;
    ++living_;
    return true;
  }

  // One has died: its run counts as one that broke, and another plays what it would have played. False when
  // that cannot be.
  bool bury(std::size_t number, int status) {
    Slot& slot = shared_->slots[number];
    if (!slot.playing) {
      std::fprintf(stderr, "kedge_sim: a worker ended outside a run, status %d\n", status);
      return false;
    }
    const Place place = slot.place;
    const std::string_view scenario = scenarios()[static_cast<std::size_t>(place.scenario)].name;
    const auto seed = wide(job_.first + place.index);
    if (WIFSIGNALED(status)) {
      std::fprintf(stderr, "\n%s: seed %llu died of signal %d, without a word\n", scenario.data(), seed,
                   WTERMSIG(status));
    } else if (WEXITSTATUS(status) != 3) {
      std::fprintf(stderr, "\n%s: seed %llu died of an exit with code %d\n", scenario.data(), seed,
                   WEXITSTATUS(status));
    }
    std::fprintf(stderr, "  again: %s\n", replay(job_, seed, scenario).c_str());
    ++slot.report.died;
    slot.report.first = std::min(slot.report.first, place);
    if (job_.until_broken) {
      shared_->stop_behind(place.index);
      return true;
    }
    return begin(number);
  }

  const Job& job_;
  Shared* shared_ = nullptr;
  std::array<pid_t, workers_max> pids_{};
  std::size_t living_ = 0;
};

// What broke first, and how to see it again.
void print_verdict(const Job& job, const Report& report) {
  if (report.broken + report.died == 0) {
    std::printf("nothing broke\n");
    return;
  }
  const std::uint64_t seed = job.first + report.first.index;
  const std::string again =
      replay(job, seed, scenarios()[static_cast<std::size_t>(report.first.scenario)].name);
  if (job.until_broken) {
    std::printf("seed %llu broke, after %llu seeds; play it again: %s\n", wide(seed),
                wide(report.first.index + 1), again.c_str());
    return;
  }
  if (report.broken > 0) std::printf("%llu runs broke a rule\n", wide(report.broken));
  if (report.died > 0) std::printf("%llu runs died\n", wide(report.died));
  std::printf("play the first again: %s\n", again.c_str());
}

}  // namespace

std::string replay(const Job& job, std::uint64_t seed, std::string_view scenario) {
  std::string command =
      job.program + " --scenario " + std::string(scenario) + " --seed " + std::to_string(seed);
  if (job.options.length != Options{}.length)
    command += " --minutes " + std::to_string(job.options.length.count());
  if (job.options.real_tls) command += " --tls real";
  return command;
}

int work(const Job& job) {
  std::timespec begin{};
  std::timespec end{};
  std::timespec_get(&begin, TIME_UTC);
  Workers workers(job);
  if (!workers.start()) return 3;
  const bool complete = workers.wait();
  std::timespec_get(&end, TIME_UTC);
  const Report report = workers.report();
  print(report, static_cast<double>(end.tv_sec - begin.tv_sec) +
                    static_cast<double>(end.tv_nsec - begin.tv_nsec) / 1e9);
  print_verdict(job, report);
  if (!complete) std::printf("a worker ended or could not be started: not all was played\n");
  return !complete || report.died != 0 ? 3 : report.broken != 0 ? 1 : 0;
}

}  // namespace kedge::rig

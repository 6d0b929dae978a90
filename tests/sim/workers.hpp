#pragma once
// Seeds over several processes, and the report.

#include "run.hpp"

#include <string>

namespace kedge::rig {

inline constexpr unsigned workers_max = 64;

struct Job {
  std::string program = "kedge_sim";  ///< as it was called
  std::uint64_t first = 1;
  std::uint64_t count = 100;
  unsigned workers = 2;  ///< `workers_max` at most
  bool until_broken = false;
  std::string scenario;  ///< empty: all
  Options options;
};

/// The command that plays this run again, exactly.
[[nodiscard]] std::string replay(const Job& job, std::uint64_t seed, std::string_view scenario);

/// Plays the job, prints progress to stderr when that is a terminal, breaches to stderr and the report to
/// stdout. A worker that dies is found out by its parent, which says what it was playing and plays on with
/// another; workers end with their parent. Returns the exit code.
int work(const Job& job);

}  // namespace kedge::rig

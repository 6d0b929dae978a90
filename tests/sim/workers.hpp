#pragma once
// Seeds over several processes, and the report.

#include "run.hpp"

#include <string>

namespace kedge::rig {

struct Job {
  std::uint64_t first = 1;
  std::uint64_t count = 100;
  unsigned workers = 2;
  bool until_broken = false;
  std::string scenario;  ///< empty: all
  Options options;
};

/// Plays the job, prints progress to stderr when that is a terminal, breaches to stderr and the report to
/// stdout. Returns the exit code.
int work(const Job& job);

}  // namespace kedge::rig

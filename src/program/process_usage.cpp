#include "process_usage.hpp"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <memory>

namespace kedge::program {

namespace {

Duration duration_of(const timeval& time) noexcept {
  return std::chrono::seconds{time.tv_sec} + std::chrono::microseconds{time.tv_usec};
}

struct Close {
  void operator()(std::FILE* file) const noexcept { (void)std::fclose(file); }
  void operator()(DIR* folder) const noexcept { (void)::closedir(folder); }
};

// proc(5): pages of the whole, and of what is in memory.
void read_memory(ProcessUsage& usage) noexcept {
  const std::unique_ptr<std::FILE, Close> file(std::fopen("/proc/self/statm", "re"));
  unsigned long long whole = 0, resident = 0;
  if (!file || std::fscanf(file.get(), "%llu %llu", &whole, &resident) != 2) return;
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  usage.virtual_bytes = whole * page;
  usage.resident_bytes = resident * page;
}

void count_descriptors(ProcessUsage& usage) noexcept {
  const std::unique_ptr<DIR, Close> folder(::opendir("/proc/self/fd"));
  if (!folder) return;
  std::uint64_t open = 0;
  while (const dirent* entry = ::readdir(folder.get())) open += entry->d_name[0] != '.' ? 1 : 0;
  usage.open_descriptors = open - 1;  // but for the folder's own
}

}  // namespace

ProcessUsage process_usage() noexcept {
  ProcessUsage usage;
  rusage taken{};
  if (::getrusage(RUSAGE_SELF, &taken) == 0)
    usage.cpu = duration_of(taken.ru_utime) + duration_of(taken.ru_stime);
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
    usage.descriptors_max = limit.rlim_cur;
  read_memory(usage);
  count_descriptors(usage);
  return usage;
}

}  // namespace kedge::program

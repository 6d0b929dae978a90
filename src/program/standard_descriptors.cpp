#include "standard_descriptors.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <iostream>

namespace kedge::program {

void open_missing_descriptors() noexcept {
  // In this order: the lowest number that is free is what open() gives.
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(descriptor, F_GETFD) >= 0) continue;
    const int mode = descriptor == STDOUT_FILENO ? O_RDONLY : O_WRONLY;
    // A root without /dev has a root all the same: neither reads nor writes.
    if (::open("/dev/null", mode) < 0) (void)::open("/", O_RDONLY | O_DIRECTORY);
  }
}

void survive_failed_writes() noexcept {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

bool goes_nowhere(int descriptor) noexcept {
  struct stat there {};
  if (::fstat(descriptor, &there) != 0 || S_ISDIR(there.st_mode)) return true;
  struct stat null {};
  return S_ISCHR(there.st_mode) && ::stat("/dev/null", &null) == 0 && there.st_rdev == null.st_rdev;
}

bool standard_output_is_written() noexcept {
  bool written = false;
  try {
    std::cout.flush();
    written = std::cout.good() && std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  } catch (...) {
    written = false;
  }
  if (!written) std::fputs("standard output could not be written\n", stderr);
  return written;
}

}  // namespace kedge::program

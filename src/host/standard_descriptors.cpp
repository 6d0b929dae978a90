#include "standard_descriptors.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <initializer_list>

namespace kedge {

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

}  // namespace kedge

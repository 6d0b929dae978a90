#include "standard_descriptors.hpp"

#include <sys/stat.h>

#include <cstdio>
#include <iostream>

namespace kedge::program {

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

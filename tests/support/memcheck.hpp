#pragma once
// Whether this test runs under valgrind, as tests/run.sh valgrind starts it; for the few that memcheck itself
// disturbs.

#include <cstdlib>
#include <cstring>

namespace kedge::test {

/// Each user says why it does something else then.
inline bool under_memcheck() {
  const char* launcher = std::getenv("KEDGE_TEST_LAUNCHER");
  return launcher != nullptr && std::strstr(launcher, "valgrind") != nullptr;
}

}  // namespace kedge::test

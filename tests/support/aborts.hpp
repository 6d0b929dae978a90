#pragma once
// For what must end the program: a broken contract, a misuse that debug builds notice.

#include "cmocka.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

namespace kedge::test {

/// Whether `body` aborts, in a child whose words go nowhere.
template <class Body>
[[nodiscard]] bool aborts(const Body& body) {
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);
    (void)!std::freopen("/dev/null", "w", stderr);
    body();
    _exit(0);
  }
  int status = 0;
  EXPECT(waitpid(child, &status, 0) == child, "the child to end");
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

}  // namespace kedge::test

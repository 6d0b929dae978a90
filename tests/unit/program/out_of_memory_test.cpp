#include "program/out_of_memory.hpp"

#include "support/cmocka.hpp"

#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include <array>
#include <cstdlib>
#include <limits>
#include <new>
#include <string>

// What no allocator has fails instead of ending the process.
extern "C" const char* __asan_default_options() {
  return "allocator_may_return_null=1:max_allocation_size_mb=1024";
}

namespace {

struct End {
  int status = 0;
  std::string words;  // on standard error
};

/// How a program ends that does this once it is prepared.
End end_of(void (*run)()) {
  std::array<int, 2> ends{};
  EXPECT(::pipe(ends.data()) == 0, "a pipe");
  const pid_t child = ::fork();
  EXPECT(child >= 0, "another process");
  if (child == 0) {
    ::dup2(ends[1], STDERR_FILENO);
    kedge::program::prepare_for_out_of_memory("kedge-test", 7);
    run();
    ::_exit(0);
  }
  ::close(ends[1]);
  End end;
  char byte = 0;
  while (::read(ends[0], &byte, 1) == 1) end.words += byte;
  ::close(ends[0]);
  EXPECT(::waitpid(child, &end.status, 0) == child, "an end");
  return end;
}

void expect_last_words(const End& end) {
  EXPECT(WIFEXITED(end.status) && WEXITSTATUS(end.status) == 7, "the exit code that was asked for");
  EXPECT(end.words.ends_with("kedge-test: out of memory\n"), "words about memory, and the program's name");
}

void an_allocation_that_fails_ends_the_program_with_words_and_its_code(void**) {
  // What operator new does then; that of a sanitizer or of valgrind asks nobody.
  expect_last_words(end_of([] { std::get_new_handler()(); }));
}

void an_allocation_of_libuv_that_fails_ends_it_too(void**) {
  constexpr unsigned many = std::numeric_limits<unsigned>::max();
  const volatile std::size_t bytes =
      std::size_t{many} * sizeof(uv_buf_t);  // compilers know that it is too much
  void* volatile memory = std::malloc(bytes);
  const bool possible = memory != nullptr;
  std::free(memory);
  if (possible) skip();
  expect_last_words(end_of([] {
    uv_fs_t request;
    const uv_buf_t buffer = uv_buf_init(nullptr, 0);
    (void)uv_fs_write(nullptr, &request, STDERR_FILENO, &buffer, many, -1, nullptr);
  }));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(an_allocation_that_fails_ends_the_program_with_words_and_its_code),
      cmocka_unit_test(an_allocation_of_libuv_that_fails_ends_it_too),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

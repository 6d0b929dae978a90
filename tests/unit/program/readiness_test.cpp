// Descriptors that others share are watched, and left as they are.

#include "program/readiness.hpp"

#include "support/cmocka.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>

using kedge::program::Readiness;
using For = Readiness::For;

namespace {

struct Pipe {
  Pipe() { EXPECT(::pipe(ends) == 0, "a pipe"); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_reader();
    ::close(ends[1]);
  }
  void close_reader() {
    if (ends[0] >= 0) ::close(ends[0]);
    ends[0] = -1;
  }
  int ends[2];
};

int calls_in(kedge::uv::Loop& loop, int& calls) {
  const int before = calls;
  for (int i = 0; i < 4; ++i) loop.poll();
  return calls - before;
}

void a_pipe_is_ready_as_long_as_it_is_wanted_and_holds_something(void**) {
  Pipe pipe;
  kedge::uv::Loop loop;
  Readiness ready;
  int calls = 0;
  EXPECT(ready.open(loop, pipe.ends[0], For::reading, [&]() noexcept { ++calls; }).ok(), "watched");
  EXPECT(::write(pipe.ends[1], "xy", 2) == 2, "something");
  EXPECT(calls_in(loop, calls) == 0, "not wanted yet");
  ready.want(true);
  EXPECT(calls_in(loop, calls) > 1, "again and again");
  ready.want(false);
  EXPECT(calls_in(loop, calls) == 0, "not any more");
  ready.want(true);
  char byte[2];
  EXPECT(::read(pipe.ends[0], byte, 2) == 2, "taken");
  EXPECT(calls_in(loop, calls) == 0, "empty");
  EXPECT((::fcntl(pipe.ends[0], F_GETFL) & O_NONBLOCK) == 0, "whoever shares it finds it blocking");
}

void a_full_pipe_cannot_be_written_until_it_is_read(void**) {
  Pipe pipe;
  EXPECT(::fcntl(pipe.ends[1], F_SETFL, O_NONBLOCK) == 0, "to fill it");
  char bytes[4096] = {};
  while (::write(pipe.ends[1], bytes, sizeof bytes) > 0) continue;
  kedge::uv::Loop loop;
  Readiness ready;
  int calls = 0;
  EXPECT(ready.open(loop, pipe.ends[1], For::writing, [&]() noexcept { ++calls; }).ok(), "watched");
  ready.want(true);
  EXPECT(calls_in(loop, calls) == 0, "full");
  for (int i = 0; i < 4; ++i) EXPECT(::read(pipe.ends[0], bytes, sizeof bytes) > 0, "read");
  EXPECT(calls_in(loop, calls) > 0, "room");
}

void that_the_other_end_has_gone_is_seen_without_a_write(void**) {
  Pipe pipe;
  kedge::uv::Loop loop;
  Readiness ready;
  int calls = 0;
  EXPECT(ready.open(loop, pipe.ends[1], For::hangup, [&]() noexcept { ++calls; }).ok(), "watched");
  ready.want(true);
  EXPECT(calls_in(loop, calls) == 0, "it is there");
  pipe.close_reader();
  EXPECT(calls_in(loop, calls) > 0, "it has gone");
}

void a_file_is_always_ready_and_never_hangs_up(void**) {
  char name[] = "/tmp/kedge-readiness-XXXXXX";
  const int file = ::mkstemp(name);
  EXPECT(file >= 0 && ::unlink(name) == 0, "a file");
  kedge::uv::Loop loop;
  for (const For what : {For::reading, For::writing, For::hangup}) {
    Readiness ready;
    int calls = 0;
    EXPECT(ready.open(loop, file, what, [&]() noexcept { ++calls; }).ok(), "watched");
    EXPECT(calls_in(loop, calls) == 0, "not wanted yet");
    ready.want(true);
    EXPECT((calls_in(loop, calls) > 1) == (what != For::hangup), "again and again");
    ready.close();
    EXPECT(calls_in(loop, calls) == 0, "closed");
  }
  ::close(file);
}

void what_is_no_descriptor_is_an_error(void**) {
  kedge::uv::Loop loop;
  Readiness ready;
  const auto opened = ready.open(loop, 1000, For::reading, []() noexcept {});
  EXPECT(opened.error().kind() == kedge::ErrorKind::connection && !ready.is_open(), "refused");
  ready.want(true);
  ready.close();
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_pipe_is_ready_as_long_as_it_is_wanted_and_holds_something),
      cmocka_unit_test(a_full_pipe_cannot_be_written_until_it_is_read),
      cmocka_unit_test(that_the_other_end_has_gone_is_seen_without_a_write),
      cmocka_unit_test(a_file_is_always_ready_and_never_hangs_up),
      cmocka_unit_test(what_is_no_descriptor_is_an_error),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

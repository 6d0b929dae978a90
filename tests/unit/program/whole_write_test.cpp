// Results come out whole, and a signal ends the wait for a reader.

#include "program/whole_write.hpp"

#include "support/cmocka.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string>
#include <thread>
#include <utility>

using kedge::ErrorKind;
using kedge::program::write_some;
using kedge::program::write_whole;

namespace {

struct Pipe {
  Pipe() { EXPECT(::pipe(ends) == 0, "a pipe"); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    ::close(ends[0]);
    ::close(ends[1]);
  }
  int ends[2];
};

const std::string large(1 << 20, 'x');  // more than any pipe holds

void a_reader_who_takes_his_time_gets_all(void**) {
  Pipe pipe;
  std::string received;
  std::thread reader([&] {
    std::string piece(1000, ' ');
    while (received.size() < large.size()) {
      const ssize_t got = ::read(pipe.ends[0], piece.data(), piece.size());
      if (got <= 0) return;
      received.append(piece, 0, static_cast<std::size_t>(got));
    }
  });
  EXPECT(write_whole(pipe.ends[1], large).ok(), "no error");
  reader.join();
  EXPECT(received == large, "every byte");
}

void a_descriptor_that_does_not_block_gets_all_too(void**) {
  Pipe pipe;
  EXPECT(::fcntl(pipe.ends[1], F_SETFL, O_NONBLOCK) == 0, "a pipe that somebody else made so");
  std::string received(large.size(), ' ');
  std::thread reader([&] {
    for (std::size_t at = 0; at < received.size();) {
      const ssize_t got = ::read(pipe.ends[0], received.data() + at, received.size() - at);
      if (got <= 0) return;
      at += static_cast<std::size_t>(got);
    }
  });
  EXPECT(write_whole(pipe.ends[1], large).ok(), "no error");
  reader.join();
  EXPECT(received == large, "every byte");
}

int handled = 0;

void a_signal_ends_the_wait_and_is_handled_as_before_afterwards(void**) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    handled = 0;
    std::signal(number, [](int) { ++handled; });
    Pipe pipe;
    const pthread_t self = pthread_self();
    std::thread sender([&] {
      for (int waiting = 0; waiting < 60'000;) {  // until the pipe is full, and the writer waits
        EXPECT(::ioctl(pipe.ends[0], FIONREAD, &waiting) == 0, "what lies in the pipe");
        std::this_thread::yield();
      }
      pthread_kill(self, number);
    });
    const auto written = write_whole(pipe.ends[1], large);
    sender.join();
    EXPECT(written.error().kind() == ErrorKind::cancelled, "cancelled");
    EXPECT(handled == 0, "nobody else hears of it");
    std::raise(number);
    EXPECT(handled == 1, "as before");
    std::signal(number, SIG_DFL);
  }
}

void a_signal_that_is_ignored_ends_nothing(void**) {
  std::signal(SIGHUP, SIG_IGN);
  Pipe pipe;
  const pthread_t self = pthread_self();
  std::thread reader([&] {
    pthread_kill(self, SIGHUP);
    std::string piece(large.size(), ' ');
    for (std::size_t at = 0; at < large.size();) {
      const ssize_t got = ::read(pipe.ends[0], piece.data(), piece.size());
      if (got <= 0) return;
      at += static_cast<std::size_t>(got);
    }
  });
  EXPECT(write_whole(pipe.ends[1], large).ok(), "no error");
  reader.join();
  std::signal(SIGHUP, SIG_DFL);
}

void what_cannot_be_written_is_an_error_with_its_reason(void**) {
  const int full = ::open("/dev/full", O_WRONLY);
  EXPECT(write_whole(full, "x").error().layer_code() == ENOSPC, "a full disk");
  ::close(full);
  EXPECT(write_whole(full, "x").error().layer_code() == EBADF, "a closed descriptor");
  const int only_read = ::open("/dev/null", O_RDONLY);
  EXPECT(write_whole(only_read, "x").error().layer_code() == EBADF, "what takes the place of a closed one");
  ::close(only_read);
  std::signal(SIGPIPE, SIG_IGN);
  Pipe pipe;
  ::close(pipe.ends[0]);
  EXPECT(write_whole(pipe.ends[1], "x").error().layer_code() == EPIPE, "a reader who went");
  pipe.ends[0] = ::open("/dev/null", O_RDONLY);
}

void a_part_is_written_where_there_is_no_room_for_all(void**) {
  Pipe pipe;
  const auto some = write_some(pipe.ends[1], large);
  EXPECT(some && *some > 0 && *some < large.size(), "as much as the pipe holds, and no wait");
  EXPECT(write_some(pipe.ends[1], large).value() == 0, "it is full");
  std::string piece(*some, ' ');
  EXPECT(::read(pipe.ends[0], piece.data(), piece.size()) > 0, "room again");
  EXPECT(write_some(pipe.ends[1], "x").value() == 1, "goes on");
  std::signal(SIGPIPE, SIG_IGN);
  ::close(std::exchange(pipe.ends[0], ::dup(STDERR_FILENO)));
  EXPECT(write_some(pipe.ends[1], "x").error().kind() == ErrorKind::closed, "nobody reads");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_reader_who_takes_his_time_gets_all),
      cmocka_unit_test(a_part_is_written_where_there_is_no_room_for_all),
      cmocka_unit_test(a_descriptor_that_does_not_block_gets_all_too),
      cmocka_unit_test(a_signal_ends_the_wait_and_is_handled_as_before_afterwards),
      cmocka_unit_test(a_signal_that_is_ignored_ends_nothing),
      cmocka_unit_test(what_cannot_be_written_is_an_error_with_its_reason),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

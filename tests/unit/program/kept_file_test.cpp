#include "program/kept_file.hpp"

#include "support/certificates.hpp"
#include "support/cmocka.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <string>
#include <thread>

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;
using program::KeptFile;
using program::Patience;

namespace {

constexpr std::size_t bytes_max = 64;

struct Pipe {
  std::array<int, 2> ends{};

  Pipe() { EXPECT(::pipe(ends.data()) == 0, "a pipe"); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    end();
    ::close(ends[0]);
  }
  void write(std::string_view text) const {
    EXPECT(::write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()), "room");
  }
  void end() {
    if (ends[1] >= 0) ::close(ends[1]);
    ends[1] = -1;
  }
  [[nodiscard]] std::string path() const { return "/dev/fd/" + std::to_string(ends[0]); }
};

/// A name for a file that is not there.
std::string free_path() {
  const std::string path = write_temporary_file("");
  std::remove(path.c_str());
  return path;
}

std::string text_of(const KeptFile& file) {
  const auto text = file.read();
  return std::string(text ? (*text)->view() : text.error().message());
}

/// What is said of a path when it is prepared at once.
std::string refusal(const std::string& path) {
  const auto prepared = KeptFile(path, bytes_max).prepare(Patience(0ms));
  EXPECT(!prepared, "refused");
  EXPECT(prepared.error().message().find(path) == std::string_view::npos, "the path is not told");
  return std::string(prepared.error().message());
}

void a_regular_file_is_read_each_time(void**) {
  const std::string path = write_temporary_file("first");
  KeptFile file(path, bytes_max);
  EXPECT(file.prepare(Patience(0ms)).ok() && !file.is_kept(), "nothing is kept");
  EXPECT_TEXT(text_of(file), "first");
  std::FILE* writer = std::fopen(path.c_str(), "w");
  std::fputs("second", writer);
  std::fclose(writer);
  EXPECT_TEXT(text_of(file), "second");
  std::remove(path.c_str());
  EXPECT_TEXT(text_of(file), "cannot be read: No such file or directory");
}

void a_pipe_is_read_once_and_kept(void**) {
  Pipe pipe;
  pipe.write("what it ");
  KeptFile file(pipe.path(), bytes_max);
  std::thread writer([&pipe] {
    pipe.write("had");
    pipe.end();
  });
  const auto prepared = file.prepare(Patience(20s));
  writer.join();
  EXPECT(prepared.ok() && file.is_kept(), "the whole of it");
  EXPECT_TEXT(text_of(file), "what it had");
  EXPECT(file.prepare(Patience(0ms)).ok(), "nothing more to wait for");
  EXPECT_TEXT(text_of(file), "what it had");
}

void a_fifo_is_waited_for_until_somebody_has_written_it(void**) {
  const std::string path = free_path();
  EXPECT(::mkfifo(path.c_str(), 0600) == 0, "a FIFO");
  KeptFile file(path, bytes_max);
  std::thread writer([&path] {
    const int fd = ::open(path.c_str(), O_WRONLY);
    EXPECT(::write(fd, "token\n", 6) == 6, "room");
    ::close(fd);
  });
  EXPECT(file.prepare(Patience(20s)).ok(), "it was written");
  writer.join();
  EXPECT_TEXT(text_of(file), "token\n");
  std::remove(path.c_str());
}

void a_fifo_that_nobody_writes_ends_with_the_patience(void**) {
  const std::string path = free_path();
  EXPECT(::mkfifo(path.c_str(), 0600) == 0, "a FIFO");
  KeptFile file(path, bytes_max);
  const auto prepared = file.prepare(Patience(20ms));
  EXPECT(prepared.error().kind() == ErrorKind::timeout, "a timeout");
  EXPECT_TEXT(prepared.error().message(), "nobody has written it in time");
  std::remove(path.c_str());
}

void a_pipe_that_is_not_ended_ends_with_the_patience(void**) {
  Pipe pipe;
  pipe.write("half a tok");
  KeptFile file(pipe.path(), bytes_max);
  EXPECT(file.prepare(Patience(20ms)).error().kind() == ErrorKind::timeout, "a timeout");
  EXPECT(!file.is_kept(), "no half of it");
}

void a_signal_ends_the_wait_and_does_nothing_else(void**) {
  for (const int number : {SIGINT, SIGTERM}) {
    Pipe pipe;
    KeptFile file(pipe.path(), bytes_max);
    const pthread_t waiting = ::pthread_self();
    std::thread other([waiting, number] {
      std::this_thread::sleep_for(20ms);
      ::pthread_kill(waiting, number);
    });
    const auto prepared = file.prepare(Patience(20s));
    other.join();
    EXPECT(prepared.error().kind() == ErrorKind::cancelled, "interrupted");
  }
}

void a_socket_is_read_where_it_cannot_be_opened(void**) {
  std::array<int, 2> ends{};
  EXPECT(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0, "a pair");
  EXPECT(::write(ends[1], "by a socket", 11) == 11, "room");
  ::close(ends[1]);
  KeptFile file("/dev/fd/" + std::to_string(ends[0]), bytes_max);
  EXPECT(file.prepare(Patience(20s)).ok(), "it was read");
  EXPECT_TEXT(text_of(file), "by a socket");
  ::close(ends[0]);
}

void what_has_no_end_or_is_too_large_is_refused(void**) {
  EXPECT_TEXT(refusal("/dev/zero"), "is larger than 64 bytes");
  Pipe pipe;
  pipe.write(std::string(65, 'x'));
  EXPECT_TEXT(refusal(pipe.path()), "is larger than 64 bytes");
  EXPECT_TEXT(text_of(KeptFile(write_temporary_file(std::string(65, 'x')), bytes_max)),
              "is larger than 64 bytes");
  EXPECT_TEXT(text_of(KeptFile(write_temporary_file(std::string(64, 'x')), bytes_max)), std::string(64, 'x'));
}

void what_cannot_be_read_says_why(void**) {
  EXPECT_TEXT(refusal("/no/such/file"), "cannot be read: No such file or directory");
  EXPECT_TEXT(refusal("/"), "cannot be read: Is a directory");
  EXPECT_TEXT(text_of(KeptFile("/", bytes_max)), "cannot be read: Is a directory");
  if (::geteuid() == 0) return;  // who may read everything
  const std::string path = write_temporary_file("x");
  ::chmod(path.c_str(), 0);
  EXPECT_TEXT(refusal(path), "cannot be read: Permission denied");
}

void an_empty_device_is_an_empty_text(void**) {
  KeptFile file("/dev/null", bytes_max);
  EXPECT(file.prepare(Patience(0ms)).ok(), "it was read");
  EXPECT_TEXT(text_of(file), "");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_regular_file_is_read_each_time),
      cmocka_unit_test(a_pipe_is_read_once_and_kept),
      cmocka_unit_test(a_fifo_is_waited_for_until_somebody_has_written_it),
      cmocka_unit_test(a_fifo_that_nobody_writes_ends_with_the_patience),
      cmocka_unit_test(a_pipe_that_is_not_ended_ends_with_the_patience),
      cmocka_unit_test(a_signal_ends_the_wait_and_does_nothing_else),
      cmocka_unit_test(a_socket_is_read_where_it_cannot_be_opened),
      cmocka_unit_test(what_has_no_end_or_is_too_large_is_refused),
      cmocka_unit_test(what_cannot_be_read_says_why),
      cmocka_unit_test(an_empty_device_is_an_empty_text),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

#include "program/json_log.hpp"

#include <kedge/port_none.hpp>
#include <kedge/port_sim.hpp>

#include "support/cmocka.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

using namespace kedge;
using namespace std::chrono_literals;
using program::JsonLog;

namespace {

/// Two ends of which one is a log's.
struct Ends {
  int reader = -1;
  int writer = -1;

  enum class Kind : unsigned char { pipe, socket };
  explicit Ends(Kind kind = Kind::pipe) {
    std::array<int, 2> ends{};
    const int made =
        kind == Kind::pipe ? ::pipe(ends.data()) : ::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data());
    EXPECT(made == 0, "two ends");
    reader = ends[0];
    writer = ends[1];
  }
  Ends(const Ends&) = delete;
  Ends& operator=(const Ends&) = delete;
  ~Ends() {
    ::close(reader);
    ::close(writer);
  }
  /// All that is there now.
  [[nodiscard]] std::string read() const {
    const int flags = ::fcntl(reader, F_GETFL);
    ::fcntl(reader, F_SETFL, flags | O_NONBLOCK);
    std::string all;
    std::array<char, 4096> some{};
    for (ssize_t size = 0; (size = ::read(reader, some.data(), some.size())) > 0;) {
      all.append(some.data(), static_cast<std::size_t>(size));
    }
    ::fcntl(reader, F_SETFL, flags);
    return all;
  }
};

std::string logged(const LogRecord& record, LogLevel least = LogLevel::info) {
  const Ends ends;
  none::Port port;
  JsonLog(port, least, ends.writer).write(record);
  return ends.read();
}

/// What a message becomes.
std::string told(std::string_view message) {
  return logged(LogRecord{LogLevel::info, "start", {}, message});
}

std::string line_with(std::string_view message) {
  return R"({"level":"info","event":"start","message":")" + std::string(message) + "\"}\n";
}

void a_record_is_one_line_of_json(void**) {
  EXPECT_TEXT(told("caf\xC3\xA9 \"1\""), line_with("caf\xC3\xA9 \\\"1\\\""));
}

void a_record_of_a_line_has_its_peer(void**) {
  EXPECT_TEXT(
      logged(LogRecord{LogLevel::warning, "waiting", "gate:443", "refused"}),
      "{\"level\":\"warning\",\"event\":\"waiting\",\"peer\":\"gate:443\",\"message\":\"refused\"}\n");
}

void a_message_that_is_not_utf8_is_told_with_question_marks(void**) {
  EXPECT_TEXT(told("cannot open /\xFFz\xC3\xA9"), line_with("cannot open /?z??"));
}

void what_a_terminal_takes_for_commands_is_escaped(void**) {
  EXPECT_TEXT(told("\x1b[2J\u009b\u202e"), line_with("\\u001b[2J\\u009b\\u202e"));
}

void a_message_is_cut_until_its_line_goes_into_a_pipe_whole(void**) {
  EXPECT_TEXT(told(std::string(5000, 'x')), line_with(std::string(1024, 'x')));
  std::string escaped;
  for (int i = 0; i < 512; ++i) escaped += "\\u0001";
  EXPECT_TEXT(told(std::string(1024, '\x01')), line_with(escaped));
}

void what_is_below_the_level_is_not_told(void**) {
  const LogRecord record{LogLevel::info, "start", {}, "words"};
  EXPECT_TEXT(logged(record, LogLevel::warning), "");
  EXPECT(!logged(record, LogLevel::debug).empty() && !logged(record, LogLevel::info).empty(), "told");
  EXPECT_TEXT(logged(LogRecord{LogLevel::debug, "send", {}, "words"}), "");
}

void what_repeats_itself_is_told_once_unless_all_is_asked_for(void**) {
  const LogRecord record{LogLevel::info, "retry", "gate:443", "the next attempt is in 10 ms"};
  for (const LogLevel least : {LogLevel::info, LogLevel::debug}) {
    const Ends ends;
    none::Port port;
    JsonLog log(port, least, ends.writer);
    log.write_rarely(record);
    const std::string line = ends.read();
    log.write_rarely(record);
    EXPECT_TEXT(ends.read(), least == LogLevel::debug ? line : "");
  }
}

void an_outage_after_a_calm_line_is_news_though_states_are_not_told(void**) {
  const Ends ends;
  sim::World world(1);
  sim::Port port(world);
  JsonLog log(port, LogLevel::warning, ends.writer);
  EXPECT(log.wanted() == LogLevel::info, "the library is asked for its states");
  const LogRecord lost{LogLevel::warning, "waiting", "gate:443", "refused"};
  log.write_rarely(lost);
  EXPECT(!ends.read().empty(), "the first");
  log.write_rarely(LogRecord{LogLevel::info, "ready", "gate:443", {}});
  EXPECT_TEXT(ends.read(), "");
  world.run_for(12min);
  log.write_rarely(lost);
  EXPECT(!ends.read().empty(), "another outage");
  log.write_rarely(lost);
  EXPECT_TEXT(ends.read(), "");
  world.run_for(31s);
  log.write_rarely(lost);
  EXPECT(test::contains(ends.read(), R"("repeated":1)"), "30 s later, as at first");
}

void what_had_no_room_counts_as_not_told(void**) {
  const Ends ends;
  none::Port port;
  JsonLog log(port, LogLevel::info, ends.writer);
  const LogRecord filler{LogLevel::info, "start", {}, "words"};
  for (int i = 0; i < 100'000 && log.lost() == 0; ++i) log.write(filler);
  const LogRecord cause{LogLevel::warning, "waiting", "gate:443", "another cause"};
  log.write_rarely(cause);
  (void)ends.read();
  log.write_rarely(cause);
  const std::string line = ends.read();
  EXPECT(test::contains(line, "another cause") && test::contains(line, R"("repeated":1)"), "it is told now");
}

void in_the_journal_a_line_has_its_priority(void**) {
  const Ends ends(Ends::Kind::socket);
  struct stat status {};
  EXPECT(::fstat(ends.writer, &status) == 0, "a socket");
  const std::string stream = std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
  none::Port port;
  for (const std::string& named : {stream, stream + "1", std::string("0:0")}) {
    ::setenv("JOURNAL_STREAM", named.c_str(), 1);
    JsonLog log(port, LogLevel::debug, ends.writer);
    for (const LogLevel level : {LogLevel::debug, LogLevel::info, LogLevel::warning, LogLevel::error}) {
      log.write(LogRecord{level, "x", {}, {}});
    }
    std::string priorities;
    const std::string all = ends.read();
    for (std::size_t at = 0; at < all.size(); at = all.find('\n', at) + 1) priorities += all.substr(at, 3);
    EXPECT_TEXT(priorities, named == stream ? "<7><6><4><3>" : "{\"l{\"l{\"l{\"l");
  }
  ::unsetenv("JOURNAL_STREAM");
}

void a_log_that_nobody_reads_loses_lines_and_counts_them(void**) {
  for (const Ends::Kind kind : {Ends::Kind::pipe, Ends::Kind::socket}) {
    const Ends ends(kind);
    const int flags = ::fcntl(ends.writer, F_GETFL);
    none::Port port;
    JsonLog log(port, LogLevel::info, ends.writer);
    const LogRecord record{LogLevel::info, "start", {}, "words"};
    for (int i = 0; i < 100'000 && log.lost() < 10; ++i) log.write(record);
    EXPECT(log.lost() == 10, "lines that had no room");
    EXPECT(::fcntl(ends.writer, F_GETFL) == flags, "the flags that others share");
    const std::string before = ends.read();
    EXPECT(before.ends_with("}\n"), "whole lines");
    log.write(record);
    log.write(record);
    EXPECT_TEXT(ends.read(), R"({"level":"info","event":"start","message":"words","lost":10})"
                             "\n" +
                                 line_with("words"));
  }
}

void a_file_takes_every_line(void**) {
  std::FILE* file = std::tmpfile();
  none::Port port;
  JsonLog log(port, LogLevel::info, ::fileno(file));
  for (int i = 0; i < 10'000; ++i) log.write(LogRecord{LogLevel::info, "start", {}, "words"});
  struct stat status {};
  EXPECT(::fstat(::fileno(file), &status) == 0, "its size");
  EXPECT(log.lost() == 0 && status.st_size == static_cast<off_t>(10'000 * line_with("words").size()),
         "all of them");
  std::fclose(file);
}

void a_terminal_that_is_stopped_stops_nobody(void**) {
  const int leader = ::posix_openpt(O_RDWR | O_NOCTTY);
  EXPECT(leader >= 0 && ::grantpt(leader) == 0 && ::unlockpt(leader) == 0, "a terminal");
  const int terminal = ::open(::ptsname(leader), O_RDWR | O_NOCTTY);
  EXPECT(terminal >= 0, "its other end");
  none::Port port;
  JsonLog log(port, LogLevel::info, terminal);
  for (int i = 0; i < 100'000 && log.lost() == 0; ++i)
    log.write(LogRecord{LogLevel::info, "start", {}, "words"});
  EXPECT(log.lost() == 1, "a line that had no room");
  EXPECT((::fcntl(terminal, F_GETFL) & O_NONBLOCK) == 0, "the flags that others share");
  ::close(terminal);
  ::close(leader);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_record_is_one_line_of_json),
      cmocka_unit_test(a_record_of_a_line_has_its_peer),
      cmocka_unit_test(a_message_that_is_not_utf8_is_told_with_question_marks),
      cmocka_unit_test(what_a_terminal_takes_for_commands_is_escaped),
      cmocka_unit_test(a_message_is_cut_until_its_line_goes_into_a_pipe_whole),
      cmocka_unit_test(what_is_below_the_level_is_not_told),
      cmocka_unit_test(what_repeats_itself_is_told_once_unless_all_is_asked_for),
      cmocka_unit_test(an_outage_after_a_calm_line_is_news_though_states_are_not_told),
      cmocka_unit_test(what_had_no_room_counts_as_not_told),
      cmocka_unit_test(in_the_journal_a_line_has_its_priority),
      cmocka_unit_test(a_log_that_nobody_reads_loses_lines_and_counts_them),
      cmocka_unit_test(a_file_takes_every_line),
      cmocka_unit_test(a_terminal_that_is_stopped_stops_nobody),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

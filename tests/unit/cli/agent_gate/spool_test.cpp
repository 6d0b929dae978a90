#include "cli/agent_gate/spool.hpp"

#include "support/cmocka.hpp"
#include "support/spool_place.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

namespace {

using namespace kedge;
using cli::agent_gate::Spool;
using test::Place;
using test::taken;
using test::url;
namespace fs = std::filesystem;

unsigned mode_of(const fs::path& path) {
  struct stat about {};
  EXPECT(::lstat(path.c_str(), &about) == 0, "it is there");
  return about.st_mode & 07777;
}

void a_row_that_is_kept_is_taken_by_the_next_process_in_order(void**) {
  const Place place;
  for (const char* json : {"{\"n\":1}", "{\"n\":2}", "{\"n\":3}"}) {
    EXPECT(place.spool().keep(json).ok(), "kept");
  }
  Spool later = place.spool();
  EXPECT(later.waiting() == 3, "three wait");
  EXPECT_TEXT(taken(later), "{\"n\":1} {\"n\":2} {\"n\":3} ");
  EXPECT_TEXT(taken(later), "{\"n\":1} {\"n\":2} {\"n\":3} ");  // nobody has removed them
}

void what_is_removed_is_gone(void**) {
  const Place place;
  Spool spool = place.spool();
  EXPECT(spool.keep("{\"n\":1}").ok() && spool.keep("{\"n\":2}").ok(), "kept");
  {
    auto rows = spool.take();
    EXPECT(rows.ok() && rows->rows.size() == 2, "both");
    spool.remove(rows->rows[0]);
  }
  EXPECT_TEXT(taken(spool), "{\"n\":2} ");
}

void a_folder_that_is_not_there_is_empty_and_is_not_made_for_reading(void**) {
  const Place place;
  Spool spool = place.spool();
  EXPECT_TEXT(taken(spool), "");
  EXPECT(spool.waiting() == 0 && !fs::exists(place.folder()), "nothing was made");
}

void nobody_else_can_read_it(void**) {
  const Place place;
  ::umask(0);
  EXPECT(place.spool().keep("{}").ok(), "kept");
  EXPECT(mode_of(place.folder()) == 0700, "the folder is ours alone");
  EXPECT(mode_of(place.files().at(0)) == 0600, "and so is the file");
  fs::permissions(place.folder(), fs::perms::all);
  EXPECT(place.spool().keep("{}").ok(), "a folder of ours that others may read");
  EXPECT(mode_of(place.folder()) == 0700, "is closed");
}

void a_servers_rows_are_its_own_and_its_query_does_not_count(void**) {
  const Place place;
  EXPECT(place.spool("wss://Gateway.example:443/agent?token=secret").keep("{\"n\":1}").ok(), "kept");
  for (const char* other : {"ws://gateway.example/agent", "wss://gateway.example/",
                            "wss://gateway.example:444/agent", "wss://gateway.exampl/agent"}) {
    Spool spool = place.spool(other);
    EXPECT_TEXT(taken(spool), "");
  }
  Spool same = place.spool();
  EXPECT_TEXT(taken(same), "{\"n\":1} ");
  for (const fs::path& file : place.files()) {
    EXPECT(!test::contains(file.string(), "secret") && !test::contains(file.string(), "gateway"),
           "no name tells");
  }
}

void a_server_has_one_spool_however_its_url_is_spelled(void**) {
  struct {
    const char* name;
    std::vector<const char*> urls;
  } const servers[] = {
      // The names that spools have had from the first version on.
      {"6547f410d5e407cc6886b4edb152fb4c", {url, "WSS://GateWay.Example:443/agent?key=1"}},
      {"1cd40bc5f881b64154dfccde00a4e200",
       {"wss://host/", "wss://host", "wss://host:443/", "wss://host:/", "WSS://HOST?a=b"}},
      {"a4b17dc7fd9a47afcd75d40d646f2290", {"ws://host/", "ws://host", "ws://host:80/", "Ws://Host:080/"}},
      {"447925e43bff16590ace7a9f9b6c7b86", {"ws://host:443/", "ws://HOST:443"}},
      {"bcf3d67804fb0d36e442408691c51e0a", {"wss://[2001:db8::a]/", "wss://[2001:DB8::A]:443"}},
  };
  for (const auto& server : servers) {
    const Place place;
    for (const char* spelled : server.urls) EXPECT(place.spool(spelled).keep("{}").ok(), "kept");
    Spool first = place.spool(server.urls.front());
    EXPECT(first.waiting() == server.urls.size(), "all in one");
    for (const fs::path& file : place.files()) {
      EXPECT(file.filename().string().starts_with(std::string(server.name) + "-"), server.urls.front());
    }
  }
}

void a_full_spool_refuses_and_drops_nothing(void**) {
  const Place place;
  Spool few = place.spool(url, {.rows = 2, .bytes = 1000});
  EXPECT(few.keep("1").ok() && few.keep("2").ok(), "as many as it may hold");
  const auto third = few.keep("3");
  EXPECT(third.error().kind() == ErrorKind::queue_full, "refused");
  EXPECT(test::contains(third.error().message(), "is full: 2 results"), "and why");
  EXPECT_TEXT(taken(few), "1 2 ");
  Spool small = place.spool("ws://other/", {.rows = 9, .bytes = 10});
  const auto large = small.keep("\"12345678\"");
  EXPECT(test::contains(large.error().message(), "is full: 4 bytes"), "all servers' rows count");
  EXPECT(place.files().size() == 2, "nothing was left behind");
}

void a_folder_that_cannot_be_trusted_is_refused_by_name(void**) {
  const Place place;
  fs::create_directories(place.root() + "/elsewhere");
  fs::create_directories(place.root() + "/a/b");
  fs::create_directory_symlink(place.root() + "/elsewhere", place.folder());
  Spool linked = place.spool();
  EXPECT(test::contains(linked.keep("{}").error().message(), "symbolic link"), "a symbolic link");
  EXPECT(test::contains(taken(linked), "symbolic link"), "also for reading");
  EXPECT(fs::is_empty(place.root() + "/elsewhere"), "nothing was written through it");
  fs::remove(place.folder());
  std::ofstream(place.folder()) << "a file";
  Spool file = place.spool();
  EXPECT(test::contains(file.keep("{}").error().message(), "no folder"), "a file");
  if (::geteuid() != 0) return;
  fs::remove(place.folder());
  fs::create_directory(place.folder());
  EXPECT(::chown(place.folder().c_str(), 12345, 12345) == 0, "root may");
  Spool others = place.spool();
  EXPECT(test::contains(others.keep("{}").error().message(), "somebody else's"), "another user's");
}

void without_a_folder_every_call_says_why(void**) {
  Spool nowhere(Error(ErrorKind::config, "no folder here"), url);
  EXPECT_TEXT(nowhere.keep("{}").error().message(), "no folder here");
  EXPECT(!nowhere.take().ok() && nowhere.waiting() == 0, "no rows");
  Spool forbidden(std::string("/proc/kedge"), url);
  EXPECT(test::contains(forbidden.keep("{}").error().message(), "/proc/kedge: "), "the system's reason");
}

void what_is_no_row_is_left_alone_and_counted(void**) {
  const Place place;
  Spool spool = place.spool();
  EXPECT(spool.keep("{\"n\":1}").ok(), "kept");
  const std::string good = place.files().at(0).string();
  const std::string stem = good.substr(0, good.size() - 5);
  std::ofstream(stem + "x.json") << "{\"half\":";
  EXPECT(::mkfifo((stem + "y.json").c_str(), 0600) == 0, "a FIFO that nobody writes");
  fs::create_symlink("/etc/passwd", stem + "z.json");
  EXPECT_TEXT(taken(spool), "{\"n\":1} unreadable 3");
  EXPECT(place.files().size() == 4, "they are still there");
}

void a_row_that_another_process_prints_is_not_taken_twice(void**) {
  const Place place;
  Spool first = place.spool();
  EXPECT(first.keep("1").ok() && first.keep("2").ok(), "kept");
  {
    const auto held = first.take();
    EXPECT(held->rows.size() == 2, "the first holds them");
    Spool second = place.spool();
    EXPECT_TEXT(taken(second), "");
  }
  Spool third = place.spool();
  EXPECT_TEXT(taken(third), "1 2 ");  // the first ended without printing them
  const auto kept = first.keep("3");
  EXPECT(kept.ok(), "kept, and held by who keeps it");
  EXPECT_TEXT(taken(third), "1 2 ");
}

// A child that tells each row that is on the disk, until it is killed.
void killed_at_any_moment_no_row_is_lost_or_half(void**) {
  const Place place;
  std::set<std::string> told;
  for (int round = 0; round < 12; ++round) {
    int ends[2];
    EXPECT(::pipe(ends) == 0, "a pipe");
    const pid_t child = ::fork();
    if (child == 0) {
      Spool spool = place.spool();
      for (int i = 0;; ++i) {
        const std::string json =
            "\"" + std::to_string(round) + "-" + std::to_string(i) + std::string(2000, 'x') + "\"\n";
        if (!spool.keep(std::string_view(json).substr(0, json.size() - 1)).ok()) ::_exit(1);
        if (::write(ends[1], json.data(), json.size()) < 0) ::_exit(2);
      }
    }
    ::close(ends[1]);
    std::string text;
    char piece[4096];
    bool killed = false;
    for (ssize_t count; (count = ::read(ends[0], piece, sizeof piece)) > 0;) {
      text.append(piece, static_cast<std::size_t>(count));
      // While it is at some later row.
      const auto lines = std::count(text.begin(), text.end(), '\n');
      if (!killed && lines > round) killed = ::kill(child, SIGKILL) == 0;
    }
    ::close(ends[0]);
    ::waitpid(child, nullptr, 0);
    for (std::size_t end; (end = text.find('\n')) != std::string::npos; text.erase(0, end + 1)) {
      told.insert(text.substr(0, end));
    }
  }
  Spool spool = place.spool();
  const auto rows = spool.take();
  EXPECT(rows.ok() && rows->unreadable == 0, "none is half");
  for (const Spool::Row& row : rows->rows) told.erase(row.json);
  EXPECT(told.empty(), "each row that was kept is there");
  EXPECT(place.files().size() == rows->rows.size(), "and nothing else");
}

// Three write, two print and remove, all at once.
void many_processes_at_once_print_each_row_once(void**) {
  const Place place;
  constexpr int writers = 3, each = 25;
  EXPECT(place.spool().keep("\"first\"").ok(), "the folder is there");
  int ends[2];
  EXPECT(::pipe(ends) == 0, "a pipe");
  std::vector<pid_t> children;
  for (int who = 0; who < writers + 2; ++who) {
    const pid_t child = ::fork();
    if (child != 0) {
      children.push_back(child);
      continue;
    }
    Spool spool = place.spool();
    if (who < writers) {
      for (int i = 0; i < each; ++i) {
        if (!spool.keep("\"" + std::to_string(who) + "-" + std::to_string(i) + "\"").ok()) ::_exit(1);
      }
      ::_exit(0);
    }
    for (;;) {
      const auto rows = spool.take();
      for (const Spool::Row& row : rows->rows) {
        const std::string line = row.json + "\n";
        if (::write(ends[1], line.data(), line.size()) < 0) ::_exit(2);
        spool.remove(row);
      }
    }
  }
  ::close(ends[1]);
  for (int who = 0; who < writers; ++who) {  // what is printed meanwhile fits into the pipe
    int status = 0;
    EXPECT(::waitpid(children[static_cast<std::size_t>(who)], &status, 0) > 0 && status == 0,
           "each row to be kept");
  }
  std::multiset<std::string> printed;
  std::string text;
  char piece[4096];
  while (printed.size() < writers * each + 1) {
    pollfd ready{ends[0], POLLIN, 0};
    if (::poll(&ready, 1, 60'000) != 1) break;
    const ssize_t count = ::read(ends[0], piece, sizeof piece);
    if (count <= 0) break;
    text.append(piece, static_cast<std::size_t>(count));
    for (std::size_t end; (end = text.find('\n')) != std::string::npos; text.erase(0, end + 1)) {
      printed.insert(text.substr(0, end));
    }
  }
  for (std::size_t who = writers; who < children.size(); ++who) {
    ::kill(children[who], SIGKILL);
    ::waitpid(children[who], nullptr, 0);
  }
  ::close(ends[0]);
  const std::set<std::string> different(printed.begin(), printed.end());
  EXPECT(different.size() == writers * each + 1, "none is missing");
  EXPECT(printed.size() == different.size(), "none was printed twice");
}

void the_folder_is_named_by_the_environment(void**) {
  ::setenv("HOME", "/home/me", 1);
  ::unsetenv("XDG_STATE_HOME");
  EXPECT_TEXT(*cli::agent_gate::spool_folder(), "/home/me/.local/state/kedge");
  ::setenv("XDG_STATE_HOME", "/state", 1);
  EXPECT_TEXT(*cli::agent_gate::spool_folder(), "/state/kedge");
  ::setenv("XDG_STATE_HOME", "relative", 1);  // to be ignored, says its specification
  EXPECT_TEXT(*cli::agent_gate::spool_folder(), "/home/me/.local/state/kedge");
  ::unsetenv("HOME");
  EXPECT(cli::agent_gate::spool_folder().error().kind() == ErrorKind::config, "no home, no folder");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_row_that_is_kept_is_taken_by_the_next_process_in_order),
      cmocka_unit_test(what_is_removed_is_gone),
      cmocka_unit_test(a_folder_that_is_not_there_is_empty_and_is_not_made_for_reading),
      cmocka_unit_test(nobody_else_can_read_it),
      cmocka_unit_test(a_servers_rows_are_its_own_and_its_query_does_not_count),
      cmocka_unit_test(a_server_has_one_spool_however_its_url_is_spelled),
      cmocka_unit_test(a_full_spool_refuses_and_drops_nothing),
      cmocka_unit_test(a_folder_that_cannot_be_trusted_is_refused_by_name),
      cmocka_unit_test(without_a_folder_every_call_says_why),
      cmocka_unit_test(what_is_no_row_is_left_alone_and_counted),
      cmocka_unit_test(a_row_that_another_process_prints_is_not_taken_twice),
      cmocka_unit_test(killed_at_any_moment_no_row_is_lost_or_half),
      cmocka_unit_test(many_processes_at_once_print_each_row_once),
      cmocka_unit_test(the_folder_is_named_by_the_environment),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

// What writers that were killed between writing and renaming left in the spool.

#include "cli/agent_gate/spool.hpp"

#include "program/descriptor.hpp"
#include "support/cmocka.hpp"
#include "support/spool_place.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <fstream>

namespace {

using namespace kedge;
using cli::agent_gate::Spool;
using test::Place;
using test::taken;
using test::url;
namespace fs = std::filesystem;

/// Keeps a row, and leaves it as a writer does that is killed before it renames. Its file.
fs::path leave(const Place& place, const char* json, const char* of = url) {
  const auto row = place.spool(of).keep(json);
  EXPECT(row.ok(), "kept");
  const fs::path kept = fs::path(place.folder()) / row->name;
  const fs::path left = kept.parent_path() / (".new-" + row->name);
  fs::rename(kept, left);
  return left;
}

/// The same of one that had written the half.
fs::path leave_half(const Place& place) {
  const fs::path left = leave(place, "{\"n\":0}");
  fs::resize_file(left, 3);
  return left;
}

/// As its writer holds it.
program::Descriptor held(const fs::path& file) {
  program::Descriptor descriptor(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
  EXPECT(::flock(descriptor.get(), LOCK_EX | LOCK_NB) == 0, "held");
  return descriptor;
}

void a_whole_row_of_a_killed_writer_is_delivered_as_any_other(void**) {
  const Place place;
  leave(place, "{\"n\":1}");
  Spool spool = place.spool();
  EXPECT(spool.keep("{\"n\":2}").ok(), "kept");
  leave(place, "{\"n\":3}");
  EXPECT(spool.waiting() == 3, "they count");
  leave(place, "{\"n\":4}");
  EXPECT_TEXT(taken(spool), "{\"n\":1} {\"n\":2} {\"n\":3} {\"n\":4} ");
  {
    const auto rows = spool.take();
    for (const Spool::Row& row : rows->rows) spool.remove(row);
  }
  EXPECT(place.files().empty(), "printed, and gone");
}

void whoever_finds_it_it_is_of_the_server_that_it_came_from(void**) {
  const Place place;
  constexpr const char* other = "wss://other.example/";
  leave(place, "{\"n\":1}", other);
  Spool finder = place.spool();
  EXPECT_TEXT(taken(finder), "");
  Spool owner = place.spool(other);
  EXPECT_TEXT(taken(owner), "{\"n\":1} ");
}

// Versions that named no server in it; they left it for an hour.
void one_without_a_server_in_its_name_is_of_the_first_who_finds_it(void**) {
  const Place place;
  fs::rename(leave(place, "{\"n\":1}"), fs::path(place.folder()) / ".new-0123456789abcdef");
  Spool spool = place.spool();
  EXPECT_TEXT(taken(spool), "{\"n\":1} ");
  EXPECT(place.files().size() == 1, "as a row");
}

void a_half_written_row_is_removed_by_whoever_looks(void**) {
  const Place place;
  Spool spool = place.spool();
  leave_half(place);
  EXPECT_TEXT(taken(spool), "");
  EXPECT(place.files().empty(), "by who prints");
  fs::resize_file(leave_half(place), 0);
  EXPECT(spool.waiting() == 0 && place.files().empty(), "by who counts");
  leave_half(place);
  EXPECT(spool.keep("1").ok() && place.files().size() == 1, "by who keeps");
}

void what_is_being_written_is_left_to_its_writer(void**) {
  const Place place;
  {
    const fs::path half = leave_half(place);
    const auto first = held(half);
    const fs::path whole = leave(place, "{\"n\":1}");
    const auto second = held(whole);
    Spool spool = place.spool();
    EXPECT_TEXT(taken(spool), "");
    EXPECT(spool.waiting() == 0, "not yet");
    EXPECT(fs::exists(half) && fs::exists(whole), "they are still there");
  }
  Spool later = place.spool();
  EXPECT_TEXT(taken(later), "{\"n\":1} ");
}

void results_alone_count_against_their_number_and_all_bytes_against_theirs(void**) {
  const Place place;
  const auto first = held(leave_half(place)), second = held(leave_half(place));
  std::ofstream(fs::path(place.folder()) / "notes.txt") << "of somebody";
  Spool few = place.spool(url, {.rows = 2, .bytes = 1000});
  EXPECT(few.keep("1").ok() && few.keep("2").ok(), "none of them is a result");
  EXPECT(test::contains(few.keep("3").error().message(), "is full: 2 results"), "these are");
  Spool small = place.spool(url, {.rows = 9, .bytes = 22});
  EXPECT(test::contains(small.keep("4").error().message(), "is full: 21 bytes"), "what they take is taken");
}

void what_no_writer_makes_is_left_alone(void**) {
  const Place place;
  Spool spool = place.spool(url, {.rows = 1, .bytes = 1000});
  const fs::path fifo = leave_half(place), link = fifo.string() + "x", folder = fifo.string() + "y";
  fs::remove(fifo);
  EXPECT(::mkfifo(fifo.c_str(), 0600) == 0, "a FIFO that nobody writes");
  std::ofstream(place.root() + "/elsewhere") << "{}";
  fs::create_symlink(place.root() + "/elsewhere", link);
  fs::create_directory(folder);
  EXPECT_TEXT(taken(spool), "");
  EXPECT(spool.keep("1").ok() && place.files().size() == 4, "they are still there");
  EXPECT(fs::exists(place.root() + "/elsewhere"), "and what one of them leads to");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_whole_row_of_a_killed_writer_is_delivered_as_any_other),
      cmocka_unit_test(whoever_finds_it_it_is_of_the_server_that_it_came_from),
      cmocka_unit_test(one_without_a_server_in_its_name_is_of_the_first_who_finds_it),
      cmocka_unit_test(a_half_written_row_is_removed_by_whoever_looks),
      cmocka_unit_test(what_is_being_written_is_left_to_its_writer),
      cmocka_unit_test(results_alone_count_against_their_number_and_all_bytes_against_theirs),
      cmocka_unit_test(what_no_writer_makes_is_left_alone),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

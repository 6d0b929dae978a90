#include "sim/pipe.hpp"

#include "sim_support.hpp"

using namespace kedge;
using namespace kedge::test;
using sim::detail::Pipe;

namespace {

constexpr Instant at(int microseconds) noexcept {
  return Instant{Duration{microseconds}};
}

std::string take(Pipe& pipe, std::size_t at_most, bool one_segment = false) {
  std::string text(at_most, '\0');
  text.resize(pipe.take(std::as_writable_bytes(std::span(text)), one_segment));
  return text;
}

}  // namespace

static void a_later_segment_and_the_end_never_overtake(void**) {
  std::array<std::byte, 16> storage;
  Pipe pipe;
  pipe.start(storage);
  pipe.put(bytes_of("slow"), at(100));
  pipe.put(bytes_of("fast"), at(10));
  pipe.put_end(at(20));
  pipe.put_end(at(500));
  EXPECT(pipe.last_arrival() == at(100), "the last arrival not before an earlier one");
  EXPECT(pipe.arrive(at(99)) == 0 && !pipe.end_arrived(), "nothing before the first");
  EXPECT(pipe.arrive(at(100)) == 8 && pipe.end_arrived(), "all of it then");
  EXPECT(pipe.next_arrival() == never, "nothing under way");
  EXPECT_TEXT(take(pipe, 100), "slowfast");
}

static void the_ring_wraps_and_is_bounded(void**) {
  std::array<std::byte, 5> storage;
  Pipe pipe;
  pipe.start(storage);
  for (int i = 0; i < 20; ++i) {
    pipe.put(bytes_of("abc"), at(i));
    EXPECT(pipe.room() == 2, "room for the rest");
    EXPECT(pipe.arrive(at(i)) == 3, "an arrival");
    EXPECT_TEXT(take(pipe, 5), "abc");
  }
  EXPECT(pipe.total_put() == 60 && pipe.total_arrived() == 60, "totals");
  pipe.put({}, at(99));
  EXPECT(pipe.next_arrival() == never, "an empty write to be nothing");
}

static void more_segments_than_there_are_places_join(void**) {
  std::array<std::byte, 256> storage;
  for (const bool arrived : {false, true}) {
    Pipe pipe;
    pipe.start(storage);
    for (std::size_t i = 0; i < Pipe::segments_max; ++i) pipe.put(bytes_of("a"), at(1));
    if (arrived) EXPECT(pipe.arrive(at(1)) == Pipe::segments_max, "all to arrive");
    pipe.put(bytes_of("bc"), at(50));
    EXPECT(pipe.arrive(at(49)) == (arrived ? 0 : Pipe::segments_max - 1), "the new bytes still under way");
    EXPECT(pipe.arrive(at(50)) == (arrived ? 2 : 3), "the new bytes at their time");
    EXPECT_TEXT(take(pipe, 256), std::string(Pipe::segments_max, 'a') + "bc");
    EXPECT(pipe.readable() == 0 && pipe.room() == 256, "empty");
  }
}

static void one_segment_can_be_read_alone_and_what_is_readable_dropped(void**) {
  std::array<std::byte, 16> storage;
  Pipe pipe;
  pipe.start(storage);
  pipe.put(bytes_of("one"), at(1));
  pipe.put(bytes_of("two"), at(1));
  pipe.put(bytes_of("later"), at(2));
  (void)pipe.arrive(at(1));
  EXPECT_TEXT(take(pipe, 2, true), "on");
  EXPECT_TEXT(take(pipe, 9, true), "e");
  pipe.drop_readable();
  EXPECT(pipe.readable() == 0 && pipe.next_arrival() == at(2), "only what is under way left");
  (void)pipe.arrive(at(2));
  EXPECT_TEXT(take(pipe, 9, true), "later");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_later_segment_and_the_end_never_overtake),
      cmocka_unit_test(the_ring_wraps_and_is_bounded),
      cmocka_unit_test(more_segments_than_there_are_places_join),
      cmocka_unit_test(one_segment_can_be_read_alone_and_what_is_readable_dropped),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

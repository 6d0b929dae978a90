#include "sim_support.hpp"

#include <cerrno>

using namespace kedge;
using namespace kedge::test;

static void bytes_arrive_in_order_after_the_latency(void**) {
  Line line;
  const Instant sent = line.world.now();
  (void)line.stream->write(bytes_of("hello "));
  (void)line.stream->write(bytes_of("there"));
  EXPECT(line.world.run_until([&] { return line.peer.readable() == 11; }, 1s), "all bytes to arrive");
  EXPECT(line.world.now() - sent == Duration{1ms}, "the profile's latency");
  EXPECT_TEXT(read_all(line.peer), "hello there");
}

static void readable_is_told_once_until_a_read_comes_short(void**) {
  Line line;
  line.peer.write("abcdef");
  line.world.run_for(10ms);
  EXPECT(line.log.readables == 1, "one event for the first bytes");
  line.peer.write("ghi");
  line.world.run_for(10ms);
  EXPECT(line.log.readables == 1, "no event while the user does not read");
  EXPECT_TEXT(read_some(*line.stream, 4), "abcd");
  line.world.run_for(10ms);
  EXPECT(line.log.readables == 1, "no event after a read that filled the span");
  EXPECT_TEXT(read_some(*line.stream, 10), "efghi");
  line.world.run_for(10ms);
  EXPECT(line.log.readables == 1, "no event without bytes");
  line.peer.write("x");
  line.world.run_for(10ms);
  EXPECT(line.log.readables == 2, "an event after a short read");
  IoStatus status{};
  EXPECT_TEXT(read_some(*line.stream, 10), "x");
  EXPECT_TEXT(read_some(*line.stream, 10, &status), "");
  EXPECT(status == IoStatus::would_block, "would_block when nothing is there");
  line.peer.write("y");
  line.world.run_for(10ms);
  EXPECT(line.log.readables == 3, "an event after would_block");
}

static void a_full_read_takes_back_the_event_that_was_due(void**) {
  sim::NetworkProfile profile;
  profile.read_bytes_max = 1;
  Line line(profile);
  line.peer.write("abc");
  line.world.run_for(5ms);
  EXPECT(line.log.readables == 1, "the first event");
  EXPECT_TEXT(read_some(*line.stream, 2), "a");  // short: an event is due
  EXPECT_TEXT(read_some(*line.stream, 1), "b");  // full: it is not
  line.world.run_for(5ms);
  EXPECT(line.log.readables == 1, "no event after a read that filled the span");
}

static void a_slow_reader_pushes_back_and_writable_comes_once(void**) {
  sim::NetworkProfile profile;
  profile.buffer_bytes = 8;
  Line line(profile);
  const IoResult first = line.stream->write(bytes_of("0123456789"));
  EXPECT(first.status == IoStatus::ok && first.bytes == 8, "a write cut at the buffer");
  const IoResult second = line.stream->write(bytes_of("89"));
  EXPECT(second.status == IoStatus::would_block && second.bytes == 0, "would_block on a full buffer");
  line.world.run_for(1s);
  EXPECT(line.log.writables == 0, "no room before the peer reads");
  EXPECT_TEXT(read_all(line.peer), "01234567");
  line.world.run_for(1s);
  EXPECT(line.log.writables == 1, "one event for the room");
  EXPECT(line.stream->write(bytes_of("89")).bytes == 2, "room");
  line.world.run_for(1s);
  EXPECT_TEXT(read_all(line.peer), "89");
  EXPECT(line.log.writables == 1, "no event after a write that was taken whole");
}

static void partial_and_refused_writes_are_followed_by_writable(void**) {
  sim::NetworkProfile profile;
  profile.write_bytes_max = 3;
  profile.write_block_permille = 500;
  profile.writable_delay_max = 2ms;
  Line line(profile);
  std::string text = "the quick brown fox jumps over the lazy dog";
  std::string_view left = text;
  int blocked = 0, partial = 0;
  while (!left.empty()) {
    const int before = line.log.writables;
    const IoResult result = line.stream->write(bytes_of(left));
    blocked += result.status == IoStatus::would_block;
    partial += result.status == IoStatus::ok && result.bytes < left.size();
    left.remove_prefix(result.bytes);
    if (left.empty()) break;
    EXPECT(line.world.run_until([&] { return line.log.writables == before + 1; }, 1s), "room to be told");
  }
  line.world.run_for(1s);
  EXPECT(blocked > 0 && partial > 5, "both whims to be met");
  EXPECT_TEXT(read_all(line.peer), text);
}

static void reads_split_and_segments_stay_apart(void**) {
  sim::NetworkProfile profile;
  profile.keep_segments = true;
  Line line(profile);
  line.peer.write("one");
  line.peer.write("two");
  line.world.run_for(5ms);
  EXPECT_TEXT(read_some(*line.stream, 100), "one");
  line.world.run_for(5ms);
  EXPECT(line.log.readables == 2, "an event for the rest at once");
  EXPECT_TEXT(read_some(*line.stream, 100), "two");

  profile = {};
  profile.segment_bytes_max = 2;
  profile.latency_max = 50ms;
  Line split(profile);
  split.peer.write("abcdefghij");
  std::string got;
  int reads = 0;
  while (got.size() < 10 && reads < 100) {
    const int before = split.log.readables;
    split.world.run_until([&] { return split.log.readables > before; }, 1s);
    got += read_some(*split.stream, 100);
    ++reads;
  }
  EXPECT_TEXT(got, "abcdefghij");
  EXPECT(reads > 1, "more than one read for a split write");
}

static void a_merge_window_joins_writes(void**) {
  sim::NetworkProfile profile;
  profile.merge_window = 100ms;
  Line line(profile);
  for (int i = 0; i < 5; ++i) {
    line.peer.write("x");
    line.world.run_for(2ms);
  }
  EXPECT(line.world.run_until([&] { return line.log.readables > 0; }, 1s), "bytes");
  line.world.run_for(100ms);
  EXPECT(read_some(*line.stream, 100).size() == 5, "five writes in one read");
  EXPECT(line.log.readables == 1, "one event for them");
}

static void the_end_comes_after_the_bytes_and_leaves_the_other_way_open(void**) {
  Line line;
  line.peer.write("last");
  line.peer.finish();
  line.world.run_for(5ms);
  IoStatus status{};
  EXPECT_TEXT(read_some(*line.stream, 100), "last");
  EXPECT_TEXT(read_some(*line.stream, 100, &status), "");
  EXPECT(status == IoStatus::end, "the end");
  EXPECT(line.stream->write(bytes_of("more")).bytes == 4, "the other way to be open");
  line.stream->shutdown_write();
  line.stream->shutdown_write();
  line.world.run_for(5ms);
  EXPECT_TEXT(read_all(line.peer), "more");
  EXPECT(line.peer.ended(), "the peer to read the end");
  line.stream->close();
  line.stream->close();
  EXPECT(line.log.closes == 0, "on_closed from the loop only");
  line.world.run_for(5ms);
  EXPECT(line.log.closes == 1, "on_closed once");
}

static void a_reset_is_told_to_a_waiting_reader_and_a_waiting_writer(void**) {
  sim::NetworkProfile profile;
  profile.buffer_bytes = 4;
  Line line(profile);
  (void)line.stream->write(bytes_of("12345"));
  line.peer.write("un");
  line.peer.reset();
  line.world.run_for(50ms);
  EXPECT(line.log.readables == 1 && line.log.writables == 1, "both to be told");
  IoStatus status{};
  EXPECT_TEXT(read_some(*line.stream, 10, &status), "un");
  EXPECT_TEXT(read_some(*line.stream, 10, &status), "");
  EXPECT(status == IoStatus::error && line.stream->error().layer_code() == ECONNRESET, "a reset by name");
  EXPECT(line.stream->write(bytes_of("x")).status == IoStatus::error, "writes to fail");
  line.stream->shutdown_write();
}

static void a_reset_may_take_what_was_not_read(void**) {
  sim::NetworkProfile profile;
  profile.reset_discards = true;
  Line line(profile);
  line.peer.write("gone");
  line.world.run_for(5ms);
  line.peer.reset();
  line.world.run_for(5ms);
  IoStatus status{};
  EXPECT_TEXT(read_some(*line.stream, 10, &status), "");
  EXPECT(status == IoStatus::error, "nothing but the error");
}

static void nothing_is_read_behind_what_a_reset_took(void**) {
  sim::NetworkProfile profile;
  profile.reset_discards = true;
  profile.latency_max = 5ms;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Line line(profile, seed);
    line.peer.write("first");
    line.world.run_for(1ms);
    line.peer.write("second");
    line.peer.reset();
    line.world.run_for(20ms);
    EXPECT_TEXT(read_some(*line.stream, 20), "");
  }
}

static void closing_with_something_unread_resets_the_other_side(void**) {
  Line line;
  line.peer.write("unread");
  line.world.run_for(5ms);
  line.stream->close();
  line.world.run_for(5ms);
  EXPECT(line.peer.was_reset(), "a reset");

  Line late;
  late.stream->close();
  late.world.run_for(5ms);
  EXPECT(late.peer.ended() && !late.peer.was_reset(), "an orderly end");
  late.peer.write("anybody?");
  late.world.run_for(5ms);
  EXPECT(late.peer.was_reset(), "a reset for what comes after the close");
}

static void cuts_do_what_they_say(void**) {
  Line reset;
  EXPECT(reset.world.cut_all(sim::Cut::reset) == 1, "one connection cut");
  reset.world.run_for(5ms);
  EXPECT(reset.log.readables == 1 && reset.peer.was_reset(), "both sides to be told");

  Line clean;
  (void)clean.stream->write(bytes_of("under way"));
  EXPECT(clean.port.cut(sim::Cut::clean), "a connection to cut");
  clean.world.run_for(5ms);
  IoStatus status{};
  EXPECT_TEXT(read_some(*clean.stream, 10, &status), "");
  EXPECT(status == IoStatus::end, "an orderly end");
  EXPECT_TEXT(read_all(clean.peer), "under way");
  EXPECT(clean.stream->write(bytes_of("x")).bytes == 1, "the machine to take bytes still");
  clean.world.run_for(5ms);
  EXPECT(clean.stream->write(bytes_of("x")).status == IoStatus::error, "a reset to answer them");
  EXPECT(clean.host.cut_all(sim::Cut::reset) == 1, "the host's connections to be found");
}

static void silence_tells_nobody_until_it_is_mended(void**) {
  sim::NetworkProfile profile;
  profile.buffer_bytes = 16;
  Line line(profile);
  line.peer.go_silent();
  line.peer.write("from the peer");
  EXPECT(line.stream->write(bytes_of("to the peer, more than fits")).bytes == 16, "the buffer to fill");
  line.world.run_for(1h);
  EXPECT(line.log.readables == 0 && line.log.writables == 0 && line.peer.readable() == 0, "silence");
  EXPECT(line.world.run_until_idle(1s), "nothing to be under way");
  line.peer.restore();
  line.world.run_for(5ms);
  EXPECT_TEXT(read_some(*line.stream, 100), "from the peer");
  EXPECT_TEXT(read_all(line.peer), "to the peer, mor");
  line.world.run_for(5ms);
  EXPECT(line.log.writables == 1, "room to be told");
  line.world.cut_all(sim::Cut::silent);
  line.peer.reset();
  line.world.run_for(1h);
  EXPECT(line.log.readables == 1, "a reset lost in the silence");
  line.world.restore_all();
  line.world.run_for(5ms);
  EXPECT(line.log.readables == 2, "and delivered when it ends");
}

static void fates_come_at_their_time_or_byte(void**) {
  sim::NetworkProfile profile;
  profile.reset = {1000, 10s, 10s};
  Line timed(profile);
  timed.world.run_for(9s);
  EXPECT(timed.log.readables == 0, "nothing before its time");
  timed.world.run_for(2s);
  EXPECT(timed.log.readables == 1 && timed.peer.was_reset(), "the reset");

  profile = {};
  profile.silence = {1000, 1s, 2s};
  profile.reset = {1000, 3s, 3s};
  Line silent(profile);
  silent.world.run_for(10s);
  EXPECT(silent.log.readables == 0 && !silent.peer.was_reset(), "silence to swallow a later reset");

  profile = {};
  profile.end = {1000, 1s, 1s};
  Line ended(profile);
  ended.world.run_for(2s);
  EXPECT(ended.peer.ended() && ended.log.readables == 1, "an end both ways");

  profile = {};
  profile.reset_out = {1000, 7, 7};
  Line out(profile);
  EXPECT(out.stream->write(bytes_of("12345")).bytes == 5 && out.stream->write(bytes_of("67890")).bytes == 5,
         "the machine to take the bytes");
  out.world.run_for(5ms);
  EXPECT(out.peer.was_reset() && out.log.readables == 1, "a reset at the byte");
  EXPECT_TEXT(read_all(out.peer), "1234567");

  profile = {};
  profile.reset_in = {1000, 0, 0};
  Line in(profile);
  in.world.run_for(100ms);
  EXPECT(in.log.opens == 1 && in.log.readables == 1, "open, then a reset at once");
}

static void contracts_of_a_stream_are_watched(void**) {
  Line line;
  Contract contract(line.world);
  (void)line.stream->read({});
  EXPECT(contract.once("at least one byte"), "an empty read to be noticed");
  (void)line.stream->write({});
  EXPECT(contract.once("at least one byte"), "an empty write to be noticed");
  line.stream->shutdown_write();
  (void)line.stream->write(bytes_of("x"));
  EXPECT(contract.once("shutdown_write"), "a write after the end to be noticed");
  line.stream->close();
  line.stream->shutdown_write();
  EXPECT(read_some(*line.stream, 1).empty() && contract.broken.empty(), "a read while closing to fail only");
  line.world.run_for(1ms);
  (void)read_some(*line.stream, 1);
  EXPECT(contract.once("after on_closed"), "a read after on_closed to be noticed");
  (void)line.stream->write(bytes_of("x"));
  EXPECT(contract.once("after on_closed"), "a write after on_closed to be noticed");
  line.stream->close();
  EXPECT(contract.once("after on_closed"), "a close after on_closed to be noticed");
  line.stream->shutdown_write();
  EXPECT(contract.once("after on_closed"), "a shutdown after on_closed to be noticed");
  line.stream->set_events(line.log);
  EXPECT(contract.once("after on_closed"), "new events after on_closed to be noticed");
  Stream* opening = *line.port.connect(sim::ipv4(10, 0, 0, 1, 80), line.log);
  (void)read_some(*opening, 1);
  EXPECT(contract.once("only an open stream"), "a read before on_open to be noticed");
  (void)opening->write(bytes_of("x"));
  EXPECT(contract.once("only to an open stream"), "a write before on_open to be noticed");
  opening->shutdown_write();
  EXPECT(contract.once("only an open stream"), "a shutdown before on_open to be noticed");
}

static void the_nth_read_and_write_can_be_made_to_fail(void**) {
  Line line;
  line.port.calls().fail_nth(sim::Call::write, 2);
  EXPECT(line.stream->write(bytes_of("a")).status == IoStatus::ok, "the first to work");
  EXPECT(line.stream->write(bytes_of("b")).status == IoStatus::error, "the second to fail");
  EXPECT(line.stream->error().layer_code() == ECONNRESET, "an error by name");
  EXPECT(line.port.calls().failures() == 1 && line.port.calls().count(sim::Call::write) == 2, "counts");
  line.world.run_for(5ms);
  EXPECT(line.log.readables == 1, "the reader to be told too");

  Line other;
  other.port.calls().fail_any_nth(1);
  IoStatus status{};
  (void)read_some(*other.stream, 1, &status);
  EXPECT(status == IoStatus::error, "any call to fail");
  EXPECT(other.port.calls().bytes_written() == 0 && other.port.calls().wakes() == 1, "on_open only");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(bytes_arrive_in_order_after_the_latency),
      cmocka_unit_test(readable_is_told_once_until_a_read_comes_short),
      cmocka_unit_test(a_full_read_takes_back_the_event_that_was_due),
      cmocka_unit_test(a_slow_reader_pushes_back_and_writable_comes_once),
      cmocka_unit_test(partial_and_refused_writes_are_followed_by_writable),
      cmocka_unit_test(reads_split_and_segments_stay_apart),
      cmocka_unit_test(a_merge_window_joins_writes),
      cmocka_unit_test(the_end_comes_after_the_bytes_and_leaves_the_other_way_open),
      cmocka_unit_test(a_reset_is_told_to_a_waiting_reader_and_a_waiting_writer),
      cmocka_unit_test(a_reset_may_take_what_was_not_read),
      cmocka_unit_test(nothing_is_read_behind_what_a_reset_took),
      cmocka_unit_test(closing_with_something_unread_resets_the_other_side),
      cmocka_unit_test(cuts_do_what_they_say),
      cmocka_unit_test(silence_tells_nobody_until_it_is_mended),
      cmocka_unit_test(fates_come_at_their_time_or_byte),
      cmocka_unit_test(contracts_of_a_stream_are_watched),
      cmocka_unit_test(the_nth_read_and_write_can_be_made_to_fail),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

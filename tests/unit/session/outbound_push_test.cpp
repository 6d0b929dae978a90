#include "ring_fixture.hpp"

#include "support/cmocka.hpp"

using namespace kedge;
using namespace kedge::test;

static ErrorKind kind_of(const Result<Handle>& result) {
  return result.error().kind();
}

static void storage_bytes_is_tight(void**) {
  const Limits limits = ring_limits();
  RingFixture f;
  // What is left is no more than the padding of the four pieces.
  EXPECT(f.arena.left() <= 16 && OutboundRing::storage_bytes(limits) > 0, "no memory to be left over");
}

static void too_large_is_refused_by_name(void**) {
  RingFixture f;
  const Result<Handle> refused = f.ring.try_push(bytes_of(std::string(201, 'x')), {});
  EXPECT(kind_of(refused) == ErrorKind::too_large, "too_large");
  EXPECT_TEXT(refused.error().message(), "the message is larger than 200 bytes");
  EXPECT(f.push(std::string(200, 'x'), {}), "the limit itself to be accepted");
  EXPECT(kind_of(f.ring.push_drop_oldest(bytes_of(std::string(201, 'x')), {})) == ErrorKind::too_large,
         "the same when dropping is allowed");
  EXPECT(f.ring.count() == 1, "nothing dropped for it");
}

static void the_protocols_own_messages_are_limited_by_their_room_and_the_peer_alone(void**) {
  Limits limits = ring_limits();
  limits.outbound_message_bytes_max = 10;
  RingFixture f(limits);
  EXPECT(kind_of(f.ring.try_push(bytes_of("eleven byte"), {})) == ErrorKind::too_large, "the user's");
  const std::string own(60, 'x');
  EXPECT(f.push(own, f.reserved(1)), "its room is another");
  EXPECT_TEXT(f.take_all(), own + ",");
  f.ring.accepted(f.offset);
  f.ring.begin(f.reserved(2)).write(own);
  EXPECT(f.ring.commit().ok(), "the same for an encoder");
  f.ring.connection_lost();
  f.ring.set_message_bytes_max(59);
  EXPECT(kind_of(f.ring.try_push(bytes_of(own), f.reserved(3))) == ErrorKind::too_large, "the peer's limit");
  f.ring.begin(f.reserved(4)).write(own);
  EXPECT(kind_of(f.ring.commit()) == ErrorKind::too_large, "the same for an encoder");
  EXPECT(kind_of(f.ring.try_push(bytes_of("eleven byte"), {})) == ErrorKind::too_large,
         "the user's, as ever");
}

static void a_message_larger_than_all_the_room_is_too_large_rather_than_full(void**) {
  RingFixture f;
  const Result<Handle> refused = f.ring.try_push(bytes_of(std::string(65, 'x')), f.reserved(1));
  EXPECT(kind_of(refused) == ErrorKind::too_large, "waiting would not help");
  EXPECT_TEXT(refused.error().message(), "the message is larger than 64 bytes");
  f.ring.begin(f.reserved(1)).write(std::string(65, 'x'));
  EXPECT(kind_of(f.ring.commit()) == ErrorKind::too_large, "the same for an encoder");
}

static void the_last_entry_and_the_last_block_are_refused_by_name(void**) {
  RingFixture f;
  for (std::uint32_t i = 0; i < 6; ++i) EXPECT(f.push("x", f.options(i)), "an entry");
  const Result<Handle> no_entry = f.ring.try_push(bytes_of("x"), {});
  EXPECT(kind_of(no_entry) == ErrorKind::queue_full, "queue_full");
  EXPECT_TEXT(no_entry.error().message(), "all 6 outbound messages are in use (outbound_messages_max)");
  EXPECT(!f.ring.has_room(1, {}), "no room, said beforehand");
  f.ring.clear();
  EXPECT(f.push(std::string(200, 'x'), {}), "seven blocks");
  EXPECT(f.ring.has_room(32, {}) && !f.ring.has_room(33, {}), "one block left");
  const Result<Handle> no_blocks = f.ring.try_push(bytes_of(std::string(33, 'x')), {});
  EXPECT(kind_of(no_blocks) == ErrorKind::queue_full, "queue_full");
  EXPECT_TEXT(no_blocks.error().message(), "the outbound room is full (256 bytes)");
  EXPECT(f.push(std::string(32, 'x'), {}), "one that fits");
}

static void the_reserved_room_is_for_reserved_messages_only(void**) {
  RingFixture f;
  for (std::uint32_t i = 0; i < 6; ++i) f.push("x", f.options(i));
  EXPECT(!f.ring.has_room(1, {}) && f.ring.has_room(1, f.reserved(0)), "reserved room left");
  EXPECT(f.push("y", f.reserved(10)) && f.push("z", f.reserved(11)), "both reserved entries");
  const Result<Handle> refused = f.ring.try_push(bytes_of("w"), f.reserved(12));
  EXPECT_TEXT(refused.error().message(),
              "all 2 reserved outbound messages are in use (reserved_messages_max)");
  f.ring.clear();
  EXPECT(f.push(std::string(64, 'y'), f.reserved(10)), "all reserved blocks");
  EXPECT_TEXT(f.ring.try_push(bytes_of("w"), f.reserved(12)).error().message(),
              "the reserved outbound room is full (64 bytes)");
  EXPECT(f.ring.has_room(200, {}), "the user's room to be untouched");
}

static void count_and_bytes_follow_what_is_held(void**) {
  RingFixture f;
  f.push("abc", {});
  const Handle second = f.push("defgh", f.reserved(1));
  EXPECT(f.ring.count() == 2 && f.ring.bytes() == 8, "both");
  f.ring.cancel(second);
  EXPECT(f.ring.count() == 1 && f.ring.bytes() == 3, "one");
  f.ring.clear();
  EXPECT(f.ring.count() == 0 && f.ring.bytes() == 0, "none");
}

static void dropping_takes_only_the_oldest_unstarted_of_the_same_priority(void**) {
  RingFixture f;
  f.push("low", f.options(1, Priority::low));
  f.push("kept", f.kept(2));
  f.push("a", f.options(3));
  f.push("b", f.options(4));
  f.push("c", f.options(5));
  f.push("d", f.options(6));
  EXPECT(f.ring.push_drop_oldest(bytes_of("e"), f.options(7)).ok(), "room to be made");
  EXPECT_TEXT(f.reports, "expired 3;");
  EXPECT_TEXT(f.take_all(), "kept,b,c,d,e,low,");
}

static void dropping_frees_as_many_as_the_bytes_need(void**) {
  RingFixture f;
  for (std::uint32_t i = 0; i < 4; ++i) f.push(std::string(64, char('a' + i)), f.options(i));
  EXPECT(f.ring.push_drop_oldest(bytes_of(std::string(97, 'e')), f.options(9)).ok(), "room to be made");
  EXPECT_TEXT(f.reports, "expired 0;expired 1;");
  EXPECT(f.ring.count() == 3, "two left and the new one");
}

static void nothing_is_dropped_when_it_would_not_help(void**) {
  RingFixture f;
  f.push(std::string(128, 'a'), f.kept(1));
  f.push(std::string(64, 'b'), f.options(2));
  f.push(std::string(64, 'c'), f.options(3));
  const Result<Handle> refused = f.ring.push_drop_oldest(bytes_of(std::string(160, 'd')), f.options(4));
  EXPECT(kind_of(refused) == ErrorKind::queue_full, "queue_full");
  EXPECT_TEXT(f.reports, "");
  EXPECT(f.ring.count() == 3, "all kept");
}

static void an_entry_that_has_started_is_not_dropped(void**) {
  RingFixture f;
  f.push(std::string(200, 'a'), f.options(1));
  f.take(f.ring.next({}, false), 10);
  EXPECT(!f.ring.push_drop_oldest(bytes_of(std::string(64, 'b')), f.options(2)).ok(), "a refusal");
  EXPECT(f.ring.push_drop_oldest(bytes_of("b"), f.options(2)).ok(), "what fits to need no dropping");
  EXPECT_TEXT(f.reports, "");
}

static void a_handler_that_takes_the_freed_room_has_it(void**) {
  RingFixture f;
  for (std::uint32_t i = 0; i < 6; ++i) f.push("x", f.options(i));
  f.on_report = [&] {
    f.on_report = nullptr;
    EXPECT(f.push("y", f.options(50)), "the room to be free in the handler");
  };
  EXPECT(kind_of(f.ring.push_drop_oldest(bytes_of("z"), f.options(60))) == ErrorKind::queue_full,
         "a refusal");
  EXPECT_TEXT(f.reports, "expired 0;");
}

static void an_encoder_writes_across_blocks(void**) {
  RingFixture f;
  std::string expected;
  Sink& sink = f.ring.begin(f.options(1));
  for (int i = 0; i < 20; ++i) {
    const std::string piece(static_cast<std::size_t>(i % 18), char('a' + i));
    EXPECT(sink.write(piece), "room");
    expected += piece;
  }
  EXPECT(f.ring.count() == 0 && !f.ring.has_next(false), "nothing to go before the commit");
  const Result<Handle> handle = f.ring.commit();
  EXPECT(handle.ok() && f.ring.view(*handle).bytes == expected.size(), "the whole message");
  EXPECT_TEXT(f.take_all(), expected + ",");
  EXPECT(!sink.write("more"), "nothing more after the commit");
}

static void without_a_build_nothing_is_written_and_nothing_committed(void**) {
  RingFixture f;
  EXPECT(kind_of(f.ring.commit()) == ErrorKind::config, "no message was begun");
  EXPECT(f.ring.count() == 0, "nothing in the ring");
}

static void a_build_that_needs_all_the_room_may_wait_for_it(void**) {
  Limits limits = ring_limits();
  limits.outbound_message_bytes_max = 250;
  RingFixture f(limits);
  EXPECT(f.push("x", {}), "one block taken");
  f.ring.begin({}).write(std::string(250, 'x'));
  EXPECT(kind_of(f.ring.commit()) == ErrorKind::queue_full, "queue_full: later there is room");
}

static void a_message_is_of_the_type_it_was_pushed_as(void**) {
  RingFixture f;
  OutboundOptions options;
  options.type = ws::MessageType::binary;
  EXPECT(f.ring.view(f.push("x", options)).type == ws::MessageType::binary, "binary");
  f.ring.begin(options).write("x");
  const Result<Handle> built = f.ring.commit();
  EXPECT(built && f.ring.view(*built).type == ws::MessageType::binary, "the same for an encoder");
  options.type = ws::MessageType::text;
  EXPECT(f.ring.view(f.push("x", options)).type == ws::MessageType::text, "text");
}

static void a_build_that_failed_keeps_nothing(void**) {
  RingFixture f;
  Sink& sink = f.ring.begin({});
  EXPECT(sink.write(std::string(150, 'a')), "room");
  EXPECT(!sink.write(std::string(51, 'a')), "over the message's limit");
  EXPECT(!sink.write("b"), "a failed sink to stay failed");
  EXPECT(kind_of(f.ring.commit()) == ErrorKind::too_large, "too_large");
  f.push(std::string(200, 'x'), {});
  f.ring.begin({}).write(std::string(33, 'y'));
  EXPECT(kind_of(f.ring.commit()) == ErrorKind::queue_full, "queue_full");
  EXPECT(f.ring.has_room(32, {}), "its blocks to be free again");
}

static void a_build_without_an_entry_left_is_refused(void**) {
  RingFixture f;
  for (std::uint32_t i = 0; i < 6; ++i) f.push("x", f.options(i));
  EXPECT(!f.ring.begin({}).write("y"), "no room");
  EXPECT(kind_of(f.ring.commit()) == ErrorKind::queue_full, "queue_full");
  f.ring.begin({});
  f.ring.abandon();
  EXPECT(f.ring.count() == 6, "the others to be untouched");
}

static void an_abandoned_build_gives_its_room_back(void**) {
  RingFixture f;
  f.ring.begin({}).write(std::string(200, 'a'));
  EXPECT(!f.ring.has_room(200, {}), "its room to be taken");
  f.ring.abandon();
  EXPECT(f.ring.has_room(200, {}), "its room to be back");
  f.ring.begin({}).write(std::string(200, 'a'));
  EXPECT(f.ring.begin({}).write(std::string(200, 'b')), "a new build to abandon the old one");
  f.ring.clear();
  EXPECT(kind_of(f.ring.commit()) == ErrorKind::config, "no build after clear()");
  for (std::uint32_t i = 0; i < 6; ++i) EXPECT(f.push("x", f.options(i)), "every entry to be free");
}

static void empty_messages_are_messages(void**) {
  RingFixture f;
  EXPECT(f.push("", f.options(1)), "an empty push");
  f.ring.begin(f.options(2));
  EXPECT(f.ring.commit().ok(), "an empty build");
  EXPECT_TEXT(f.take_all(), ",,");
  f.ring.accepted(0);
  EXPECT_TEXT(f.reports, "sent 1;sent 2;");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(storage_bytes_is_tight),
      cmocka_unit_test(too_large_is_refused_by_name),
      cmocka_unit_test(the_protocols_own_messages_are_limited_by_their_room_and_the_peer_alone),
      cmocka_unit_test(a_message_larger_than_all_the_room_is_too_large_rather_than_full),
      cmocka_unit_test(the_last_entry_and_the_last_block_are_refused_by_name),
      cmocka_unit_test(the_reserved_room_is_for_reserved_messages_only),
      cmocka_unit_test(count_and_bytes_follow_what_is_held),
      cmocka_unit_test(dropping_takes_only_the_oldest_unstarted_of_the_same_priority),
      cmocka_unit_test(dropping_frees_as_many_as_the_bytes_need),
      cmocka_unit_test(nothing_is_dropped_when_it_would_not_help),
      cmocka_unit_test(an_entry_that_has_started_is_not_dropped),
      cmocka_unit_test(a_handler_that_takes_the_freed_room_has_it),
      cmocka_unit_test(an_encoder_writes_across_blocks),
      cmocka_unit_test(without_a_build_nothing_is_written_and_nothing_committed),
      cmocka_unit_test(a_build_that_needs_all_the_room_may_wait_for_it),
      cmocka_unit_test(a_message_is_of_the_type_it_was_pushed_as),
      cmocka_unit_test(a_build_that_failed_keeps_nothing),
      cmocka_unit_test(a_build_without_an_entry_left_is_refused),
      cmocka_unit_test(an_abandoned_build_gives_its_room_back),
      cmocka_unit_test(empty_messages_are_messages),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

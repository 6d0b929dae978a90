#include "ring_fixture.hpp"

#include "support/cmocka.hpp"

#include <cstring>
#include <random>

using namespace kedge;
using namespace kedge::test;

static void reserved_go_first_then_by_priority_then_by_age(void**) {
  RingFixture f;
  f.push("low", f.options(1, Priority::low));
  f.push("normal1", f.options(2));
  f.push("urgent", f.options(3, Priority::urgent));
  f.push("normal2", f.options(4));
  f.push("auth", f.reserved(5));
  EXPECT_TEXT(f.take_all(), "auth,urgent,normal1,normal2,low,");
}

static void only_reserved_go_before_the_link_is_ready(void**) {
  RingFixture f;
  f.push("user", f.options(1, Priority::urgent));
  EXPECT(!f.ring.has_next(true) && f.ring.has_next(false), "nothing yet to go");
  EXPECT(!f.ring.next({}, true), "no entry");
  f.push("auth", f.reserved(2));
  EXPECT(f.ring.has_next(true), "the reserved one to go");
  EXPECT_TEXT(f.take_all(true), "auth,");
  EXPECT_TEXT(f.take_all(), "user,");
  EXPECT(!f.ring.has_next(false), "nothing left");
}

static void an_entry_in_progress_finishes_before_another_starts(void**) {
  RingFixture f;
  const Handle low = f.push("0123456789", f.options(1, Priority::low));
  EXPECT(f.ring.next({}, false) == low, "the only one");
  EXPECT_TEXT(f.take(low, 4), "0123");
  f.push("urgent", f.options(2, Priority::urgent));
  f.push("auth", f.reserved(3));
  EXPECT(f.ring.next({}, false) == low && f.ring.has_next(true), "the one in progress");
  const OutboundRing::View view = f.ring.view(low);
  EXPECT(view.bytes == 10 && view.written == 4 && view.type == ws::MessageType::text, "where it stands");
  EXPECT_TEXT(f.take_all(), "456789,auth,urgent,");
}

static void each_take_is_masked_from_its_own_beginning(void**) {
  RingFixture f;
  std::string text;
  for (int i = 0; i < 100; ++i) text += static_cast<char>(i);
  const Handle entry = f.push(text, {});
  const std::array<unsigned char, 4> key{0x11, 0x22, 0x44, 0x88};
  std::uint32_t key_word = 0;
  std::memcpy(&key_word, key.data(), sizeof key_word);
  std::size_t done = 0;
  for (const std::uint32_t size : {33U, 1U, 31U, 35U}) {  // across blocks of 32, at uneven places
    std::vector<std::byte> out(size);
    f.ring.take(entry, out.data(), size, key_word, 1000);
    for (std::size_t i = 0; i < size; ++i) {
      EXPECT(static_cast<unsigned char>(out[i]) == (static_cast<unsigned char>(text[done + i]) ^ key[i % 4]),
             "the key to begin with the frame and to go on over blocks");
    }
    done += size;
  }
  f.ring.accepted(1000);
  EXPECT_TEXT(f.reports, "sent 0;");
}

static void an_entry_is_sent_when_the_stream_took_its_last_byte(void**) {
  RingFixture f;
  const Handle a = f.push("aaaa", f.options(1));
  f.push("bbbb", f.options(2));
  f.take_all();
  f.ring.accepted(3);
  EXPECT_TEXT(f.reports, "");
  EXPECT(f.ring.count() == 2, "both to be held");
  f.ring.accepted(4);
  EXPECT_TEXT(f.reports, "sent 1;");
  EXPECT(f.last == a && !f.ring.cancel(a), "the handle of the one sent, stale by now");
  f.ring.accepted(100);
  EXPECT_TEXT(f.reports, "sent 1;sent 2;");
  EXPECT(f.ring.count() == 0 && f.ring.has_room(200, {}), "all room back");
}

static void the_stream_may_be_longer_than_32_bits_can_count(void**) {
  RingFixture f;
  f.offset = 0xFFFFFFFE;
  f.push("aaaa", f.options(1));
  f.take_all();
  f.ring.accepted(0xFFFFFFFF);
  EXPECT_TEXT(f.reports, "");
  f.ring.accepted(0x100000002);
  EXPECT_TEXT(f.reports, "sent 1;");
}

static void a_kept_entry_stays_until_it_is_acknowledged(void**) {
  RingFixture f;
  const Handle entry = f.push("kept", f.kept(1));
  f.take_all();
  f.ring.accepted(4);
  EXPECT_TEXT(f.reports, "sent 1;");
  EXPECT(f.ring.count() == 1 && !f.ring.next({}, false), "held, and not sent again");
  EXPECT(f.ring.ack(entry), "the acknowledgement to find it");
  EXPECT(!f.ring.ack(entry) && f.ring.count() == 0, "it to be gone");
}

static void an_acknowledgement_may_come_at_any_time(void**) {
  RingFixture f;
  EXPECT(f.ring.ack(f.push("waiting", f.kept(1))) && f.ring.count() == 0, "a waiting one to be gone");
  const Handle flying = f.push("flying", f.kept(2));
  f.take_all();
  EXPECT(f.ring.ack(flying) && f.ring.count() == 0, "one in flight to be gone");
  const Handle half = f.push("half", f.kept(3));
  f.take(half, 2);
  EXPECT(f.ring.ack(half) && !f.ring.ack(half) && f.ring.count() == 1, "a half written one to finish");
  EXPECT_TEXT(f.take_all(), "lf,");
  f.ring.accepted(f.offset);
  EXPECT(f.ring.count() == 0, "it to be released when sent");
  EXPECT_TEXT(f.reports, "");
  EXPECT(!f.ring.ack(f.push("not kept", f.options(4))), "an entry that is not kept to be refused");
}

static void cancelling_takes_back_what_has_not_started(void**) {
  RingFixture f;
  const Handle entry = f.push("a", f.options(1));
  f.push("b", f.options(2));
  EXPECT(f.ring.cancel(entry) && !f.ring.cancel(entry), "once");
  EXPECT(!f.ring.cancel({}) && !f.ring.cancel({99, 99}), "garbage to be harmless");
  EXPECT_TEXT(f.take_all(), "b,");
  EXPECT_TEXT(f.reports, "");
}

static void a_cancelled_entry_that_has_started_finishes(void**) {
  RingFixture f;
  const Handle sent = f.push("sent", f.options(1));
  f.take(sent, 1);
  EXPECT(!f.ring.cancel(sent), "too late");
  EXPECT_TEXT(f.take_all(), "ent,");
  const Handle kept = f.push("kept", f.kept(2));
  f.take_all();
  EXPECT(!f.ring.cancel(kept), "too late");
  f.ring.accepted(f.offset);
  EXPECT_TEXT(f.reports, "sent 1;sent 2;");
  EXPECT(f.ring.count() == 0, "the kept one to be released when sent");
  const Handle whole = f.push("whole", f.kept(3));
  f.take_all();
  f.ring.accepted(f.offset);
  EXPECT(f.ring.cancel(whole) && f.ring.count() == 0, "one that waits for its ack only to be gone at once");
}

static void what_is_being_written_is_what_the_stream_has_some_of_and_not_all(void**) {
  RingFixture f;
  EXPECT(!f.ring.being_written() && !f.ring.begun({}), "nothing yet");
  const Handle own = f.push("own", RingFixture::reserved(1));
  const Handle first = f.push("first", RingFixture::options(2));
  const Handle large = f.push("larger", RingFixture::options(3));
  const Handle half = f.push("half", RingFixture::options(4));
  EXPECT(!f.ring.being_written() && !f.ring.begun(first), "not before it was taken");
  f.take(own);
  const std::uint64_t behind_own = f.offset;
  f.take(first);
  const std::uint64_t behind_first = f.offset;
  f.take(large);
  const std::uint64_t behind_large = f.offset;
  f.take(half, 2);
  f.ring.accepted(behind_own - 1);
  EXPECT(!f.ring.being_written() && f.ring.begun(own), "the protocol's own are nobody's request");
  f.ring.accepted(behind_own);
  EXPECT(!f.ring.being_written(), "not before a byte of it has left");
  f.ring.accepted(behind_first - 1);
  EXPECT(f.ring.being_written() == first, "the stream's position is in it");
  f.ring.accepted(behind_first);
  EXPECT(!f.ring.being_written(), "what was accepted whole no more");
  f.ring.accepted(behind_large - 1);
  EXPECT(f.ring.being_written() == large, "not what is in progress behind it");
  f.ring.accepted(behind_large);
  EXPECT(!f.ring.being_written() && !f.ring.begun(large), "nothing of the half has left");
  f.ring.accepted(f.offset);
  EXPECT(f.ring.being_written() == half, "half of it has left");
  f.ring.connection_lost();
  EXPECT(!f.ring.being_written() && !f.ring.begun(half), "what is back in its queue is not");
}

static void a_lost_connection_restores_the_order_exactly(void**) {
  RingFixture f;
  f.push("kept1", f.kept(1));
  f.push("kept2", f.kept(2));
  f.push("urgent", f.options(3, Priority::urgent));
  f.take_all();  // urgent, kept1, kept2
  f.ring.accepted(6 + 5);
  f.push("flying", f.options(4));
  f.take_all();
  const Handle half = f.push("half", f.options(5));
  f.take(half, 2);
  f.push("waiting", f.options(6));
  EXPECT_TEXT(f.reports, "sent 3;sent 1;");
  f.ring.connection_lost();
  EXPECT(f.ring.view(half).written == 0, "it to start again");
  f.offset = 0;
  EXPECT_TEXT(f.take_all(), "kept1,kept2,flying,half,waiting,");
  f.ring.connection_lost();
  EXPECT_TEXT(f.take_all(), "kept1,kept2,flying,half,waiting,");
}

static void a_lost_connection_releases_the_cancelled_and_the_reserved_silently(void**) {
  RingFixture f;
  const Handle half = f.push("reserved half", f.reserved(1));
  f.take(half, 3);
  f.push("reserved waiting", f.reserved(2));
  f.ring.connection_lost();
  EXPECT(f.ring.count() == 0, "both reserved gone");
  const Handle flying = f.push("flying", f.kept(3));
  f.take_all();
  f.ring.cancel(flying);
  const Handle acked = f.push("acked", f.kept(4));
  f.take(acked, 1);
  f.ring.ack(acked);
  f.ring.connection_lost();
  EXPECT(f.ring.count() == 0 && !f.ring.has_next(false), "the cancelled and the acknowledged gone");
  EXPECT_TEXT(f.reports, "");
  EXPECT(f.ring.has_room(64, f.reserved(0)) && f.ring.has_room(200, {}), "all room back");
}

static void a_passed_deadline_is_reported_once_and_no_byte_goes(void**) {
  RingFixture f;
  f.push("never", f.options(1));
  f.push("late", f.until(at(20), f.options(2)));
  const Handle first = f.push("early", f.until(at(10), f.options(3, Priority::low)));
  EXPECT(f.ring.next_deadline() == at(10), "the earliest");
  f.ring.expire(at(9));
  EXPECT_TEXT(f.reports, "");
  f.ring.expire(at(10));
  EXPECT_TEXT(f.reports, "expired 3;");
  EXPECT(f.last == first && !f.ring.cancel(first), "its handle, stale by now");
  EXPECT(f.ring.next_deadline() == at(20), "the next");
  EXPECT_TEXT(f.take_all(false, at(25)), "never,");
  EXPECT_TEXT(f.reports, "expired 3;expired 2;");
  EXPECT(f.ring.next_deadline() == never, "no more");
}

static void a_started_entry_does_not_expire_but_its_re_send_may(void**) {
  RingFixture f;
  const Handle entry = f.push("aaaa", f.until(at(10), f.options(1)));
  f.take(entry, 1);
  f.ring.expire(at(50));
  EXPECT(f.ring.next_deadline() == never, "nothing that can expire");
  f.take(entry);
  f.ring.expire(at(50));
  EXPECT(f.ring.count() == 1 && f.ring.next_deadline() == never, "one in flight not to expire either");
  f.ring.connection_lost();
  EXPECT(f.ring.next_deadline() == at(10), "unstarted, it may");
  f.ring.expire(at(50));
  EXPECT_TEXT(f.reports, "expired 1;");
}

static void a_kept_entry_expires_before_its_ack(void**) {
  RingFixture f;
  const Handle entry = f.push("kept", f.until(at(10), f.kept(1)));
  f.take(entry, 2);
  f.ring.expire(at(10));
  EXPECT(f.ring.count() == 1 && f.ring.next_deadline() == never, "not while half written");
  f.take(entry);
  EXPECT(f.ring.next_deadline() == at(10), "again when whole");
  f.ring.accepted(4);
  f.ring.expire(at(11));
  EXPECT_TEXT(f.reports, "sent 1;expired 1;");
  EXPECT(f.ring.count() == 0, "gone");
  const Handle flying = f.push("flying", f.until(at(20), f.kept(2)));
  f.take_all();
  f.ring.cancel(flying);
  f.ring.expire(at(30));
  EXPECT(f.ring.count() == 1, "one cancelled in flight to finish, not to expire");
}

static void handlers_may_push_and_cancel(void**) {
  RingFixture f;
  f.push("a", f.until(at(1), f.options(1)));
  const Handle second = f.push("b", f.until(at(1), f.options(2)));
  f.on_report = [&] {
    f.on_report = nullptr;
    EXPECT(f.ring.cancel(second), "one about to be reported to be cancelled instead");
    EXPECT(f.push("c", f.until(at(5), f.options(3))), "a push");
  };
  f.ring.expire(at(1));
  EXPECT_TEXT(f.reports, "expired 1;");
  EXPECT(f.ring.next_deadline() == at(5), "the new one's deadline to be known");
  f.take_all();
  f.on_report = [&] {
    f.on_report = nullptr;
    f.push("d", f.options(4));
    f.ring.clear();
  };
  f.ring.accepted(f.offset);
  EXPECT(f.ring.count() == 0, "nothing left");
}

static void without_a_listener_nothing_is_reported(void**) {
  const Limits limits = ring_limits();
  std::vector<std::byte> memory(OutboundRing::storage_bytes(limits));
  Arena arena(memory);
  OutboundRing ring(limits, arena);
  EXPECT(ring.try_push(bytes_of("a"), RingFixture::until(at(1), {})).ok(), "a push");
  EXPECT(ring.try_push(bytes_of(""), {}).ok(), "a push");
  ring.expire(at(1));
  ring.take(ring.next(at(1), false), nullptr, 0, 0, 7);
  ring.accepted(7);
  EXPECT(ring.count() == 0, "both gone");
}

static void stale_handles_show_and_take_nothing(void**) {
  RingFixture f;
  const Handle entry = f.push("a", {});
  f.ring.cancel(entry);
  EXPECT(f.ring.view(entry).bytes == 0, "an empty view");
  std::byte out{0x5A};
  f.ring.take(entry, &out, 1, 0, 1);
  EXPECT(out == std::byte{0x5A}, "nothing written");
}

/// Whatever happens, each kept message that was not acknowledged, cancelled or expired goes out again whole,
/// in order, and all room comes back.
static void random_lives_keep_the_order_and_lose_no_room(void**) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    std::mt19937 random(seed);
    RingFixture f;
    std::vector<std::pair<Handle, std::string>> expected;  // oldest first, all of normal priority
    std::uint32_t tag = 0;
    std::uint64_t accepted = 0;
    for (int step = 0; step < 200; ++step) {
      f.ring.check();
      const auto what = random() % 10;
      if (what < 4) {
        const std::string text = std::to_string(++tag) + std::string(random() % 70, '.');
        if (const Handle entry = f.push(text, f.kept(tag))) expected.emplace_back(entry, text);
      } else if (what < 7) {
        const Handle entry = f.ring.next({}, false);
        const OutboundRing::View view = f.ring.view(entry);
        if (entry) f.take(entry, 1 + static_cast<std::uint32_t>(random()) % (view.bytes - view.written));
      } else if (what == 7) {
        accepted += random() % (f.offset - accepted + 1);
        f.ring.accepted(accepted);
      } else if (what == 8 && !expected.empty()) {
        const auto gone = expected.begin() + static_cast<std::ptrdiff_t>(random() % expected.size());
        EXPECT(f.ring.ack(gone->first), "an entry that is held");
        expected.erase(gone);
      } else if (what == 9 && random() % 4 == 0) {
        f.ring.connection_lost();
        f.offset = accepted = 0;
      }
    }
    f.ring.connection_lost();
    std::string all;
    for (const auto& [entry, text] : expected) all += text + ",";
    EXPECT_TEXT(f.take_all(), all);
    for (const auto& [entry, text] : expected) EXPECT(f.ring.ack(entry), "an entry that is held");
    EXPECT(f.ring.count() == 0 && f.ring.bytes() == 0, "nothing left");
    EXPECT(f.push(std::string(200, 'x'), {}) && f.push(std::string(32, 'x'), {}), "all blocks back");
  }
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(reserved_go_first_then_by_priority_then_by_age),
      cmocka_unit_test(only_reserved_go_before_the_link_is_ready),
      cmocka_unit_test(an_entry_in_progress_finishes_before_another_starts),
      cmocka_unit_test(each_take_is_masked_from_its_own_beginning),
      cmocka_unit_test(an_entry_is_sent_when_the_stream_took_its_last_byte),
      cmocka_unit_test(the_stream_may_be_longer_than_32_bits_can_count),
      cmocka_unit_test(a_kept_entry_stays_until_it_is_acknowledged),
      cmocka_unit_test(an_acknowledgement_may_come_at_any_time),
      cmocka_unit_test(cancelling_takes_back_what_has_not_started),
      cmocka_unit_test(a_cancelled_entry_that_has_started_finishes),
      cmocka_unit_test(what_is_being_written_is_what_the_stream_has_some_of_and_not_all),
      cmocka_unit_test(a_lost_connection_restores_the_order_exactly),
      cmocka_unit_test(a_lost_connection_releases_the_cancelled_and_the_reserved_silently),
      cmocka_unit_test(a_passed_deadline_is_reported_once_and_no_byte_goes),
      cmocka_unit_test(a_started_entry_does_not_expire_but_its_re_send_may),
      cmocka_unit_test(a_kept_entry_expires_before_its_ack),
      cmocka_unit_test(handlers_may_push_and_cancel),
      cmocka_unit_test(without_a_listener_nothing_is_reported),
      cmocka_unit_test(stale_handles_show_and_take_nothing),
      cmocka_unit_test(random_lives_keep_the_order_and_lose_no_room),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

"""What the soak's ledger and gauges find: for each promise a record that keeps it, and one that does not."""

import unittest

import gauges
import ledger


class Record(unittest.TestCase):
    def setUp(self):
        self.ledger = ledger.Ledger(notice_ms=3000, transit_ms=1000, slack_ms=500)
        self.numbers = 0
        self.tell(0, "born", 0)
        self.tell(0, "state", 0, "ready")

    def tell(self, time, event, number, word="-", value=0):
        self.ledger.feed(f"{time} {event} 0 {number} {word} {value}\n")

    def request(self, number, tool="get_echo", start=1000, deadline=10000):
        self.tell(start, "start", number, tool, deadline)

    def ran(self, number, fate="answered", changed=1100, tool="get_echo", hub=0):
        self.numbers += 1
        self.ledger.feed_run(hub, {"number": self.numbers, "fate": fate, "tool": tool}, number, changed)

    def closes(self, *words, totals=None):
        """Exactly one breach that holds each of `words`, or none."""
        breaches = self.ledger.close({0: self.numbers} if totals is None else totals)
        self.assertEqual(1 if words else 0, len(breaches), breaches)
        for word in words:
            self.assertIn(word, breaches[0])

    def counted(self, name):
        self.assertEqual(1, self.ledger.counts[name], dict(self.ledger.counts))


class Completions(Record):
    def test_an_answered_request_is_in_order(self):
        self.request(7)
        self.tell(1150, "end", 7, "none")
        self.ran(7)
        self.closes()
        self.counted("run_answered")

    def test_two_completions_are_found(self):
        self.request(7)
        self.tell(1150, "end", 7, "none")
        self.tell(1160, "end", 7, "timeout")
        self.ran(7)
        self.closes("completed 2 times")

    def test_no_completion_is_found(self):
        self.request(7)
        self.closes("completed 0 times")

    def test_a_completion_of_nobodys_is_found(self):
        self.tell(1150, "end", 8, "none")
        self.closes("never started")

    def test_a_late_completion_is_found(self):
        self.request(7, tool="get_silent", deadline=1000)
        self.tell(2501, "end", 7, "timeout")
        self.closes("501 ms after its deadline")

    def test_what_the_client_saw_is_passed_on(self):
        self.tell(1150, "breach", 7, "wrong-answer")
        self.closes("wrong-answer")

    def test_a_cancelled_request_ends_as_cancelled(self):
        self.request(7)
        self.tell(1010, "cancel", 7)
        self.tell(1011, "end", 7, "none")
        self.ran(7)
        self.closes("cancelled and ended with none")

    def test_an_end_as_cancelled_without_a_cancel_is_found(self):
        self.request(7)
        self.tell(1011, "end", 7, "cancelled")
        self.closes("was not")

    def test_a_refusal_starts_nothing(self):
        self.request(7)
        self.tell(1000, "refused", 7, "queue_full")
        self.closes()
        self.assertEqual(0, self.ledger.counts["started"])


class Runs(Record):
    def test_a_result_of_a_tool_that_never_ran_is_found(self):
        self.request(7)
        self.tell(1150, "end", 7, "none")
        self.closes("ran 0 times")

    def test_a_tool_that_ran_twice_is_found(self):
        self.request(7)
        self.tell(1150, "end", 7, "none")
        self.ran(7)
        self.ran(7)
        self.closes("ran 2 times")

    def test_a_denied_tool_that_ran_is_found(self):
        self.request(7, tool="ask_door")
        self.tell(1150, "end", 7, "denied", -32001)
        self.ran(7, tool="ask_door")
        self.closes("ended with denied (-32001) and ran 1 times")

    def test_a_denial_nobody_gave_is_found(self):
        self.request(7)
        self.tell(1150, "end", 7, "denied", -32003)
        self.closes("ended with denied")

    def test_a_run_of_another_tool_or_at_another_hub_is_found(self):
        self.request(7)
        self.tell(1150, "end", 7, "cancelled")
        self.tell(1140, "cancel", 7)
        self.ran(7, tool="get_slow")
        self.closes("was not asked of it")

    def test_runs_that_were_not_seen_are_found(self):
        self.closes("ran 2 tools, of which 0 were seen", totals={0: 2})


class Accounts(Record):
    def timed_out(self, fate, changed=1100, tool="get_echo"):
        self.request(7, tool=tool)
        self.tell(11000, "end", 7, "timeout")
        self.ran(7, fate, changed, tool)

    def lose_line(self, time, reason="reset"):
        self.tell(time, "reason", 0, reason)
        self.tell(time, "state", 0, "waiting")
        self.tell(time + 100, "state", 0, "ready")

    def test_an_answer_may_be_lost_with_its_line(self):
        self.lose_line(2000)
        self.timed_out("answered")
        self.closes()
        self.counted("run_answer_lost_with_its_line")

    def test_a_silent_line_may_be_noticed_later(self):
        self.lose_line(4000, "the_peer_is_silent")
        self.timed_out("answered")
        self.closes()
        self.counted("run_answer_lost_with_its_line")

    def test_an_answer_that_was_lost_on_a_line_that_was_well_is_found(self):
        self.timed_out("answered")
        self.closes("though no line was lost")

    def test_a_line_lost_before_or_long_after_explains_nothing(self):
        self.lose_line(900)
        self.lose_line(2200)
        self.lose_line(4200, "the_peer_is_silent")
        self.timed_out("answered")
        self.closes("though no line was lost")

    def close_line_while_an_answer_is_missing(self, closing):
        self.request(7)
        self.ran(7, changed=1100)
        self.tell(closing, "state", 0, "closing")
        self.tell(closing, "end", 7, "closed")

    def test_a_silent_line_may_be_closed_before_it_is_noticed(self):
        self.close_line_while_an_answer_is_missing(4000)
        self.closes()
        self.counted("run_answer_lost_with_its_line")

    def test_a_line_that_is_closed_long_after_explains_nothing(self):
        self.close_line_while_an_answer_is_missing(4200)
        self.closes("though no line was lost")

    def test_a_line_on_which_a_later_answer_came_was_not_silent(self):
        self.request(8)
        self.ran(8, changed=1200)
        self.tell(1300, "end", 8, "none")
        self.close_line_while_an_answer_is_missing(4000)
        self.closes("though no line was lost")

    def test_an_answer_may_come_too_late(self):
        self.timed_out("answered", changed=10600)
        self.closes()
        self.counted("run_answered_too_late")

    def test_a_row_may_find_nobody_waiting(self):
        self.timed_out("fetched", changed=12000)
        self.tell(12010, "row", 7, "executed")
        self.closes()
        self.counted("run_row_unclaimed")

    def test_a_row_that_did_not_reach_the_request_that_waited_is_found(self):
        self.timed_out("fetched", changed=5000)
        self.tell(5010, "row", 7, "executed")
        self.closes("its row reached nobody")

    def test_a_row_that_vanished_is_found(self):
        self.timed_out("fetched", changed=5000)
        self.closes("its result was fetched")

    def test_a_row_may_be_lost_with_its_line(self):
        self.lose_line(5100)
        self.timed_out("fetched", changed=5000)
        self.closes()
        self.counted("run_row_lost_with_its_line")

    def test_a_row_beside_the_answer_is_found(self):
        self.request(7)
        self.tell(1150, "end", 7, "none")
        self.tell(1200, "row", 7, "executed")
        self.ran(7)
        self.closes("both its answer and its row")

    def test_a_row_that_was_never_fetched_is_found(self):
        self.timed_out("kept")
        self.closes("its result was kept")

    def test_a_silent_tool_is_silent_by_design(self):
        self.timed_out("silent", tool="get_silent")
        self.closes()

    def test_a_silent_run_of_any_other_tool_is_found(self):
        self.timed_out("silent")
        self.closes("its result was silent")


class Timeouts(Record):
    def test_a_request_may_wait_in_vain_for_a_line(self):
        self.tell(500, "state", 0, "waiting")
        self.request(7)
        self.tell(11000, "end", 7, "timeout")
        self.closes()
        self.counted("timeout_line_down")

    def test_a_request_that_never_ran_on_a_line_that_was_well_is_found(self):
        self.request(7)
        self.tell(11000, "end", 7, "timeout")
        self.closes("was ready all the time")

    def test_a_line_that_was_lost_and_back_before_explains_nothing(self):
        self.tell(500, "state", 0, "waiting")
        self.tell(900, "state", 0, "ready")
        self.request(7)
        self.tell(11000, "end", 7, "timeout")
        self.closes("was ready all the time")


class Gauges(unittest.TestCase):
    def gauge(self, kib, descriptors=None):
        gauge = gauges.Gauge("clients", 8)
        gauge.begin((1000, 10))
        for i in range(600):
            gauge.add((kib(i), 14 if descriptors is None else descriptors(i)))
        return gauge

    def test_constant_memory_and_the_same_descriptors_at_the_end_are_in_order(self):
        gauge = self.gauge(lambda i: min(5000, 1000 + 100 * i) + i % 7)
        self.assertEqual([], gauge.judge((5000, 10), True))

    def test_a_small_leak_in_every_second_is_found(self):
        gauge = self.gauge(lambda i: 5000 + i)
        self.assertIn("grew by", " ".join(gauge.judge((7000, 10), True)))
        self.assertEqual([], gauge.judge((7000, 10), False))

    def test_one_descriptor_left_is_found(self):
        self.assertIn("11 after the last", " ".join(self.gauge(lambda i: 5000).judge((5000, 11), True)))

    def test_too_many_descriptors_at_once_are_found(self):
        gauge = self.gauge(lambda i: 5000, lambda i: 19 if i == 300 else 12)
        self.assertIn("19 descriptors were open at once", " ".join(gauge.judge((5000, 10), True)))


if __name__ == "__main__":
    unittest.main()

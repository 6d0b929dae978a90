#!/usr/bin/env python3
"""What kedge_sim promises on its command line, with scenarios that break and die when they are told to.

Not under memcheck: workers that are killed leave everything behind. sim/seeds is.

usage: command_test.py KEDGE_SIM_WITH_SCENARIOS_OF_THE_TEST"""

import pathlib
import os
import re
import shlex
import signal
import subprocess
import sys
import time
import unittest

PROGRAM = sys.argv.pop()
GONE_S = 30


def play(*words):
    return subprocess.run([os.environ["KEDGE_LAUNCH"], PROGRAM, *words], capture_output=True, text=True, check=False)


def children(pid):
    """Processes of this parent that have not ended."""
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rsplit(") ", 1)[1].split()[:2]
        except OSError:  # it ended meanwhile
            continue
        if parent == str(pid) and state != "Z":
            found.append(int(stat.parent.name))
    return found


def alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


class UsageTest(unittest.TestCase):
    def test_what_is_wrong_plays_nothing_and_exits_2_with_words(self):
        for line in ("--jobs 0", "--jobs 65", "--jobs 4294967296", "--minutes 9", "--minutes 4294967296", "--seeds 0", "--seeds -5",
                     "--seeds 1x", "--seeds 18446744073709551616", "--from 18446744073709551615 --seeds 2", "--seed", "--tls no",
                     "--scenario nonsense", "--bogus", "--bogus abc", "--list --bogus", "--help --bogus", "17", "--seed 3 --seed 4",
                     "--seed 3 --seeds 10", "--seeds 10 --seed 3", "--seed 3 --from 9", "--from 9 --seed 3", "--verbose --jobs 2"):
            done = play(*line.split())
            self.assertEqual((done.returncode, done.stdout), (2, ""), line)
            self.assertRegex(done.stderr, r"^kedge_sim: .*; see --help\n$", line)

    def test_an_option_that_is_unknown_is_called_unknown(self):
        self.assertIn("no option '--bogus'", play("--bogus", "abc").stderr)

    def test_help_and_list_exit_0(self):
        self.assertIn("Exit codes", play("--help").stdout)
        self.assertEqual(play("--list").stdout.split(), ["breaking", "dying", "sound", "waiting"])


class RunTest(unittest.TestCase):
    def test_as_many_runs_as_seeds_whatever_the_jobs(self):
        for jobs in ("1", "2", "64"):
            done = play("--scenario", "sound", "--seeds", "21", "--from", "3", "--jobs", jobs)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertRegex(done.stdout, r"^21 runs in ")
            self.assertIn("nothing broke", done.stdout)

    def test_the_last_seed_there_is_can_be_played(self):
        self.assertRegex(play("--scenario", "sound", "--seed", str(2**64 - 1)).stdout, r"sound, seed 18446744073709551615: digest")

    def test_a_digest_names_its_scenario_and_comes_from_seed_and_length(self):
        def digest(*words):
            return re.search(r"^sound, seed \d+: digest (\w{16})$", play("--scenario", "sound", *words).stdout, re.M)[1]

        self.assertEqual(digest("--seed", "7"), digest("--seed", "7"))
        self.assertEqual(len({digest("--seed", "7"), digest("--seed", "8"), digest("--seed", "7", "--minutes", "11")}), 3)

    def test_verbose_says_what_is_played(self):
        done = play("--scenario", "breaking", "--seeds", "2", "--verbose")
        self.assertRegex(done.stderr, r"(?s)breaking, seed 1\n.*request 23 asked.*breaking, seed 2\n")


class BreachTest(unittest.TestCase):
    def assert_replays(self, done, again):
        """The command that was printed is `again`, and breaks by the same rule."""
        printed = re.search(r"^(?:play the first again|.*; play it again): (.*)$", done.stdout, re.M)[1]
        self.assertEqual(printed, f"{PROGRAM} {again}")
        second = subprocess.run([os.environ["KEDGE_LAUNCH"], *shlex.split(printed)], capture_output=True, text=True, check=False)
        self.assertEqual(second.returncode, done.returncode)
        self.assertIn(f"  again: {printed}\n", done.stderr)
        self.assertIn(f"  again: {printed}\n", second.stderr)

    def test_a_breach_is_played_again_by_the_command_it_prints(self):
        for words, again in (((), "--seed 5"), (("--tls", "real"), "--seed 9 --tls real"), (("--minutes", "30"), "--seed 8 --minutes 30")):
            done = play("--scenario", "breaking", "--seeds", "20", *words)
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.stdout, r"^20 runs in ")
            self.assert_replays(done, f"--scenario breaking {again}")

    def test_until_broken_tells_the_smallest_seed_and_how_many_it_took(self):
        done = play("--scenario", "breaking", "--from", "2", "--seeds", "1000000", "--until-broken", "--jobs", "4")
        self.assertEqual(done.returncode, 1)
        self.assertIn("seed 5 broke, after 4 seeds; ", done.stdout)
        self.assert_replays(done, "--scenario breaking --seed 5")
        self.assertLess(int(re.match(r"\d+", done.stdout)[0]), 100_000, "nobody plays on for a breach of its own")

    def test_a_breach_tells_what_became_of_the_requests_it_names(self):
        text = play("--scenario", "breaking", "--seed", "5").stderr
        self.assertRegex(text, r"request 23 asked: kind 0, priority normal, deadline in 2\.000 s\n.*request 23 ended: gone\n")
        self.assertNotIn("request 24", text)
        self.assertIn("request 24", play("--scenario", "breaking", "--seed", "6").stderr, "of those open, when it names none")

    def test_a_death_is_a_breach_with_a_seed_and_all_others_are_played(self):
        done = play("--scenario", "dying", "--seeds", "10")
        self.assertEqual(done.returncode, 3)
        self.assertRegex(done.stdout, r"^7 runs in ")
        self.assertIn("3 runs died\n", done.stdout)
        for words in ("seed 3 died of signal 6", "seed 4 died of signal 9", "seed 5 died of an exit with code 7"):
            self.assertIn(words, done.stderr)
        self.assert_replays(done, "--scenario dying --seed 3")

    def test_a_death_ends_until_broken_too(self):
        done = play("--scenario", "dying", "--until-broken")
        self.assertEqual(done.returncode, 3)
        self.assertIn("seed 3 broke, after 3 seeds; ", done.stdout)

    def test_workers_end_with_their_parent(self):
        for how in (signal.SIGTERM, signal.SIGKILL):
            with subprocess.Popen([os.environ["KEDGE_LAUNCH"], PROGRAM, "--scenario", "waiting", "--jobs", "3"], stdout=subprocess.DEVNULL) as parent:
                until = time.monotonic() + GONE_S
                while len(workers := children(parent.pid)) < 3:
                    self.assertLess(time.monotonic(), until, "three workers")
                    time.sleep(0.01)
                parent.send_signal(how)
            while left := [pid for pid in workers if alive(pid)]:
                self.assertLess(time.monotonic(), until, f"workers that live on: {left}")
                time.sleep(0.01)


if __name__ == "__main__":
    unittest.main()

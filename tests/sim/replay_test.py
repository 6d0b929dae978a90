#!/usr/bin/env python3
"""A seed of kedge_sim is played the same way again: in another process, and after another seed. With mbedTLS too, which
takes some of its randomness and time past the port.

usage: replay_test.py KEDGE_SIM"""

import os
import subprocess
import sys
import unittest

PROGRAM = sys.argv.pop()
SEED = 2


def events(*words):
    """What --verbose tells of SEED's scenarios: with its times, all that comes to pass in them."""
    command = [os.environ["KEDGE_LAUNCH"], PROGRAM, "--verbose", *words]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    parts = [part.strip() for part in text.split("\n\n")]
    return [part for part in parts if part.split("\n", 1)[0].endswith(f", seed {SEED}")]


class ReplayTest(unittest.TestCase):
    def assert_replays(self, *words):
        first = events("--seed", str(SEED), *words)
        self.assertEqual(len(first), 4, "four scenarios")
        for part in first:
            self.assertGreater(part.count("\n"), 100, "something to compare")
        self.assertEqual(first, events("--seed", str(SEED), *words), "in another process")
        self.assertEqual(first, events("--from", str(SEED - 1), "--seeds", "2", *words), "after another seed")

    def test_with_a_model_of_tls(self):
        self.assert_replays()

    def test_with_mbedtls_at_both_ends(self):
        self.assert_replays("--tls", "real")


if __name__ == "__main__":
    unittest.main(argv=sys.argv)

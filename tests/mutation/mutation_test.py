#!/usr/bin/env python3
"""What the programs of this folder judge by: a verdict that is wrong would be believed."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True

import mutants  # noqa: E402
import planted_faults  # noqa: E402

MUTANTS = pathlib.Path(__file__).with_name("mutants.py")


def run_mutants(*words):
    return subprocess.run([sys.executable, "-B", MUTANTS, *map(str, words)], capture_output=True, text=True, check=False, timeout=60)


class VerdictTest(unittest.TestCase):
    def test_only_a_breach_or_a_crash_finds_a_planted_fault(self):
        broke = "link: seed 7 broke a rule at step 3\n  the rule: it holds\nlink: seed 9 broke a rule at step 4\n  the rule: so\n"
        self.assertEqual(planted_faults.judge(0, ""), (None, ""))
        self.assertEqual(planted_faults.judge(1, broke), (7, "it holds"))
        self.assertEqual(planted_faults.judge(3, "link: seed 4 died of signal 6 (x)"), (4, "assertion or crash, signal 6"))
        for code, words in ((2, "kedge_sim: --seeds takes a number"), (2, broke), (1, ""), (3, ""), (-9, ""), (127, broke)):
            with self.assertRaises(SystemExit, msg=(code, words)):
                planted_faults.judge(code, words)


class AgainTest(unittest.TestCase):
    def test_survivors_are_judged_again_and_their_file_is_left_alone(self):
        name, number, kind, line = next(mutants.all_mutants())
        before = (mutants.ROOT / name).read_text().splitlines()[number - 1].strip()
        result = {"file": name, "line": number, "kind": kind, "before": before, "after": line.strip(), "unit": None, "simulator": False}
        killed = {**result, "unit": "some_test"}
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "results.jsonl"
            path.write_text(json.dumps(result) + "\n" + json.dumps(killed) + "\n")
            whole = path.read_text()
            listed = run_mutants("--again", path, "--list")
            self.assertEqual(listed.stdout, f"{name}:{number} {kind}: {line.strip()}\n", listed.stderr)
            self.assertEqual(run_mutants("--again", path, "--out", path).returncode, 2)
            path.with_name("bad").write_text("{}\n")
            self.assertEqual(run_mutants("--again", path.with_name("bad")).returncode, 2)
            self.assertEqual(path.read_text(), whole)


if __name__ == "__main__":
    unittest.main()

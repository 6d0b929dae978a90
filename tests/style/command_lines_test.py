#!/usr/bin/env python3
"""The programs behind tests/run.sh take no command line that means nothing: they exit 2 with words, at once."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "mutation"))
sys.dont_write_bytecode = True

import mutants  # noqa: E402
import planted_faults  # noqa: E402


def run(program, *words, **env):
    command = [str(TESTS / program), *map(str, words)]
    if program.endswith(".py"):
        command.insert(0, sys.executable)
    # A program that begins to build instead is found out by its time.
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, stdin=subprocess.DEVNULL,
                          env={"PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1", **env})


class CommandLineTest(unittest.TestCase):
    def assert_refused(self, program, line, **env):
        done = run(program, *line.split(), **env)
        told = f"{program} {line}: {done.stdout}{done.stderr}"
        self.assertEqual(done.returncode, 2, told)
        self.assertNotIn("Traceback", done.stderr, told)
        self.assertTrue(done.stderr.strip(), told)

    def test_planted_faults(self):
        for line in ("--seeds 0", "--seeds -5", "--seeds many", "--only nonsense", "--seeds 99999999999999999999", "--bogus"):
            self.assert_refused("mutation/planted_faults.py", line)

    def test_mutants(self):
        some = "src/link/link.cpp"
        for line in ("--only foo", f"--only {some}", f"--only {some}:99999", "--count 0", "--count -5", "--jobs 0", "--jobs -1",
                     "--jobs 65", "--seeds 0", "--again /nonsense", "--again /", "--only a:1 --again b", "--out / --only foo"):
            self.assert_refused("mutation/mutants.py", line)

    def test_fuzz_targets(self):
        with tempfile.TemporaryDirectory() as build:
            for line in ("", build, f"{build} 0", f"{build} -5", f"{build} abc", f"{build} 1", f"{build} 1 frames",
                         f"{build} 1 nonsense", f"{build}/none 1"):
                self.assert_refused("fuzz/run.py", line)
            self.assertEqual(list(pathlib.Path(build).iterdir()), [], "nothing is made for a wrong command line")
        self.assertEqual(run("fuzz/run.py", "--help").returncode, 0)

    def test_soak(self):
        with tempfile.TemporaryDirectory() as build:
            for program in ("src/kedge-hub", "tests/soak/soak_clients", "tests/interop/interop_make_certificates"):
                path = pathlib.Path(build) / program
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text("#!/bin/false\n")
                path.chmod(0o755)
            for line in ("--seconds 0", "--seconds -5", "--seconds 4", "--clients 0", "--clients -1", "--pace-ms 0", "--seed -1"):
                self.assert_refused("soak/soak.py", f"--build {build} {line}")
        self.assert_refused("soak/soak.py", "--build /nonsense")
        self.assert_refused("soak/soak.py", "")

    def test_run_hands_options_and_exit_codes_on(self):
        self.assert_refused("run.sh", "planted --seeds 0")
        self.assert_refused("run.sh", "mutants --only foo")
        self.assert_refused("run.sh", "debug --seeds 5")
        self.assert_refused("run.sh", "house", KEDGE_JOBS="0")
        told = run("run.sh", "planted", "-h").stdout
        self.assertIn("usage: planted_faults.py", told)


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
            listed = run("mutation/mutants.py", "--again", path, "--list")
            self.assertEqual(listed.stdout, f"{name}:{number} {kind}: {line.strip()}\n", listed.stderr)
            self.assertEqual(run("mutation/mutants.py", "--again", path, "--out", path).returncode, 2)
            path.with_name("bad").write_text("{}\n")
            self.assertEqual(run("mutation/mutants.py", "--again", path.with_name("bad")).returncode, 2)
            self.assertEqual(path.read_text(), whole)


if __name__ == "__main__":
    unittest.main()

"""bash completes what the programs' own --help lists."""

import os
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).parents[2]
SCRIPT = ROOT / "src" / "program" / "completion.bash"
PROGRAMS = {"kedge": "KEDGE_CLI", "kedge-hub": "KEDGE_HUB", "kedge-agent": "KEDGE_AGENT"}


class Completion(unittest.TestCase):
    def setUp(self):
        self.place = tempfile.TemporaryDirectory()
        self.addCleanup(self.place.cleanup)
        self.folder = pathlib.Path(self.place.name)
        for name, variable in PROGRAMS.items():
            program = self.folder / name
            program.write_text(f'#!/bin/sh\nexec {os.environ["KEDGE_LAUNCH"]} {os.environ[variable]} "$@"\n', encoding="utf-8")
            program.chmod(0o755)

    def completed(self, *words, home="/nowhere"):
        """What bash offers for the last of these words, as bash-completion calls the function."""
        script = f'. {SCRIPT}; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _kedge; printf "%s\\n" "${{COMPREPLY[@]}}"'
        ran = subprocess.run(["bash", "--norc", "-c", script, "bash", *words], cwd=self.folder, text=True, timeout=60, check=True,
                             capture_output=True, env={**os.environ, "HOME": home, "PATH": f"{self.folder}:{os.environ['PATH']}"})
        self.assertEqual("", ran.stderr, words)
        return ran.stdout.split()

    def test_commands_are_completed_at_each_level(self):
        self.assertEqual(["agent-gate", "btp", "websocket"], sorted(self.completed("kedge", "")))
        self.assertEqual(["agent-gate"], self.completed("kedge", "ag"))
        self.assertEqual(["call", "pending", "tools"], sorted(self.completed("kedge", "agent-gate", "")))
        self.assertEqual([], self.completed("kedge", "agent-gate", "call", ""))

    def test_every_option_of_the_command_is_offered_and_none_of_another(self):
        for command in (["agent-gate", "call"], ["btp", "send"], ["websocket"]):
            said = subprocess.run([self.folder / "kedge", *command, "--help"], capture_output=True, text=True, check=True).stdout
            offered = self.completed("kedge", *command, "--")
            self.assertIn("--url", offered)
            for option in offered:
                self.assertIn(option, said)
            listed = {word.split(",")[-1] for line in said.split("\nOptions:\n")[1].split("\n\n")[0].splitlines()
                      if line.startswith("  -") for word in line.split()[:1]}
            self.assertEqual(listed, set(offered), command)
        self.assertEqual(["--amount"], self.completed("kedge", "btp", "send", "--am"))
        self.assertEqual([], self.completed("kedge", "agent-gate", "call", "--am"))
        self.assertIn("--btp-peers", self.completed("kedge-hub", "--btp"))
        self.assertIn("--check", self.completed("kedge-agent", "--"))

    def test_values_are_completed_by_their_kind(self):
        (self.folder / "token.txt").write_text("x", encoding="utf-8")
        self.assertEqual(["token.txt"], self.completed("kedge", "agent-gate", "call", "--token-file", "tok"))
        self.assertEqual(["older", "newer"], self.completed("kedge-hub", "--generation", ""))
        self.assertEqual(["debug"], self.completed("kedge", "websocket", "--log-level", "d"))
        self.assertEqual([], self.completed("kedge", "websocket", "--linger", ""))
        # bash's own words of --option=value
        self.assertEqual(["token.txt"], self.completed("kedge", "websocket", "--token-file", "=", "tok"))
        self.assertIn("token.txt", self.completed("kedge", "websocket", "--token-file", "="))

    def test_a_file_behind_an_at_sign_is_one_and_a_bare_word_is_none(self):
        (self.folder / "header.txt").write_text("x", encoding="utf-8")
        self.assertEqual(["@header.txt"], self.completed("kedge", "websocket", "--header", "@hea"))
        self.assertEqual([], self.completed("kedge", "websocket", "--header", "hea"))

    def test_an_option_behind_one_that_takes_nothing_is_completed(self):
        for flag in ("--basic", "--bearer", "--listen", "--json"):
            self.assertEqual(["--timeout"], self.completed("kedge", "websocket", flag, "--tim"), flag)
            self.assertEqual([], self.completed("kedge", "websocket", flag, ""), flag)

    def test_odd_words_disturb_nothing(self):
        for word in ("--x[", "(", "*", '{"a":"\\d"}', "--", "$(false)", "'"):
            self.assertIn("--timeout", self.completed("kedge", "websocket", word, "--tim"), word)

    def test_the_program_may_be_typed_with_a_tilde_or_quoted(self):
        self.assertEqual(["agent-gate"], self.completed("~/kedge", "ag", home=str(self.folder)))
        self.assertEqual(["agent-gate"], self.completed(f'"{self.folder}/kedge"', "ag"))

    def test_a_program_that_is_not_there_completes_nothing(self):
        self.assertEqual([], self.completed(str(self.folder / "gone"), ""))


if __name__ == "__main__":
    unittest.main()

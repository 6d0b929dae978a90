#!/usr/bin/env python3
"""duplicates.py finds what stands twice, however it is laid out, and nothing else."""

import subprocess
import sys
import tempfile
import pathlib
import unittest

import duplicates

MAX = duplicates.LINES_MAX


def lines(count, name="a"):
    return "".join(f"  {name}{i}();\n" for i in range(count))


class DuplicatesTest(unittest.TestCase):
    def found(self, **files):
        return list(duplicates.runs(files))

    def test_a_run_that_stands_twice_is_told_once_and_whole(self):
        for length in (MAX + 1, MAX + 9):
            self.assertEqual(self.found(a="int before;\n" + lines(length), b=lines(length) + "int behind;\n"), [("a", 2, "b", 1, length)])

    def test_as_many_lines_as_are_allowed_may_stand_twice(self):
        self.assertEqual(self.found(a=lines(MAX), b=lines(MAX)), [])
        self.assertEqual(self.found(a=lines(MAX + 1), b=lines(MAX) + "  other();\n"), [])

    def test_a_run_that_stands_twice_in_one_file_is_found(self):
        self.assertEqual(self.found(a=lines(MAX + 1) + "int between;\n" + lines(MAX + 1)), [("a", 1, "a", MAX + 3, MAX + 1)])

    def test_each_pair_of_three_places_is_told(self):
        self.assertEqual([run[::2][:2] for run in self.found(a=lines(MAX + 1), b=lines(MAX + 1), c=lines(MAX + 1))],
                         [("a", "b"), ("a", "c"), ("b", "c")])

    def test_layout_comments_and_names_of_places_make_no_difference(self):
        between = "// said\n#include <n>\nusing a::b;\nnamespace a {\n}\n\n/* a\n b */\n"
        copy = "".join(f"{between}\t  a{i}();  // {i}\n" for i in range(MAX + 1))
        self.assertEqual(self.found(a=lines(MAX + 1), b=copy), [("a", 1, "b", 9, MAX + 1)])
        self.assertEqual(self.found(a=between * MAX, b=between * MAX), [])

    def test_other_names_are_other_code(self):
        self.assertEqual(self.found(a=lines(MAX + 1), b=lines(MAX + 1, "b")), [])

    def test_an_address_in_a_string_is_no_comment(self):
        self.assertEqual(list(duplicates.lines_of('f("wss://a//b");\n')), [(1, 'f("wss://a//b");')])

    def test_it_fails_on_a_tree_that_has_one_and_passes_on_one_that_has_none(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["git", "init", "-q", folder], check=True)
            for name, text in (("src/a.cpp", lines(MAX + 1)), ("tests/b.cpp", lines(MAX + 1))):
                (pathlib.Path(folder) / name).parent.mkdir()
                (pathlib.Path(folder) / name).write_text(text, encoding="utf-8")
            run = [sys.executable, duplicates.__file__, folder]
            self.assertEqual(subprocess.run(run, check=False, capture_output=True).returncode, 0)
            (pathlib.Path(folder) / "src/b.hpp").write_text(lines(MAX + 1), encoding="utf-8")
            told = subprocess.run(run, check=False, capture_output=True, text=True)
            self.assertEqual(told.returncode, 1)
            self.assertIn(f"src/a.cpp:1: src/b.hpp:1 says the same {MAX + 1} lines", told.stdout)


if __name__ == "__main__":
    unittest.main()

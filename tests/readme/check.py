#!/usr/bin/env python3
"""The README tells the truth: its programs are the examples' sources, its table of limits is the library's, and its exit codes are those
of the command line.

usage: check.py README PROGRAM_SOURCE LIMITS_TABLE_PROGRAM [EXIT_CODES_PROGRAM] [--write]
"""

import os
import re
import subprocess
import sys

# The rows that the table has for each width of machine, one a protocol. All other rows are those of 64 bits.
WIDTH = re.compile(r"^\| \*\*`(.*?)`.* on a (\d+)-bit machine \|\n", re.MULTILINE)
PLAIN = "examples/plain_websocket/main.cpp"


def between(text, begin, end):
    start = text.index(begin) + len(begin)
    return start, text.index(end, start)


def table(block, text):
    """The table that the program printed, with the rows of the block for machines that it did not run on."""
    here = {row.groups(): row[0] for row in WIDTH.finditer(text)}
    width = next(iter(here))[1]
    there = {row.groups(): row[0] for row in WIDTH.finditer(block) if row[2] != width}
    rows = sorted((here | there).items(), key=lambda row: (-int(row[0][1]), row[0][0]))
    return WIDTH.sub("", text if width == "64" else block) + "".join(row for _, row in rows)


def printed_by(program):
    return subprocess.run([os.environ["KEDGE_LAUNCH"], program], check=True, capture_output=True, text=True).stdout


def main(readme_path, source_path, table_program, *options):
    readme = open(readme_path, encoding="utf-8").read()
    wanted = {
        "program": ("```cpp\n", "```\n", open(source_path, encoding="utf-8").read()),
        "plain WebSocket": (f"<!-- {PLAIN} -->\n```cpp\n", "```\n",
                            open(os.path.join(os.path.dirname(readme_path), PLAIN), encoding="utf-8").read()),
        "limits": ("<!-- limits: tests/readme -->\n", "<!-- end -->", printed_by(table_program)),
    }
    for program in options:
        if program != "--write":
            wanted["exit codes"] = ("<!-- exit codes: tests/readme -->\n", "<!-- end -->", printed_by(program))
    stale = []
    for name, (begin, end, text) in wanted.items():
        start, stop = between(readme, begin, end)
        if name == "limits":
            text = table(readme[start:stop], text)
        if readme[start:stop] != text:
            stale.append(name)
            readme = readme[:start] + text + readme[stop:]
    if "--write" in options:
        open(readme_path, "w", encoding="utf-8").write(readme)
        return 0
    for name in stale:
        print(f"README.md: its {name} is stale; run tests/readme/check.py with --write")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

#!/usr/bin/env python3
"""The pages tell the truth: their programs are the examples' sources, the table of limits is the library's, and the exit codes are those
of the command line.

usage: check.py ROOT LIMITS_TABLE_PROGRAM [EXIT_CODES_PROGRAM] [--write]
"""

import os
import pathlib
import re
import subprocess
import sys

# The rows that the table has for each width of machine, one a protocol. All other rows are those of 64 bits.
WIDTH = re.compile(r"^\| \*\*`(.*?)`.* on a (\d+)-bit machine \|\n", re.MULTILINE)
PLAIN = "examples/plain_websocket/main.cpp"


def table(block, text):
    """The table that the program printed, with the rows of the block for machines that it did not run on."""
    here = {row.groups(): row[0] for row in WIDTH.finditer(text)}
    width = next(iter(here))[1]
    there = {row.groups(): row[0] for row in WIDTH.finditer(block) if row[2] != width}
    rows = sorted((here | there).items(), key=lambda row: (-int(row[0][1]), row[0][0]))
    return WIDTH.sub("", text if width == "64" else block) + "".join(row for _, row in rows)


def printed_by(program):
    return subprocess.run([os.environ["KEDGE_LAUNCH"], program], check=True, capture_output=True, text=True).stdout


def main(root, limits_program, *options):
    root = pathlib.Path(root)
    # page, name, what is before it and behind it, what it has to be given what it is
    wanted = [
        ("README.md", "program", "```cpp\n", "```\n",
         lambda _: (root / "examples/tool_call/main.cpp").read_text(encoding="utf-8")),
        ("examples/README.md", "plain WebSocket", f"<!-- {PLAIN} -->\n```cpp\n", "```\n",
         lambda _: (root / PLAIN).read_text(encoding="utf-8")),
        ("include/kedge/README.md", "table of limits", "<!-- limits: tests/readme -->\n", "<!-- end -->",
         lambda block: table(block, printed_by(limits_program))),
    ]
    for program in options:
        if program != "--write":
            wanted.append(("src/cli/README.md", "exit codes", "<!-- exit codes: tests/readme -->\n", "<!-- end -->",
                           lambda _, program=program: printed_by(program)))
    stale = 0
    for path, name, begin, end, made in wanted:
        page = (root / path).read_text(encoding="utf-8")
        start = page.index(begin) + len(begin)
        stop = page.index(end, start)
        text = made(page[start:stop])
        if page[start:stop] == text:
            continue
        if "--write" in options:
            (root / path).write_text(page[:start] + text + page[stop:], encoding="utf-8")
        else:
            print(f"{path}: its {name} is stale; run tests/readme/check.py with --write")
            stale = 1
    return stale


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

#!/usr/bin/env python3
"""Places of the library and the programs that say the same: `duplicates.py [ROOT]` prints each pair of them as
file:line: file:line says the same N lines. What is compared are lines of code in a row, with their white space folded; blank lines,
comments, lone punctuation, and what only names other places (includes, using, namespace) are passed over."""

import collections
import pathlib
import re
import subprocess
import sys

# Shorter runs are declarations that two classes have of one interface.
LINES_MAX = 12
FOLDERS = ("src", "include", "port")
SOURCE = re.compile(r"\.(?:c|h|cpp|hpp)$")
NAMES_A_PLACE = re.compile(r"#\s*(?:include|pragma)\b|using [\w:]+;$|(?:inline )?namespace\b[^;]*\{$")


def lines_of(text):
    """(number, line) of each line that says something."""
    text = re.sub(r"/\*.*?\*/", lambda found: "\n" * found.group().count("\n"), text, flags=re.S)
    for number, line in enumerate(text.split("\n"), 1):
        line = " ".join(re.sub(r"(?:^|\s)//.*$", "", line).split())
        if re.search(r"\w", line) and not NAMES_A_PLACE.match(line):
            yield number, line


def runs(files):
    """All pairs of runs of more than LINES_MAX lines, as long as they are, as (path, line, path, line, length)."""
    sources = {path: list(lines_of(text)) for path, text in sorted(files.items())}
    at = collections.defaultdict(list)
    for path, lines in sources.items():
        for i in range(len(lines) - LINES_MAX):
            at["\n".join(line for _, line in lines[i:i + LINES_MAX + 1])].append((path, i))
    for places in at.values():
        for n, (path, i) in enumerate(places):
            for other, j in places[n + 1:]:
                mine, theirs = sources[path], sources[other]
                if i > 0 and j > 0 and mine[i - 1][1] == theirs[j - 1][1]:
                    continue  # told of where the run begins
                length = LINES_MAX + 1
                while max(i + length - len(mine), j + length - len(theirs)) < 0 and mine[i + length][1] == theirs[j + length][1]:
                    length += 1
                yield path, mine[i][0], other, theirs[j][0], length


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2])
    listed = subprocess.run(["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *FOLDERS],
                            check=True, capture_output=True, text=True).stdout
    files = {name: (root / name).read_text(encoding="utf-8")
             for name in listed.split("\0") if SOURCE.search(name) and (root / name).is_file()}
    found = list(runs(files))
    for path, line, other, place, length in found:
        print(f"{path}:{line}: {other}:{place} says the same {length} lines; at most {LINES_MAX}")
    print(f"{len(found)} runs of lines stand twice" if found else f"nothing of more than {LINES_MAX} lines stands twice")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

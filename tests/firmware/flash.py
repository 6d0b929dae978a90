#!/usr/bin/env python3
"""What each floor costs in flash, out of the maps that the linker wrote of its images.

usage: flash.py PAGE IMAGE=MAP... [--write]

Prints a table of the images, and fails when the one in PAGE is not within 2 % of it, floor by floor; --write puts it there.
"""

import pathlib
import re
import sys

FLOORS = ("base", "codec", "ws", "session", "link", "protocol", "port", "wslay", "libraries", "application")
BEGIN, END = "<!-- flash: tests/run.sh cortex-m -->\n", "<!-- end -->"
# A floor of a few hundred bytes may change by a few.
TOLERANCE, TOLERANCE_BYTES = 0.02, 16
# Of the output sections, those that lie in flash; `.data` is copied from there. (.ARM.exidx is merged into nothing: its
# pieces are listed as they were.)
IN_FLASH = re.compile(r"^\.(?:init|text|fini|rodata|data|eh_frame|ARM\.extab|(?:preinit|init|fini)_array)$")
# " .text.name  0x00008000  0x34 file", or the name on a line of its own.
PIECE = re.compile(r"^ (?:\S+| +)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+) (\S.*)$")
FILL = re.compile(r"^ \*fill\*\s+0x([0-9a-f]+)\s+0x([0-9a-f]+)")


def floor_of(path):
    """The floor of an input file of the linker's."""
    core = re.search(r"/src/(\w+)/", path)
    if core:
        return {"crypto": "base"}.get(core[1], core[1])
    if "/port/" in path:
        return "port"
    if re.search(r"/lib\w+(?:\+\+)?(?:_nano)?\.a\(|/crt\w+\.o$", path):
        return "libraries"
    return "wslay" if path.endswith("/wslay.o") else "application"


def flash_of(text):
    """Bytes by floor, out of the text of a map."""
    sizes = dict.fromkeys(FLOORS, 0)
    in_flash, floor, end = False, "application", 0
    for line in text[text.index("Linker script and memory map"):].splitlines():
        if line and not line[0].isspace():
            in_flash, end = bool(IN_FLASH.match(line.split()[0])), 0
            continue
        fill, piece = FILL.match(line), PIECE.match(line)
        if not in_flash or not (fill or piece):
            continue
        if piece:  # what fills up behind a piece is that piece's
            floor = floor_of(piece[3])
        begin, size = (int(number, 16) for number in (fill or piece).groups()[:2])
        # Strings that others end with are listed once more, where they lie.
        sizes[floor] += max(0, begin + size - max(begin, end))
        end = max(end, begin + size)
    return sizes


def row(name, sizes):
    return [f"`{name}`"] + [f"{sizes[floor]:,}" for floor in FLOORS] + [f"{sum(sizes.values()):,}"]


def table(images):
    lines = [["image", *FLOORS, "all"], ["---"] * (len(FLOORS) + 2)] + [row(name, sizes) for name, sizes in images]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines).replace("| --- | ", "|---|").replace("--- | ", "---|").replace("--- |", "---|")


def stale(written, made):
    """What is wrong with the table that is written, or None."""
    old, new = ([line.strip("| \n").split(" | ") for line in text.splitlines()] for text in (written, made))
    if [line[0] for line in old] != [line[0] for line in new] or old[:1] != new[:1]:
        return "it has other images or floors"
    for was, now in zip(old[2:], new[2:]):
        for floor, before, after in zip(new[0][1:], was[1:], now[1:]):
            before, after = (int(number.replace(",", "")) for number in (before, after))
            if abs(after - before) > max(TOLERANCE * before, TOLERANCE_BYTES):
                return f"{now[0]}: {floor} is {after:,} bytes, not {before:,}"
    return None


def main(page, *arguments):
    images = [argument.split("=", 1) for argument in arguments if argument != "--write"]
    made = table([(name, flash_of(pathlib.Path(path).read_text(encoding="utf-8"))) for name, path in images])
    print(made, end="")
    text = pathlib.Path(page).read_text(encoding="utf-8")
    start = text.index(BEGIN) + len(BEGIN)
    stop = text.index(END, start)
    if "--write" in arguments:
        pathlib.Path(page).write_text(text[:start] + made + text[stop:], encoding="utf-8")
        return 0
    wrong = stale(text[start:stop], made)
    if wrong:
        print(f"FAILED: the table in {page} is stale ({wrong}): run toolchains/cortex_m.sh --write", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

#!/usr/bin/env python3
"""Who asks for a heap in an image that was linked: `objdump -d IMAGE | heap.py NAME`. Fails when anybody does but wslay, for its one
context."""

import re
import sys

FUNCTION = re.compile(r"^[0-9a-f]+ <(.+)>:$")
# A call, or a jump in its place, to a function of the heap; by way of a veneer where it is far away.
ASKS = re.compile(r"\tb(?:l|lx|\.w|\.n)?\t[0-9a-f]+ <(?:__)?(_?(?:malloc|calloc|realloc)(?:_r)?|_Zn[wa]\w+|memalign|strdup)(?:_veneer)?>")
# What stands for wslay, and the heap itself.
MAY = {"wslay_frame_context_init", "malloc", "_malloc_r", "calloc", "_calloc_r", "realloc", "_realloc_r"}


def askers(disassembly):
    """Pairs of who asks, and what for."""
    function = None
    for line in disassembly:
        begins, asks = FUNCTION.match(line.rstrip()), ASKS.search(line)
        if begins:
            function = begins[1].removesuffix("_veneer").removeprefix("__") if begins[1].endswith("_veneer") else begins[1]
        elif asks:
            yield function, asks[1]


def main(name):
    found = list(askers(sys.stdin))
    others = sorted({f"{name}: {who} asks for {what}" for who, what in found if who not in MAY})
    # Blind, if not even wslay's is seen.
    if not any(who == "wslay_frame_context_init" for who, _ in found):
        others.append(f"{name}: wslay's context is allocated by nobody: this looks in the wrong place")
    print("\n".join(others) or f"{name}: the heap is asked once a connection, by wslay for its context")
    return 1 if others else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

#!/usr/bin/env python3
"""The toy as a protocol of the tree: in a copy of it the toy gets its folders and its lines in the tables, no other file is
touched, and the programs have it. What stands in tests/toy/tree lies there as it would in the tree; the toy's client is that
of the tests.

usage: patch.py [FOLDER]     the copy and its build (build/toy)"""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "mutation"))

from copy_of_tree import ROOT, Tree  # noqa: E402

# Where the toy's client would lie.
CLIENT = {"toy.hpp": "include/kedge/toy.hpp", "toy.cpp": "src/protocol/toy/toy.cpp"}

# A table, the line before which the toy's goes, and that.
LINES = (
    ("src/cli/commands.cpp", "  of(websocket)\n", "  of(toy) \\\n"),
)

PROGRAMS = ("kedge_cli_program",)
OPTIONS = ("-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_UNITY_BUILD=ON", "-DKEDGE_WERROR=ON")


def patch(tree):
    """Makes the toy part of a copy of the tree."""
    texts = {target: (HERE / name).read_text().replace('#include "toy.hpp"', "#include <kedge/toy.hpp>")
             for name, target in CLIENT.items()}
    for path in sorted((HERE / "tree").rglob("*.?pp")):
        texts[str(path.relative_to(HERE / "tree"))] = path.read_text()
    for target, text in texts.items():
        if (ROOT / target).exists():
            raise SystemExit(f"{target} is a file of the tree")
        tree.path(target).parent.mkdir(parents=True, exist_ok=True)
        tree.path(target).write_text(text)
    for table, before, line in LINES:
        tree.replace(table, before, line + before)


def main():
    tree = Tree(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build" / "toy", OPTIONS, 2)
    tree.prepare()
    patch(tree)
    if not tree.compile(*PROGRAMS):
        tree.run(["cmake", "--build", tree.build, "--target", *PROGRAMS])  # says why
    help_text = tree.run([tree.build / "src" / "kedge", "toy", "--help"])
    sys.stdout.write(help_text)
    return 0 if "ask" in help_text else 1


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""The toy as a protocol of the tree: in a copy of it the toy gets its folders and its lines in the tables, no other file is
touched, and the programs have it. What stands in tests/toy/tree lies there as it would in the tree; the toy's client is that
of the tests.

usage: patch.py [FOLDER]     the copy and its build (build/toy)"""

import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "mutation"))

from copy_of_tree import ROOT, Tree  # noqa: E402

# Where the toy's client would lie.
CLIENT = {"toy.hpp": "include/kedge/toy.hpp", "toy.cpp": "src/protocol/toy/toy.cpp"}

# A table, the line before which the toy's goes, and that.
LINES = (
    ("src/cli/commands.cpp", "  of(websocket)\n", "  of(toy) \\\n"),
    ("src/hub/sides.cpp", "  of(btp)\n", "  of(toy) \\\n"),
)

PROGRAMS = ("kedge_cli_program", "kedge_hub_program")
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


def converse(programs):
    """Whether `kedge toy ask` has its answer from `kedge-hub --toy`, and both say in their help what they can."""
    for program, words in (("kedge", ["toy", "--help"]), ("kedge-hub", ["--help"])):
        said = subprocess.run([programs / program, *words], capture_output=True, text=True, check=True, timeout=60).stdout
        if ("ask" if program == "kedge" else "--toy") not in said:
            print(f"{program} {' '.join(words)} does not name the toy:\n{said}", file=sys.stderr)
            return False
    with subprocess.Popen([programs / "kedge-hub", "--toy"], stdout=subprocess.PIPE, text=True) as hub:
        try:
            url = json.loads(hub.stdout.readline())["toy"]
            answer = subprocess.run([programs / "kedge", "toy", "ask", "who is there?", "--url", url, "--json"],
                                    capture_output=True, text=True, timeout=60, env={**os.environ, "KEDGE_TOKEN": "sesame"})
        finally:
            hub.terminate()
    print(answer.stdout, end="")
    if answer.returncode == 0 and json.loads(answer.stdout) == {"answer": "who is there?"}:
        return True
    print(f"kedge toy ask: exit code {answer.returncode}\n{answer.stdout}{answer.stderr}", file=sys.stderr)
    return False


def main():
    tree = Tree(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build" / "toy", OPTIONS, 2)
    tree.prepare()
    patch(tree)
    if not tree.compile(*PROGRAMS):
        tree.run(["cmake", "--build", tree.build, "--target", *PROGRAMS])  # says why
    return 0 if converse(tree.build / "src") else 1



if __name__ == "__main__":
    sys.exit(main())

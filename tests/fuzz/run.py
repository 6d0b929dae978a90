#!/usr/bin/env python3
"""Runs the fuzz targets, two at a time, and prints a table of what they did.

usage: run.py BUILD_DIRECTORY SECONDS [TARGET...]

Each target starts from its seeds in the tree (corpus/NAME) and from what earlier runs found (BUILD_DIRECTORY/corpus/NAME).
An input that breaks a promise lands in BUILD_DIRECTORY/artifacts, and the message says how to run it again. With
KEDGE_COUNTS=FILE a line "passed failed" is appended to it. Exit status: 0 when no target failed.
"""

import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import threading

HERE = pathlib.Path(__file__).resolve().parent
JOBS = 2
# Inputs beyond these add time, not ideas; a unit slower than that is a finding.
OPTIONS = ["-max_len=4096", "-timeout=20", "-rss_limit_mb=2048", "-print_final_stats=1"]
# Of those that run whole programs each input touches thousands of counters, and weighing inputs by how rare theirs are takes
# more time than it saves.
UNWEIGHED = {"client", "hub_gate"}
ENVIRONMENT = {"ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1", "UBSAN_OPTIONS": "print_stacktrace=1"}

printing = threading.Lock()


def last(pattern, text):
    found = re.findall(pattern, text)
    return found[-1] if found else "-"


def run(build, name, seconds):
    """One target; returns its row of the table and whether it was good."""
    folders = {kind: build / kind / name for kind in ("corpus", "artifacts", "logs")}
    for kind in ("corpus", "artifacts"):
        folders[kind].mkdir(parents=True, exist_ok=True)
    log = build / "logs" / f"{name}.log"
    log.parent.mkdir(exist_ok=True)
    program = build / "tests" / "fuzz" / name
    command = [str(program), *OPTIONS, f"-max_total_time={seconds}", f"-artifact_prefix={folders['artifacts']}/"]
    if name in UNWEIGHED:
        command.append("-entropic=0")
    words = HERE / "dictionaries" / f"{name}.dict"
    if words.is_file():
        command.append(f"-dict={words}")
    command += [str(folders["corpus"]), str(HERE / "corpus" / name)]
    with open(log, "wb") as out:
        code = subprocess.run(command, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                              env={**os.environ, **ENVIRONMENT}, check=False).returncode
    text = log.read_text(encoding="utf-8", errors="replace")
    row = [name, last(r"number_of_executed_units: (\d+)", text), last(r"average_exec_per_sec: +(\d+)", text),
           last(r"\bcov: (\d+)", text), last(r"\bcorp: (\d+)/", text), "ok" if code == 0 else "FAILED"]
    if code != 0:
        artifact = last(r"Test unit written to (\S+)", text)
        with printing:
            print(f"--- {name} failed (exit status {code}); the end of {log}:")
            print("\n".join(text.splitlines()[-40:]))
            print(f"run it again: {program} {artifact}\n", flush=True)
    return row, code == 0


def print_table(rows):
    rows = [["target", "executions", "a second", "coverage", "corpus", ""], *rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:-1], widths[1:-1])), row[-1]]
        print("  ".join(cells).rstrip())


def main():
    if len(sys.argv) < 3:
        print(__doc__)
        return 2
    build, seconds = pathlib.Path(sys.argv[1]).resolve(), int(sys.argv[2])
    known = sorted(path.stem for path in (HERE / "targets").glob("*.cpp"))
    names = sys.argv[3:] or known
    for name in names:
        if name not in known:
            print(f"run.py: no target is called '{name}'; there are: {' '.join(known)}", file=sys.stderr)
            return 2
    for name in names:
        if not any((HERE / "corpus" / name).iterdir()):
            print(f"run.py: corpus/{name} has no seed", file=sys.stderr)
            return 2
    print(f"{len(names)} targets, {seconds} s each, {JOBS} at a time", flush=True)
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        results = list(pool.map(lambda name: run(build, name, seconds), names))
    print_table([row for row, _ in results])
    good = sum(fine for _, fine in results)
    total = sum(int(row[1]) for row, _ in results if row[1].isdigit())
    print(f"{total} executions; {good} targets passed, {len(names) - good} failed")
    if "KEDGE_COUNTS" in os.environ:
        with open(os.environ["KEDGE_COUNTS"], "a", encoding="utf-8") as out:
            out.write(f"{good} {len(names) - good}\n")
    return 0 if good == len(names) else 1


if __name__ == "__main__":
    sys.exit(main())

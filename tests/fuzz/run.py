#!/usr/bin/env python3
"""Runs the fuzz targets, two at a time, and prints a table of what they did.

usage: run.py BUILD_DIRECTORY SECONDS [TARGET...]    (SECONDS for each target, 1 to 1000000)

Each target starts from its seeds in the tree (corpus/NAME) and from what earlier runs found (BUILD_DIRECTORY/fuzz/corpus/NAME).
An input that breaks a promise lands in BUILD_DIRECTORY/fuzz/artifacts, and the message says how to run it again. With
KEDGE_COUNTS=FILE a line "passed failed" is appended to it, with KEDGE_FAILURES=FILE a line for each target that failed. Exit codes: 0 no target failed, 1 one did, 2 the command line is
wrong.
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
UNWEIGHED = {"client", "websocket_client", "hub_gate"}
ENVIRONMENT = {"ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1", "UBSAN_OPTIONS": "print_stacktrace=1"}

printing = threading.Lock()


def last(pattern, text):
    found = re.findall(pattern, text)
    return found[-1] if found else "-"


def run(build, name, seconds):
    """One target; returns its row of the table and whether it was good."""
    folders = {kind: build / "fuzz" / kind / name for kind in ("corpus", "artifacts")}
    for kind in ("corpus", "artifacts"):
        folders[kind].mkdir(parents=True, exist_ok=True)
    log = build / "fuzz" / "logs" / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
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


def arguments(words):
    """(build directory, seconds, targets). ValueError says what is wrong with them."""
    if len(words) < 2:
        raise ValueError("a build directory and seconds are wanted")
    build = pathlib.Path(words[0]).resolve()
    if not build.is_dir():
        raise ValueError(f"there is no folder {words[0]}: cmake --preset debug && cmake --build --preset debug --target fuzz")
    # libFuzzer takes 0 for "no end".
    if not re.fullmatch(r"[0-9]{1,7}", words[1]) or not 1 <= int(words[1]) <= 1_000_000:
        raise ValueError(f"seconds are a number from 1 to 1000000, not '{words[1]}'")
    known = sorted(path.stem for path in (HERE / "targets").glob("*.cpp"))
    names = words[2:] or known
    for name in names:
        if name not in known:
            raise ValueError(f"no target is called '{name}'; there are: {' '.join(known)}")
        if not any((HERE / "corpus" / name).glob("*")):
            raise ValueError(f"corpus/{name} has no seed")
    missing = [name for name in names if not (build / "tests" / "fuzz" / name).is_file()]
    if missing:
        raise ValueError(f"not built: {' '.join(missing)}; cmake --build {words[0]} --target"
                         f" {'fuzz' if missing == known else ' '.join('fuzz_' + name for name in missing)}")
    return build, int(words[1]), names


def main():
    if {"--help", "-h"} & set(sys.argv[1:]):
        print(__doc__)
        return 0
    try:
        build, seconds, names = arguments(sys.argv[1:])
    except ValueError as error:
        print(f"run.py: {error}; see --help", file=sys.stderr)
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
    if "KEDGE_FAILURES" in os.environ:
        with open(os.environ["KEDGE_FAILURES"], "a", encoding="utf-8") as out:
            out.writelines(f"fuzz target {name}\n" for name, (_, fine) in zip(names, results) if not fine)
    return 0 if good == len(names) else 1


if __name__ == "__main__":
    sys.exit(main())

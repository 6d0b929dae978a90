#!/usr/bin/env python3
"""Makes mechanical mutants of the session, link and protocol floors, picked by a seed, and counts how many the unit tests
and the simulator kill. Mutants that do not compile are passed over.

usage: mutants.py [--count N] [--seed N] [--jobs N] [--seeds N] [--list] [--only FILE:LINE | --again RESULTS] [--out FILE]
  --count N         mutants that compile (200)
  --seed N          which ones (1)
  --jobs N          trees at once (2)
  --seeds N         seeds that the simulator plays against each (300)
  --list            prints the mutants; builds nothing
  --only FILE:LINE  only those of this line
  --again RESULTS   those that survived an earlier run and whose line is still there, wherever it stands now
  --out FILE        results, one JSON object a line (build/mutants/results.jsonl, with --again build/mutants/again.jsonl); they
                    grow in FILE.part, and take the place of earlier ones when all are there
Exit codes: 0 done, whatever survived; 1 the tree does not build; 2 the command line is wrong."""

import argparse
import concurrent.futures
import json
import pathlib
import queue
import random
import re
import subprocess
import sys

from arguments import cores, within
from copy_of_tree import ROOT, Tree

FOLDERS = ("src/session", "src/link", "src/protocol")
UNITS = ("session", "link", "protocol")
TEST_SECONDS = 60
# Puts itself in front of malloc, and its library must not be shared; its scenarios are those of another test.
NEEDS_OTHERS = re.compile(r"allocations")

# Each way: its name, what to look for, what it becomes. Spaces around operators keep templates out.
EXCHANGES = (
    ("bound", r" < ", " <= "), ("bound", r" <= ", " < "), ("bound", r" > ", " >= "), ("bound", r" >= ", " > "),
    ("equality", r" == ", " != "), ("equality", r" != ", " == "),
    ("connective", r" && ", " || "), ("connective", r" \|\| ", " && "),
    ("constant", r"\btrue\b", "false"), ("constant", r"\bfalse\b", "true"),
    ("arithmetic", r" \+ ", " - "), ("arithmetic", r" - ", " + "),
    ("extreme", r"std::min\b", "std::max"), ("extreme", r"std::max\b", "std::min"),
    ("step", r"\+\+(?=\w)", "--"), ("step", r"--(?=\w)", "++"),
)
CONDITION = re.compile(r"^(\s*(?:\} else )?(?:if|while) \()(.*)(\)(?: \{| return.*;| break;| continue;)?)$")
STATEMENT = re.compile(r"^\s+(?!return\b|using\b|static_assert\b|assert\b|case\b|break\b|continue\b|default\b|friend\b)"
                       r"[\w.>\-:\[\]*()+]+(?:\(.*\)|(?: [+\-|&]?=|\+\+|--).*);$")
DECLARATION = re.compile(r"^\s+(?:const |constexpr |static |auto |std::\w+(?:<.*>)? \w+ |\[\[)|^\s+\w[\w:<>]*&? \w+(?: =|;|\{)|= \w+;$")


def balanced(text):
    depth = 0
    for c in text:
        depth += (c == "(") - (c == ")")
        if depth < 0:
            return False
    return depth == 0


def mutants_of(name):
    """(file, line number, kind, the line with the change)."""
    inside = False
    for number, line in enumerate((ROOT / name).read_text().splitlines(), 1):
        code = re.split(r"\s*//", line, maxsplit=1)[0]
        if not code.strip() or code.lstrip().startswith(("#", "template", "static_assert", "assert")) or '"' in code:
            continue
        # A header's declarations are not statements: only what stands in a function's body counts.
        inside = name.endswith(".cpp") or code.startswith("    ")
        if not inside:
            continue
        condition = CONDITION.match(code)
        if condition and balanced(condition[2]):
            yield name, number, "negated condition", f"{condition[1]}!({condition[2]}){condition[3]}"
        for kind, pattern, after in EXCHANGES:
            for found in re.finditer(pattern, code):
                yield name, number, kind, code[:found.start()] + after + code[found.end():]
        if STATEMENT.match(code) and not DECLARATION.match(code) and balanced(code):
            yield name, number, "dropped statement", re.match(r"\s*", code)[0] + ";"


def all_mutants():
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.?pp")):
            if path.stem.endswith("_check"):
                continue  # all of it are assertions
            yield from mutants_of(str(path.relative_to(ROOT)))


class Workshop:
    """One tree with its tests, changed and played over and over."""

    def __init__(self, number, seeds, jobs):
        self.tree = Tree(ROOT / f"build/mutants/{number}", [
            "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS=-O1 -D_GLIBCXX_ASSERTIONS", "-DBUILD_SHARED_LIBS=ON", "-DKEDGE_TESTS=ON",
            "-DKEDGE_PROGRAMS=ON"], jobs)
        self.seeds = seeds
        self.tree.prepare()
        folders = [ROOT / "tests/unit" / unit for unit in UNITS] + [ROOT / "tests/scripted"]
        tests = [str(path.relative_to(ROOT / "tests")) for folder in folders for path in sorted(folder.rglob("*_test.cpp"))
                 if not NEEDS_OTHERS.search(path.name)]
        self.targets = [name.removesuffix("_test.cpp").replace("/", "_") for name in tests] + ["kedge_sim"]
        if not self.tree.compile(*self.targets):
            raise SystemExit("mutants: the tree does not build unchanged")
        for target in self.targets[:-1]:
            if not self.passes([self.tree.build / "tests" / target]):
                raise SystemExit(f"mutants: {target} fails on the unchanged tree")

    def passes(self, command):
        try:
            return subprocess.run([str(word) for word in command], capture_output=True, timeout=TEST_SECONDS,
                                  cwd=self.tree.build).returncode == 0
        except subprocess.TimeoutExpired:
            return False

    def simulator_kills(self):
        """By a breach or a crash; a run that does not end is killed, too."""
        try:
            done = subprocess.run([self.tree.build / "tests/sim/kedge_sim", "--until-broken", "--jobs", "1", "--seeds",
                                   str(self.seeds)], capture_output=True, text=True, timeout=TEST_SECONDS)
        except subprocess.TimeoutExpired:
            return True
        if done.returncode == 2:
            raise SystemExit(f"mutants: the simulator was asked wrongly: {done.stderr}")
        return done.returncode != 0

    def judge(self, mutant):
        name, number, kind, line = mutant
        text = self.tree.read(name)
        lines = text.splitlines(keepends=True)
        result = {"file": name, "line": number, "kind": kind, "before": lines[number - 1].strip(), "after": line.strip()}
        self.tree.path(name).write_text("".join(lines[:number - 1] + [line + "\n"] + lines[number:]))
        try:
            if not self.tree.compile(*self.targets):
                return None
            result["unit"] = next((test for test in self.targets[:-1]
                                   if not self.passes([self.tree.build / "tests" / test])), None)
            result["simulator"] = self.simulator_kills()
        finally:
            self.tree.put_back(name, text)
        return result


def survivors_of(results, possible):
    """Of an earlier run's results: what survived, as the tree has it now."""
    texts = {name: (ROOT / name).read_text().splitlines() for name in {mutant[0] for mutant in possible}}
    now = {}
    for mutant in possible:
        name, number, kind, line = mutant
        now.setdefault((name, kind, texts[name][number - 1].strip(), line.strip()), []).append(mutant)
    chosen = []
    for result in results:
        if result["unit"] or result["simulator"]:
            continue
        key = result["file"], result["kind"], result["before"], result["after"]
        if key in now:
            chosen.append(min(now[key], key=lambda mutant: abs(mutant[1] - result["line"])))
        else:
            print(f"no longer there: {result['file']} {result['kind']}: {result['before']}", file=sys.stderr)
    return chosen


def judge_all(chosen, arguments):
    """Results as they come; stops at `count` that compile."""
    workshops = queue.Queue()
    arguments.jobs = min(arguments.jobs, arguments.count)
    for number in range(arguments.jobs):
        workshops.put(Workshop(number, arguments.seeds, max(1, cores() // arguments.jobs)))

    def judge(mutant):
        workshop = workshops.get()
        try:
            return workshop.judge(mutant)
        finally:
            workshops.put(workshop)

    done = []
    waiting = iter(chosen)
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        running = set()
        while len(done) < arguments.count:
            while len(running) < min(arguments.jobs, arguments.count - len(done)):
                mutant = next(waiting, None)
                if mutant is None:
                    break
                running.add(pool.submit(judge, mutant))
            if not running:
                break
            finished, running = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
            for future in finished:
                result = future.result()
                if result is None:
                    continue
                done.append(result)
                yield result


def report(results):
    killed = [r for r in results if r["unit"] or r["simulator"]]
    print(f"{len(results)} mutants: {len(killed)} killed ({100 * len(killed) / max(1, len(results)):.1f} %), "
          f"{sum(bool(r['unit']) for r in results)} by unit tests, {sum(r['simulator'] for r in results)} by the simulator, "
          f"{sum(r['simulator'] and not r['unit'] for r in results)} by it alone")
    for r in results:
        if not r["unit"] and not r["simulator"]:
            print(f"survived: {r['file']}:{r['line']} {r['kind']}\n  - {r['before']}\n  + {r['after']}")


def read_results(path):
    """Of an earlier run. ValueError when they are no results."""
    results = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            result = json.loads(line)
            results.append({key: result[key] for key in ("file", "line", "kind", "before", "after", "unit", "simulator")})
        except (json.JSONDecodeError, KeyError, TypeError) as error:
            raise ValueError(f"{path}:{number} is no result of this program") from error
    return results


def choose(parser, arguments):
    """The mutants that the command line asks for, in the order of its seed."""
    possible = list(all_mutants())
    print(f"{len(possible)} mutants are possible", file=sys.stderr)
    random.Random(arguments.seed).shuffle(possible)
    if arguments.only is not None:
        chosen = [m for m in possible if f"{m[0]}:{m[1]}" == arguments.only]
        if not chosen:
            parser.error(f"there is no mutant at '{arguments.only}'; FILE:LINE is wanted, such as {possible[0][0]}:{possible[0][1]}")
    elif arguments.again:
        try:
            chosen = survivors_of(read_results(arguments.again), possible)
        except (OSError, ValueError) as error:
            parser.error(str(error))
    else:
        return possible
    arguments.count = min(arguments.count, len(chosen))
    return chosen


def read_arguments(parser):
    arguments = parser.parse_args()
    if arguments.out is None:
        arguments.out = ROOT / "build/mutants" / ("again.jsonl" if arguments.again else "results.jsonl")
    if arguments.again and arguments.out.resolve() == arguments.again.resolve():
        parser.error("--out would take the place of what --again reads")
    if arguments.out.is_dir():
        parser.error(f"{arguments.out} is a folder")
    return arguments


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=within(1, 10**6), default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=within(1, 64), default=2)
    parser.add_argument("--seeds", type=within(1, 10**9), default=300)
    parser.add_argument("--list", action="store_true")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--only")
    which.add_argument("--again", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path)
    arguments = read_arguments(parser)
    chosen = choose(parser, arguments)
    if arguments.list:
        for name, number, kind, line in chosen[:arguments.count]:
            print(f"{name}:{number} {kind}: {line.strip()}")
        return 0
    if not chosen:
        print("no mutant that survived is still there")
        return 0
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    growing = arguments.out.with_name(arguments.out.name + ".part")
    results = []
    with growing.open("w") as out:
        for result in judge_all(chosen, arguments):
            results.append(result)
            out.write(json.dumps(result) + "\n")
            out.flush()
            fate = result["unit"] or ("the simulator" if result["simulator"] else "nobody")
            print(f"{len(results):3} of {arguments.count}  {result['file']}:{result['line']} {result['kind']}: killed by "
                  f"{fate}", file=sys.stderr)
    growing.replace(arguments.out)
    report(results)
    return 0


if __name__ == "__main__":
    sys.exit(main())

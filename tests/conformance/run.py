#!/usr/bin/python3
"""Conformance to RFC 6455, role by role. Prints each case that failed, and a table of all; exit code 1 if any failed.

usage: run.py [--client PROGRAM] [--server PROGRAM] [--only WORDS] [--without WORDS]
  --client PROGRAM  a testee: `PROGRAM --largest BYTES URL` runs the loop of a fuzzing server (tests/conformance/testee)
  --server PROGRAM  an echo server: `PROGRAM 0` says ws://127.0.0.1:PORT (tests/conformance/echo_server)
  --only WORDS      only cases whose "category: id" contains WORDS
  --without WORDS   leaves out those that contain WORDS; may be given more than once
"""

import argparse
import os
import shlex
import sys

import roles
import table_close
import table_frames
import table_sizes
import table_utf8
from wire import Breach

# Memcheck takes thirty times as long for each byte: 1 MiB is enough for it.
LARGEST = table_sizes.MIB if int(os.environ.get("KEDGE_TEST_SLOWNESS", "1")) > 1 else table_sizes.LARGEST

# The largest message of a category. A client clears its memory for every case: room for 16 MiB in each would cost more
# time than all cases do.
SMALL = 128 * table_sizes.KIB
NEEDS = {"framing": table_sizes.MIB, "sizes": table_sizes.LARGEST}


class Report:
    def __init__(self, role, categories):
        self.role = role
        self.category = {id(case): name for name, cases in categories.items() for case in cases}
        self.counts = {name: [0, 0] for name in categories}  # passed, failed

    def passed(self, case):
        self.counts[self.category[id(case)]][0] += 1

    def failed(self, case, why):
        category = self.category[id(case)]
        self.counts[category][1] += 1
        print(f"FAILED as {self.role}: {category}: {case.id}: {why}", flush=True)


def tables():
    return {**table_frames.TABLE, **table_utf8.TABLE, **table_close.TABLE, **table_sizes.table(LARGEST)}


def play_role(role, runner, command, categories):
    """The role's report; what breaks the loop itself counts as a failure of its own."""
    report = Report(role, categories)
    broken = 0
    groups = [(categories.keys() - NEEDS.keys(), SMALL)] + [({name}, largest) for name, largest in NEEDS.items()]
    for names, largest in groups:
        cases = [case for name, cases in categories.items() if name in names for case in cases]
        before = sum(map(sum, report.counts.values()))
        try:
            if cases:
                runner(shlex.split(command), largest, cases, report)
        except (Breach, OSError) as error:
            broken += 1
            print(f"FAILED as {role}: {error}", flush=True)
        left = before + len(cases) - sum(map(sum, report.counts.values()))
        if left:
            broken += 1
            print(f"FAILED as {role}: {left} cases were not played", flush=True)
    return report, broken


def print_table(reports):
    print(f"{'category':<20}" + "".join(f"{'as ' + report.role + ': cases':>20}{'passed':>8}" for report in reports))
    rows = [(name, [report.counts[name] for report in reports]) for name in reports[0].counts]
    rows.append(("total", [[sum(column) for column in zip(*report.counts.values())] for report in reports]))
    for name, counts in rows:
        print(f"{name:<20}" + "".join(f"{passed + failed:>20}{passed:>8}" for passed, failed in counts))


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1])
    parser.add_argument("--client")
    parser.add_argument("--server")
    parser.add_argument("--only", default="")
    parser.add_argument("--without", action="append", default=[])
    arguments = parser.parse_args()

    def wanted(name):
        return arguments.only in name and not any(words in name for words in arguments.without)

    categories = {name: [case for case in cases if wanted(f"{name}: {case.id}")] for name, cases in tables().items()}
    ids = [(name, case.id) for name, cases in categories.items() for case in cases]
    assert len(ids) == len(set(ids)), f"two cases have one id: {sorted(i for i in set(ids) if ids.count(i) > 1)}"
    programs = (("client", roles.run_client, arguments.client), ("server", roles.run_server, arguments.server))
    results = [play_role(role, runner, command, categories) for role, runner, command in programs if command]
    if not results:
        parser.error("neither --client nor --server is given")
    print_table([report for report, _ in results])
    passed = sum(count[0] for report, _ in results for count in report.counts.values())
    failed = sum(broken + sum(count[1] for count in report.counts.values()) for report, broken in results)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

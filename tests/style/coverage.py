#!/usr/bin/env python3
"""Prints line and branch coverage by floor from gcovr's JSON summary, and the core's files furthest behind."""

import collections
import json
import sys

WANTED = {"line": 98.7, "branch": 94.3}  # of the core
CORE = "the core"
OF_PROGRAMS = ("server", "hub", "agent", "cli")
LINES_OF_PROGRAMS_WANTED = 80.0  # of each


def percent(covered, total):
    return 100.0 * covered / total if total else 100.0


def main():
    with open(sys.argv[1], encoding="utf-8") as report:
        files = json.load(report)["files"]
    floors = collections.defaultdict(collections.Counter)
    core = [entry for entry in files if entry["filename"].split("/")[1] not in OF_PROGRAMS]
    for entry in files:
        for key in ("line_covered", "line_total", "branch_covered", "branch_total"):
            floors[entry["filename"].split("/")[1]][key] += entry[key]
    for entry in core:
        for key in ("line_covered", "line_total", "branch_covered", "branch_total"):
            floors[CORE][key] += entry[key]
    print(f"\n{'floor':10} {'lines':>15} {'branches':>22}")
    for floor, c in sorted(floors.items(), key=lambda item: (item[0] in OF_PROGRAMS, item[0] == CORE, item[0])):
        print(f"{floor:10} {c['line_covered']:6}/{c['line_total']:<6} {percent(c['line_covered'], c['line_total']):5.1f} %"
              f" {c['branch_covered']:6}/{c['branch_total']:<6} {percent(c['branch_covered'], c['branch_total']):5.1f} %")
    def behind(entry):
        return (entry["line_total"] - entry["line_covered"]) + (entry["branch_total"] - entry["branch_covered"])
    print("\nof the core furthest behind (lines, branches not covered):")
    for entry in sorted(core, key=behind, reverse=True)[:10]:
        print(f"  {entry['line_total'] - entry['line_covered']:4} {entry['branch_total'] - entry['branch_covered']:4}"
              f"  {entry['filename']}")
    print()
    missed = 0
    for kind, wanted in WANTED.items():
        have = percent(floors[CORE][f"{kind}_covered"], floors[CORE][f"{kind}_total"])
        print(f"{kind} coverage of src/base to src/protocol: {have:.1f} % (wanted: at least {wanted} %):"
              f" {'reached' if have >= wanted else 'NOT REACHED'}")
        missed += have < wanted
    for floor in OF_PROGRAMS:
        have = percent(floors[floor]["line_covered"], floors[floor]["line_total"])
        print(f"line coverage of src/{floor}: {have:.1f} % (wanted: at least {LINES_OF_PROGRAMS_WANTED} %):"
              f" {'reached' if have >= LINES_OF_PROGRAMS_WANTED else 'NOT REACHED'}")
        missed += have < LINES_OF_PROGRAMS_WANTED
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

"""Numbers of a command line that make sense, and how many cores to use."""

import argparse
import os
import sys


def within(least, most):
    """For argparse: a whole number in these bounds."""

    def read(text):
        try:
            value = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"a whole number is wanted, not '{text}'") from None
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{value} is not between {least} and {most}")
        return value

    return read


def cores():
    """What KEDGE_JOBS says, as in tests/run.sh, or else all there are."""
    said = os.environ.get("KEDGE_JOBS")
    if not said:
        return os.cpu_count() or 1
    try:
        return within(1, 1024)(said)
    except argparse.ArgumentTypeError as why:
        print(f"KEDGE_JOBS: {why}", file=sys.stderr)
        sys.exit(2)

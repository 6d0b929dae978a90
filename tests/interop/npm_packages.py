#!/usr/bin/env python3
"""npm_packages.py DIRECTORY: what npm/package-lock.json pins, by npm, in DIRECTORY; what is there already stays."""

import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent / "npm"


def main():
    missing = [program for program in ("node", "npm") if not shutil.which(program)]
    if missing:
        print(f"{' and '.join(missing)} not found; what npm has cannot be compared with ours: apt-get install nodejs npm")
        return 1
    directory = pathlib.Path(sys.argv[1])
    directory.mkdir(parents=True, exist_ok=True)
    lock = (HERE / "package-lock.json").read_bytes()
    installed = directory / "installed-lock.json"
    if installed.is_file() and installed.read_bytes() == lock:
        print(f"{directory} has them already")
        return 0
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, directory)
    # Nothing of a package runs while it is installed.
    subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=directory, check=True)
    installed.write_bytes(lock)
    return 0


if __name__ == "__main__":
    sys.exit(main())

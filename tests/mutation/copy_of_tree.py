"""A copy of the tree that can be changed, built and put back, one change after another."""

import os
import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


class DoesNotApply(Exception):
    """The text to change is not there, or not just once."""


class Tree:
    """What git tracks, copied to `folder` and configured there once; later runs only copy what has changed since."""

    def __init__(self, folder, options, jobs):
        """`jobs`: compilers at once."""
        self.jobs = jobs
        self.folder = pathlib.Path(folder).resolve()
        self.build = self.folder / "build"
        self.options = options

    def prepare(self):
        files = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                               check=True, capture_output=True).stdout.decode().split("\0")
        wanted = {name for name in files if name and (ROOT / name).is_file()}
        for name in wanted:
            source, target = ROOT / name, self.folder / "tree" / name
            if target.is_file() and target.read_bytes() == source.read_bytes():
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)  # a new time, so that what was left changed is built again
        for path in (self.folder / "tree").rglob("*"):
            if path.is_file() and str(path.relative_to(self.folder / "tree")) not in wanted:
                path.unlink()
        self.run(["cmake", "-S", self.folder / "tree", "-B", self.build, "-G", "Ninja", *self.options])

    def run(self, command, timeout=None, env=None):
        """Output of a command that has to succeed."""
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=timeout,
                              env={**os.environ, **(env or {})})
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(map(str, command))} failed:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
        return done.stdout

    def compile(self, *targets):
        """False when it does not compile."""
        return subprocess.run(["cmake", "--build", self.build, "-j", str(self.jobs), "--target", *targets],
                              capture_output=True).returncode == 0

    def path(self, name):
        return self.folder / "tree" / name

    def read(self, name):
        return self.path(name).read_text()

    def replace(self, name, before, after):
        """Changes the one place that reads `before`; returns the text as it was."""
        text = self.read(name)
        if text.count(before) != 1:
            raise DoesNotApply(f"{name}: found {text.count(before)} times: {before}")
        self.path(name).write_text(text.replace(before, after))
        return text

    def put_back(self, name, text):
        self.path(name).write_text(text)

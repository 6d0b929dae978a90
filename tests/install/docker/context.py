"""Which files of a folder are sent to Docker: the rules of .dockerignore."""

import hashlib
import os
import pathlib
import re


def expression(pattern):
    """A pattern as a regular expression: it matches a path, and all that is beneath it."""
    parts = []
    for part in re.split(r"(\*\*/?|\*|\?)", pattern):
        parts.append({"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(part, re.escape(part)))
    return re.compile("".join(parts) + r"(?:/.*)?\Z", re.DOTALL)


class Ignored:
    """`Ignored(text)(path)`: whether a path, relative to the context, stays behind. The last line that matches decides."""

    def __init__(self, text):
        self.rules = []
        for line in text.split("\n"):
            line = line.strip()
            if line.startswith("#") or not line:
                continue
            if "[" in line or "\\" in line:
                raise ValueError(f".dockerignore: {line} is not read here")
            kept = line.startswith("!")
            self.rules.append((not kept, expression(line.removeprefix("!").strip().strip("/"))))

    def __call__(self, path):
        ignored = False
        for ignores, pattern in self.rules:
            if pattern.match(path):
                ignored = ignores
        return ignored


def files(root):
    """The paths of the context `root` that Docker gets, sorted."""
    ignored = Ignored((root / ".dockerignore").read_text(encoding="utf-8"))
    found = []
    for folder, folders, names in os.walk(root):
        here = pathlib.Path(folder).relative_to(root)
        # Nobody wants to look into these, whatever the rules are; that they are out is checked by itself.
        folders[:] = [name for name in folders if str(here / name) not in ("build", ".git")]
        found += [str(here / name) for name in names]
    return sorted(path for path in found if not ignored(path))


def digest(root, paths):
    """Of contents and modes: what Docker's cache goes by."""
    total = hashlib.sha256()
    for path in paths:
        file = root / path
        content = os.readlink(file).encode() if file.is_symlink() else file.read_bytes()
        total.update(f"{path}\0{file.lstat().st_mode:o}\0{len(content)}\0".encode() + content)
    return total.hexdigest()

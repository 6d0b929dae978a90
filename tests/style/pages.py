"""What holds for pages: their links lead somewhere in the tree, and the front door stays small."""

import posixpath
import re

README_BYTES_MAX = 10 * 1024
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def without_code(text):
    """The text with the lines of code blocks empty, so that numbers of lines stay."""
    out, inside = [], False
    for line in text.split("\n"):
        fence = line.lstrip().startswith("```")
        out.append("" if inside or fence else line)
        inside ^= fence
    return "\n".join(out)


def anchors(text):
    """Those that a page's headings have, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", without_code(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def check_page(path, text, read):
    """`read(path)` is the text of a file of the tree, or None; a folder is one that has a README.md."""
    if path == "README.md" and len(text.encode()) > README_BYTES_MAX:
        yield 1, f"{len(text.encode())} bytes; at most {README_BYTES_MAX}: the rest belongs on other pages"
    for number, line in enumerate(without_code(text).split("\n"), 1):
        for link in LINK.findall(line):
            if re.match(r"[a-z]+:", link):
                continue
            target, _, anchor = link.partition("#")
            there = posixpath.normpath(posixpath.join(posixpath.dirname(path), target)) if target else path
            there = "README.md" if there == "." else there
            found = read(there)
            if found is None:
                yield number, f"the link {link} leads nowhere"
            elif anchor and anchor not in anchors(found):
                yield number, f"the link {link}: {there} has no such heading"

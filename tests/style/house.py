#!/usr/bin/env python3
"""The rules of the house that a machine can check. `house.py [ROOT]` prints each breach as file:line: reason."""

import pathlib
import re
import subprocess
import sys

import pages

# A floor includes only what is beneath it, or beside it in its own folder; ws and tls share one.
FLOORS = {"base": 0, "codec": 1, "crypto": 2, "ws": 3, "tls": 3, "session": 4, "link": 5, "protocol": 6}

# The whole standard library that the core may use: what neither allocates, blocks, reads a clock nor needs a system.
CORE_STANDARD = set(
    "algorithm array atomic bit bitset cassert charconv chrono climits compare concepts coroutine cstdarg cstddef cstdint"
    " cstring exception initializer_list iterator limits memory new numeric optional span string_view system_error tuple type_traits"
    " utility variant version".split())

# What stands on the core alone, beside the programs.
ON_THE_CORE = ("src/server/",)

# Who may include another library's headers.
FOREIGN = {"wslay/": ("src/ws/frame_reader.",), "mbedtls/": ("src/crypto/", "src/tls/"), "psa/": ("src/tls/",),
           "cjson/": ("src/codec/json_tree.", "include/kedge/json_tree.hpp", "src/program/json_file.")}

# For hosts only, by design: trees are cJSON's, files are a system's, and these ports stand on one.
HOST_ONLY = ("src/codec/json_tree.", "src/tls/trust_files.", "include/kedge/json_tree.hpp", "include/kedge/port_uv.", "include/kedge/port_sim.",
             "include/kedge/sim/", "include/kedge/host.", "include/kedge/proxy_variables.")

# What is not in the component kedge::core, which is linked without any of it (toolchains/README.md).
BESIDE_THE_CORE = ("src/tls/", "include/kedge/tls.hpp", *HOST_ONLY)

# Words that allocate, throw, need RTTI, or read a clock or chance behind the port's back.
FORBIDDEN_IN_CORE = (
    (re.compile(r"\b(?:malloc|calloc|realloc|strdup)\s*\("), "the core allocates nothing"),
    # `new (place) T` is placement, and is how fixed memory becomes objects.
    (re.compile(r"(?<!operator )\bnew\s+[^(\s]|\bnew\s*\(std::nothrow"), "the core allocates nothing"),
    (re.compile(r"(?<!= )\bdelete\b(?:\[\])?\s+\w"), "the core allocates nothing"),
    (re.compile(r"\bstd::(?:string|vector|map|set|deque|list|function|unordered_\w+|make_unique|make_shared)\b"),
     "the core allocates nothing"),
    (re.compile(r"\b(?:throw|try|catch|dynamic_cast|typeid)\b"), "the core has neither exceptions nor RTTI"),
    (re.compile(r"_clock::now\b|\bstd::time\s*\(|\bs?rand\s*\(|\brandom_device\b"),
     "time and randomness come through the port"))

# Types whose size a user's own flags decide (_TIME_BITS, _FILE_OFFSET_BITS): in a public header they would be one thing in
# the library and another in the program.
FLAG_SIZED = re.compile(r"\b(?:time_t|timespec|timeval|tm|off_t|ino_t|dev_t|rlim_t|stat|statfs|dirent|flock|rusage)\b(?!\s*\()")

# Folders of programs in which a protocol is one folder and one line of a table: no other file directly in them names one.
TABLES = {
    "src/cli": "commands.cpp",
    "src/hub": "sides.cpp",
}

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70
TOP_LEVEL = set("CMakeLists.txt CMakePresets.json LICENSE README.md src include port tests examples toolchains".split())
SOURCE = re.compile(r"\.(?:c|h|cpp|hpp|py|sh)$|/CMakeLists\.txt$|\.cmake$")
CPP = re.compile(r"\.(?:cpp|hpp)$")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def code_of(text):
    """The text without comments and literals, line for line."""
    def blank(match):
        return "\n" * match.group().count("\n") if match.group()[0] == "/" else '""'
    return re.sub(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'', blank, text, flags=re.S)


def floor_of(path):
    parts = path.split("/")
    return parts[1] if parts[0] == "src" and len(parts) > 2 and parts[1] in FLOORS else None


def in_core(path):
    """Whether the rules of the core hold for a file: its floors, the public headers, and the port without a machine."""
    return (floor_of(path) is not None or path.startswith(("include/kedge/", "port/none/"))
            ) and not path.startswith(HOST_ONLY)


def resolve(path, name, files):
    """Where a quoted include leads, as a path from the root, or None."""
    for base in (pathlib.PurePosixPath(path).parent, pathlib.PurePosixPath("src"), pathlib.PurePosixPath("")):
        parts = []
        for part in (base / name).parts:
            if part == ".." and parts:
                parts.pop()
            else:
                parts.append(part)
        if "/".join(parts) in files:
            return "/".join(parts)
    return None


def check_quoted(path, name, files):
    target = resolve(path, name, files)
    if path.startswith("include/"):
        return f'a public header includes only <kedge/...>, not "{name}"'
    mine = floor_of(path)
    if mine is None:
        if path.startswith(ON_THE_CORE) and not (target or "").startswith(ON_THE_CORE) and floor_of(target or "") is None:
            return f'{path.split("/")[1]} includes "{name}", and stands on the core alone'
        return None
    if target is None:
        return f'"{name}" is no file of the tree'
    if not target.startswith("include/"):
        theirs = floor_of(target)
        if theirs is None or FLOORS[theirs] > FLOORS[mine]:
            return f'{mine} includes "{name}", which is not beneath it'
    return None


def check_angled(path, name):
    if name.startswith("kedge/"):
        return None
    for prefix, places in FOREIGN.items():
        if name.startswith(prefix):
            return None if path.startswith(places) or not in_core(path) else \
                f"<{name}> is included only by {' and '.join(places)}"
    if in_core(path) and name not in CORE_STANDARD:
        return f"<{name}> is not for the core: it allocates, blocks, prints or needs an operating system"
    return None


def check_component(path, quoted, name, files):
    target = resolve(path, name, files) if quoted else f"include/{name}"
    if in_core(path) and not path.startswith(BESIDE_THE_CORE) and (target or "").startswith(BESIDE_THE_CORE):
        return f"{name} is of another component, and the core is linked without it"
    return None


def check_includes(path, text, files):
    for number, line in enumerate(text.split("\n"), 1):
        match = INCLUDE.match(line)
        if match:
            quoted = match.group(1) == '"'
            reason = (check_quoted(path, match.group(2), files) if quoted else check_angled(path, match.group(2))) \
                or check_component(path, quoted, match.group(2), files)
            if reason:
                yield number, reason


def check_words(path, text):
    if not in_core(path):
        return
    for number, line in enumerate(code_of(text).split("\n"), 1):
        if not INCLUDE.match(line):
            for pattern, reason in FORBIDDEN_IN_CORE:
                found = pattern.search(line)
                if found:
                    yield number, f"`{found.group().strip()}`: {reason}"


def check_flag_sized(path, text):
    if not path.startswith("include/"):
        return
    for number, line in enumerate(code_of(text).split("\n"), 1):
        found = FLAG_SIZED.search(line)
        if found:
            yield number, f"`{found.group()}`: its size depends on the flags of who includes a public header"


def check_functions(text):
    """Functions too long. clang-format puts a body's closing brace under the line that opens it."""
    lines = code_of(text).split("\n")
    for number, line in enumerate(lines):
        opens = re.match(r"( *)\S.*\{$", line)
        if not opens or not re.search(r"\)[\w\s&:<>,()*{}.-]*\{$|\] *\{$", line):
            continue
        if re.match(r" *(?:namespace|class|struct|enum|union|extern|if|for|while|switch|else|do|\})\b", line):
            continue
        for end in range(number + 1, len(lines)):
            closes = re.match(r"( *)\}", lines[end])
            # A constructor's initialisers are indented deeper than its closing brace.
            if closes and len(closes.group(1)) <= len(opens.group(1)):
                # The list of tests in a test's main is a table, not a function.
                length = sum("cmocka_unit_test" not in body for body in lines[number:end + 1])
                if length > FUNCTION_LINES_MAX:
                    yield number + 1, f"a function of {length} lines; at most {FUNCTION_LINES_MAX}"
                break


def check_marks(path, text):
    if path.startswith(("src/", "include/", "port/", "examples/")):
        for number, line in enumerate(text.split("\n"), 1):
            if re.search(r"\b(?:TODO|FIXME|XXX)\b", line):
                yield number, "unfinished by its own words"


def protocols(files):
    """The names of the protocols: the folders of src/protocol, but for what all of them share."""
    return {path.split("/")[2] for path in files if re.match(r"src/protocol/[^/]+/", path)} - {"core"}


def named_as(protocol):
    """A pattern of what names a protocol: agent_gate, agent-gate, AgentGate, AGENT_GATE. A WebSocket is none of them."""
    words = protocol.split("_")
    spelled = [r"(?<![A-Za-z])" + "[_-]".join(words), "".join(word.capitalize() for word in words),
               r"(?<![A-Za-z])" + "[_-]".join(word.upper() for word in words)]
    return f"(?:{'|'.join(spelled)})(?![a-z])"


def check_central(path, text, files):
    """Of a folder with a table of protocols: what stands outside their own folders knows none of them."""
    folder, _, name = path.rpartition("/")
    names = protocols(files)
    if folder not in TABLES or name == TABLES[folder] or not names:
        return
    pattern = re.compile("|".join(named_as(protocol) for protocol in sorted(names)))
    for number, line in enumerate(text.split("\n"), 1):
        found = pattern.search(re.sub(r"\bLayer::\w+", "", line))  # those are of every line
        if found:
            yield number, f"`{found.group()}`: a protocol is named in its own folder and in {folder}/{TABLES[folder]}, nowhere else"


def check_file(path, text, files):
    if SOURCE.search(path) and text.count("\n") > FILE_LINES_MAX:
        yield text.count("\n"), f"a file of {text.count(chr(10))} lines; at most {FILE_LINES_MAX}"
    yield from check_marks(path, text)
    if not CPP.search(path):
        return
    if path.endswith(".hpp") and "#pragma once" not in text:
        yield 1, "a header without #pragma once"
    yield from check_includes(path, text, files)
    yield from check_central(path, text, files)
    yield from check_words(path, text)
    yield from check_flag_sized(path, text)
    yield from check_functions(text)


def read(root, name, files):
    """A file of the tree, or of the page of a folder; None when there is none."""
    name = name if name in files else f"{name}/README.md"
    return (root / name).read_text(encoding="utf-8", errors="replace") if name in files else None


def breaches(root):
    """All breaches in a git tree, as (path, line, reason)."""
    listed = subprocess.run(["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            check=True, capture_output=True, text=True).stdout
    files = {name for name in listed.split("\0") if name and (root / name).is_file()}
    for path in sorted({path.split("/")[0] for path in files}):
        if path not in TOP_LEVEL and not path.startswith("."):
            yield path, 1, "has no place at the top level"
    for path in sorted(files):
        if SOURCE.search(path) or path.endswith(".in"):
            text = (root / path).read_text(encoding="utf-8")
            for line, reason in check_file(path, text, files):
                yield path, line, reason
        elif path.endswith(".md"):
            for line, reason in pages.check_page(path, (root / path).read_text(encoding="utf-8"), lambda name: read(root, name, files)):
                yield path, line, reason


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2])
    found = list(breaches(root))
    for path, line, reason in found:
        print(f"{path}:{line}: {reason}")
    print(f"the rules of the house: {len(found)} breaches" if found else "the rules of the house hold")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

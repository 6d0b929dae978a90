"""Reads the instructions of a Dockerfile that the example uses; whatever else is in one is an error, as nobody here could say
what Docker would make of it."""

import dataclasses
import json
import re

INSTRUCTIONS = set("FROM ARG ENV RUN COPY WORKDIR USER EXPOSE VOLUME HEALTHCHECK ENTRYPOINT CMD".split())
VARIABLE = r"[A-Za-z_][A-Za-z0-9_]*"
MOUNT_KEYS = {"type", "from", "source", "target"}


class Wrong(Exception):
    """Words about a Dockerfile, with its line."""


@dataclasses.dataclass(frozen=True)
class Step:
    """`value` is text for RUN, a tuple of words for most others; `flags` are pairs in their order."""
    line: int
    name: str
    flags: tuple
    value: object


@dataclasses.dataclass
class Stage:
    base: str
    name: str | None
    steps: list


def logical_lines(text):
    """(number of the first line, text) without comments and with continued lines joined."""
    begin, parts = 0, []
    for number, line in enumerate(text.split("\n"), 1):
        if line.lstrip().startswith("#") or (not line.strip() and not parts):
            continue
        begin = begin or number
        continued = line.endswith("\\")
        parts.append(line[:-1] if continued else line)
        if not continued:
            yield begin, " ".join(part.strip() for part in parts)
            begin, parts = 0, []
    if parts:
        raise Wrong(f"line {begin}: nothing follows the last \\")


def flags_of(rest):
    flags = []
    while match := re.match(r"--([a-z-]+)=(\S+)\s+", rest):
        flags.append((match[1], match[2]))
        rest = rest[match.end():]
    return tuple(flags), rest


def words_of(name, rest):
    """The exec form, a JSON array, or the shell form, which Docker hands to /bin/sh."""
    if not rest.startswith("["):
        return ("/bin/sh", "-c", rest)
    words = json.loads(rest)
    if not words or not all(isinstance(word, str) for word in words):
        raise Wrong(f"{name}: no array of strings")
    return tuple(words)


def seconds(text):
    match = re.fullmatch(r"(\d+)s", text)
    if not match:
        raise Wrong(f"not a number of seconds: {text}")
    return int(match[1])


def mount_of(text):
    mount = dict(pair.split("=", 1) for pair in text.split(","))
    if mount.keys() != MOUNT_KEYS or mount["type"] != "bind":
        raise Wrong(f"only --mount=type=bind with {sorted(MOUNT_KEYS)}: {text}")
    return mount


def value_of(name, flags, rest):
    if flags and name not in ("RUN", "HEALTHCHECK"):
        raise Wrong(f"{name} with {flags[0][0]}")
    if name == "RUN":
        for flag, value in flags:
            if flag != "mount":
                raise Wrong(f"RUN with {flag}")
            mount_of(value)
        if rest.startswith(("[", "<<")):
            raise Wrong("RUN is read in its shell form only")
        return rest
    if name in ("ENTRYPOINT", "CMD"):
        if not rest.startswith("["):
            raise Wrong(f"{name} in the shell form: /bin/sh would get the signals")
        return words_of(name, rest)
    if name == "HEALTHCHECK":
        for flag, value in flags:
            if flag not in ("interval", "timeout", "retries", "start-period"):
                raise Wrong(f"HEALTHCHECK with {flag}")
            int(value) if flag == "retries" else seconds(value)
        if not rest.startswith("CMD "):
            raise Wrong("HEALTHCHECK without CMD")
        return words_of(name, rest[4:].strip())
    if name == "ENV":
        match = re.fullmatch(rf"({VARIABLE})=(\S*)", rest)
        if not match or re.search(r"[\"'$\\]", match[2]):
            raise Wrong("ENV is read as one NAME=VALUE without quotes and variables")
        return (match[1], match[2])
    return plain_words(name, rest)


def plain_words(name, rest):
    if re.search(r"[\"'$\\\[]", rest):
        raise Wrong(f"{name} is read without quotes and variables")
    words = tuple(rest.split())
    if name == "COPY" and len(words) < 2:
        raise Wrong("COPY without a source and a destination")
    if name in ("WORKDIR", "USER", "EXPOSE", "VOLUME", "ARG") and len(words) != 1:
        raise Wrong(f"{name} takes one word here")
    if name == "EXPOSE" and not words[0].isdigit():
        raise Wrong("EXPOSE takes a number here")
    if name == "ARG" and not re.fullmatch(VARIABLE, words[0]):
        raise Wrong("ARG without a default is all that is read")
    if name in ("WORKDIR", "VOLUME") and not words[0].startswith("/"):
        raise Wrong(f"{name} is absolute here")
    return words


def parse(text):
    """The stages of a Dockerfile."""
    stages = []
    for number, line in logical_lines(text):
        name, _, rest = line.partition(" ")
        try:
            if name not in INSTRUCTIONS:
                raise Wrong(f"{name} is not known here")
            flags, rest = flags_of(rest.strip())
            if name == "FROM":
                match = re.fullmatch(r"(\S+)(?: AS ([a-z][a-z0-9_-]*))?", rest)
                if flags or not match:
                    raise Wrong(f"FROM {rest}")
                stages.append(Stage(match[1], match[2], []))
            elif not stages:
                raise Wrong(f"{name} before FROM")
            else:
                stages[-1].steps.append(Step(number, name, flags, value_of(name, flags, rest)))
        except (Wrong, ValueError) as error:
            raise Wrong(f"line {number}: {error}") from None
    if not stages:
        raise Wrong("no FROM")
    return stages


@dataclasses.dataclass
class Image:
    """What an image says of itself, beside its files."""
    environment: dict
    workdir: str
    user: str
    ports: list
    volumes: list
    health: tuple
    health_flags: dict
    entrypoint: tuple
    command: tuple


def image_of(stage):
    image = Image({}, "/", "root", [], [], (), {}, (), ())
    for step in stage.steps:
        if step.name == "ENV":
            image.environment[step.value[0]] = step.value[1]
        elif step.name == "WORKDIR":
            image.workdir = step.value[0]
        elif step.name == "USER":
            image.user = step.value[0]
        elif step.name == "EXPOSE":
            image.ports.append(int(step.value[0]))
        elif step.name == "VOLUME":
            image.volumes.append(step.value[0])
        elif step.name == "HEALTHCHECK":
            image.health, image.health_flags = step.value, dict(step.flags)
        elif step.name == "ENTRYPOINT":
            # Docker forgets an earlier CMD with it.
            image.entrypoint, image.command = step.value, ()
        elif step.name == "CMD":
            image.command = step.value
    return image

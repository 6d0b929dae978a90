"""Reads compose.yaml as far as the example uses it; a key that is not known here is an error."""

import dataclasses
import pathlib
import re

import yaml

import chroot
import dockerfile

TOP = {"name", "services", "volumes", "secrets"}
SERVICE = set("restart read_only cap_drop security_opt healthcheck image build command environment secrets volumes ports depends_on"
              " stop_grace_period".split())
BUILD = {"context", "dockerfile"}
HEALTH = {"test", "interval", "timeout", "retries"}
BIND = {"type", "source", "target", "read_only", "bind"}
STOPS_AFTER_S = 10  # unless stop_grace_period says more


class Wrong(Exception):
    """Words about a compose file."""


def need(condition, words):
    if not condition:
        raise Wrong(words)


def known(mapping, keys, where):
    need(isinstance(mapping, dict), f"{where} is no mapping")
    need(mapping.keys() <= keys, f"{where} has {sorted(mapping.keys() - keys)}, which is not known here")


@dataclasses.dataclass
class Service:
    name: str
    dockerfile: pathlib.Path
    context: pathlib.Path
    command: list
    environment: dict
    mounts: list           # chroot.Mount, with secrets
    data: dict             # folder in the container by the name of its volume
    secrets: list          # their files
    published: list        # (address, port outside, port inside)
    depends_on: list
    health: str            # for /bin/sh
    health_timeout_s: int
    grace_s: int


def mount_of(text, folder, volumes, where):
    """(Mount, None), or (None, (name, target)) of a named volume."""
    if isinstance(text, dict):
        known(text, BIND, where)
        need(text["type"] == "bind" and text["bind"] == {"create_host_path": False}, f"{where}: {text}")
        source, target, read_only = text["source"], text["target"], text.get("read_only", False)
    else:
        parts = text.split(":")
        need(len(parts) == 2 or parts[2:] == ["ro"], f"{where}: {text}")
        source, target, read_only = parts[0], parts[1], parts[2:] == ["ro"]
    need(target.startswith("/"), f"{where}: {target} is not absolute")
    if source in volumes:
        need(not read_only, f"{where}: {source} is for data, and read-only")
        return None, (source, target)
    need(source.startswith("./"), f"{where}: {source} is neither a volume nor a file beside compose.yaml")
    need(read_only, f"{where}: {source} could be written to")
    # What is not there Docker would make as a folder.
    need((folder / source).exists(), f"{where}: {source} does not exist, nor does secrets.sh make it")
    return chroot.Mount((folder / source).resolve(), target), None


def service_of(name, text, folder, document):
    known(text, SERVICE, name)
    known(text["build"], BUILD, f"{name}.build")
    known(text.get("healthcheck"), HEALTH, f"{name}.healthcheck")
    need(text["healthcheck"].keys() == HEALTH, f"{name}.healthcheck has not {sorted(HEALTH)}")
    dockerfile.seconds(text["healthcheck"]["interval"])
    need(text.get("restart") == "unless-stopped", f"{name}: restart is not unless-stopped")
    need(text.get("read_only") is True, f"{name}: its root can be written to")
    need(text.get("cap_drop") == ["ALL"], f"{name} keeps capabilities")
    need(text.get("security_opt") == ["no-new-privileges:true"], f"{name} may gain privileges")
    environment = text.get("environment", {})
    for variable, value in environment.items():
        need(isinstance(value, str), f"{name}: {variable} is no string")
        need(not re.search("TOKEN|SECRET|KEY|PASSWORD", variable) or variable.endswith("_FILE"), f"{name}: {variable} holds a secret")
    service = Service(name, pathlib.Path(text["build"]["dockerfile"]), (folder / text["build"]["context"]).resolve(),
                      text.get("command", []), environment, [], {}, [], [], [], text["healthcheck"]["test"],
                      dockerfile.seconds(text["healthcheck"]["timeout"]), STOPS_AFTER_S)
    for volume in text.get("volumes", []):
        mount, data = mount_of(volume, folder, document["volumes"], name)
        if mount:
            service.mounts.append(mount)
        else:
            service.data[data[0]] = data[1]
    for secret in text.get("secrets", []):
        need(secret in document["secrets"], f"{name}: no secret is called {secret}")
        known(document["secrets"][secret], {"file"}, f"secrets.{secret}")
        file = folder / document["secrets"][secret]["file"]
        need(file.is_file(), f"secrets.{secret}: {file.name} does not exist, nor does secrets.sh make it")
        service.secrets.append(file.resolve())
        service.mounts.append(chroot.Mount(file.resolve(), f"/run/secrets/{secret}"))
    for port in text.get("ports", []):
        match = re.fullmatch(r"(127\.0\.0\.1):(\d+):(\d+)", port)
        need(match, f"{name}: {port} is published to more than this machine")
        service.published.append((match[1], int(match[2]), int(match[3])))
    for other, how in text.get("depends_on", {}).items():
        need(how == {"condition": "service_healthy"}, f"{name} does not wait until {other} is healthy")
        service.depends_on.append(other)
    if "stop_grace_period" in text:
        service.grace_s = dockerfile.seconds(text["stop_grace_period"])
    return service


def read(path):
    """The services of a compose file, in the order they start."""
    text = path.read_text(encoding="utf-8")
    need("$" not in text, "a variable: its value would be that of whoever starts it")
    document = yaml.safe_load(text)
    known({key: value for key, value in document.items() if not key.startswith("x-")}, TOP, "the top level")
    need(all(value is None for value in document["volumes"].values()), "a volume has options")
    services = [service_of(name, text, path.parent, document) for name, text in document["services"].items()]
    used = {name for text in document["services"].values() for name in text.get("secrets", [])}
    need(used == document["secrets"].keys(), f"secrets that nobody has: {sorted(document['secrets'].keys() - used)}")
    used = {volume for service in services for volume in service.data}
    need(used == document["volumes"].keys(), f"volumes that nobody has: {sorted(document['volumes'].keys() - used)}")
    started = []
    while len(started) < len(services):
        ready = [service for service in services if service not in started
                 and set(service.depends_on) <= {other.name for other in started}]
        need(ready, "services wait for each other, or for one that is not there")
        started += ready
    return started

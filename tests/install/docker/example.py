#!/usr/bin/env python3
"""example.py BASE_TAR WORK: executes examples/docker: its Dockerfiles in roots that begin as BASE_TAR, its compose.yaml with
containers made of namespaces. tests/install/docker.sh calls it."""

import base64
import contextlib
import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True

import chroot  # noqa: E402
import compose  # noqa: E402
import context  # noqa: E402
import dockerfile  # noqa: E402
import stages  # noqa: E402
from container import Container, Failed  # noqa: E402

SOURCE = pathlib.Path(__file__).resolve().parents[3]
ADDRESSES = {"hub": "10.89.0.1", "agent": "10.89.0.2"}
HEALTHY_WITHIN_S = 30


def check(condition, words):
    if not condition:
        raise Failed(words)


def say(words):
    print(f"--- {words} ({time.monotonic() - say.began:.0f} s)", flush=True)


say.began = time.monotonic()


# --- before anything runs ------------------------------------------------------------------------------------------------


def example(work):
    """A copy of the example as it is checked out, with what secrets.sh makes."""
    folder = work / "example/examples/docker"
    shutil.rmtree(work / "example", ignore_errors=True)
    listed = subprocess.run(["git", "-C", SOURCE, "ls-files", "--cached", "--others", "--exclude-standard", "examples/docker"],
                            check=True, capture_output=True, text=True).stdout.split()
    for path in listed:
        (work / "example" / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(SOURCE / path, work / "example" / path)
    made = subprocess.run([folder / "secrets.sh"], check=True, capture_output=True, text=True)
    check(not made.stdout + made.stderr, f"secrets.sh says: {made.stdout}{made.stderr}")
    secrets = folder / "secrets"
    check(secrets.stat().st_mode & 0o777 == 0o700, "secrets/ is not its owner's alone")
    before = context.digest(secrets, sorted(os.listdir(secrets)))
    subprocess.run([folder / "secrets.sh"], check=True)
    check(before == context.digest(secrets, sorted(os.listdir(secrets))), "secrets.sh made again what was there")
    return folder


def check_context(services, root):
    ignored = context.Ignored((SOURCE / ".dockerignore").read_text(encoding="utf-8"))
    for path in (".git/config", "build/debug/x", "examples/docker/secrets/hub.key", "examples/docker/compose.yaml", "tests/run.sh"):
        check(ignored(path), f"{path} would be sent to Docker")
    ignores = subprocess.run(["git", "-C", SOURCE, "check-ignore", "-q", "examples/docker/secrets/hub.key"], check=False)
    check(ignores.returncode == 0, "git would take the secrets")
    for service in services:
        check(service.context == root, f"{service.name}: its context is not the repository's root")
        check((SOURCE / service.dockerfile).is_file(), f"{service.name}: no {service.dockerfile}")


def check_settings(services, images):
    known = set(re.findall(r"^\| `([A-Z_]+)` ", (SOURCE / "src/agent/README.md").read_text(encoding="utf-8"), re.M))
    for service in services:
        image = images[service.name][1]
        for variable in {**service.environment, **image.environment} if service.name == "agent" else ():
            check(variable in known, f"kedge-agent knows no {variable}")
        for _, _, inside in service.published:
            check(inside in image.ports, f"{service.name}: port {inside} is published, and the image does not expose it")
        for folder in service.data.values():
            check(folder in image.volumes, f"{service.name}: {folder} is no volume of the image")
        check(image.health == ("/bin/sh", "-c", service.health), f"{service.name}: the image and compose.yaml check {image.health} and "
              f"{service.health}")
        check(image.user != "root" and image.entrypoint, f"{service.name}: an image without user or program")
    check(images["hub"][1].ports == [8443] and images["hub"][1].volumes, "the hub exposes 8443 and has a volume")


# --- the images ------------------------------------------------------------------------------------------------------------


def check_image(name, root, image):
    """Nothing that builds; nobody but the user's own folders can be written to by the user."""
    packages = subprocess.run(["chroot", root, "dpkg-query", "-W", "-f", "${Package}\n"], check=True, capture_output=True,
                              text=True).stdout.split()
    building = [one for one in packages if re.search(r"-dev$|^(gcc|g\+\+|cpp|clang|binutils|make|cmake|ninja|git)(-\d+)?$", one)]
    check(not building, f"{name}: the image has {building}")
    check(f"kedge-{name}" in packages and "systemd" not in packages, f"{name}: {packages}")
    for program in ("cc", "gcc", "g++", "c++", "cpp", "as", "ld", "make", "cmake", "ninja", "git", "curl"):
        found = list(root.glob(f"usr/*bin/{program}"))
        check(not found, f"{name}: the image has {found}")
    check(not list(root.glob("usr/include/*")), f"{name}: the image has headers")
    uid = chroot.account(root, image.user)[0]
    check(uid != 0, f"{name}: its user is root")
    own = subprocess.run(["find", root, "-xdev", "-uid", str(uid)], check=True, capture_output=True, text=True).stdout.split()
    volumes = [str(root / volume.lstrip("/")) for volume in image.volumes]
    check(own == volumes, f"{name}: {image.user} owns {own}, not {volumes}")
    check(not list(root.glob("var/lib/apt/lists/*_Packages*")), f"{name}: the lists of apt are left")
    size = int(subprocess.run(["du", "-sxm", root], check=True, capture_output=True, text=True).stdout.split()[0])
    print(f"{name}: {len(packages)} packages, {size} MB with the Debian it stands on; no compiler, no headers")


# --- the containers --------------------------------------------------------------------------------------------------------


def network(name, stack):
    """A process that does nothing but hold a network with a loopback."""
    holder = subprocess.Popen([*chroot.ENDS_WITH_US, "unshare", "--net", "sh", "-c", "ip link set lo up && echo up && exec sleep 3600"],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    stack.callback(holder.wait)
    stack.callback(holder.kill)
    check(holder.stdout.readline() == b"up\n", f"no network for {name}")
    return holder.pid


def networks(stack):
    """Each container's own, joined by a wire: what listens on loopback alone is not reached."""
    pids = {name: network(name, stack) for name in ADDRESSES}
    one, other = pids.values()
    subprocess.run(["ip", "link", "add", "eth0", "netns", str(one), "type", "veth", "peer", "name", "eth0", "netns", str(other)],
                   check=True)
    for name, pid in pids.items():
        for words in (["addr", "add", f"{ADDRESSES[name]}/24", "dev", "eth0"], ["link", "set", "eth0", "up"]):
            subprocess.run(["nsenter", f"--net=/proc/{pid}/ns/net", "ip", *words], check=True)
    return pids


def from_outside(pid, *words, **more):
    """A program of this machine that has the other container's network."""
    return subprocess.run(["nsenter", f"--net=/proc/{pid}/ns/net", *words], capture_output=True, text=True, check=False, timeout=60, **more)


def check_process(container, secrets):
    status = dict(re.findall(r"^(\w+):\s+(.*)$", pathlib.Path(f"/proc/{container.pid}/status").read_text(), re.M))
    name = container.service.name
    check("0" not in status["Uid"].split() + status["Gid"].split(), f"{name} runs as root: {status['Uid']}")
    check(int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0, f"{name} has capabilities: {status['CapEff']}")
    words = pathlib.Path(f"/proc/{container.pid}/cmdline").read_bytes() + pathlib.Path(f"/proc/{container.pid}/environ").read_bytes()
    check(not any(secret.encode() in words for secret in secrets), f"{name} has a secret in its command line or environment")
    check(container.exec(["sh", "-c", "echo $$"])[0] == 0 and container.exec(["cat", "/proc/1/comm"])[1] == f"kedge-{name}\n",
          f"{name}: the program is not process 1, which gets the signals")


def send(hub_pid, destination):
    body = json.dumps({"destination": destination, "amount": "1000", "data": base64.b64encode(b"hello").decode()})
    done = from_outside(hub_pid, "curl", "-sS", "--max-time", "40", f"http://{ADDRESSES['agent']}:8080/ilp/send",
                        "-H", "Content-Type: application/json", "-d", body)
    check(done.returncode == 0, f"the agent's API is not reached from another container: {done.stderr}")
    return json.loads(done.stdout)


def check_packets(agent, hub_pid):
    health = json.loads(agent.exec(["loopback-http", "GET", "8080", "/health"])[1])
    check(health["btpConnected"] is True and health["nodeId"] == "agent", f"the agent's health: {health}")
    fulfillment = base64.b64encode(hashlib.sha256(b"hello").digest()).decode()
    wanted = {"accepted": True, "fulfilled": True, "fulfillment": fulfillment, "data": base64.b64encode(b"ok").decode()}
    said = send(hub_pid, "test.hub.till")
    check(said == wanted, f"the agent answers {said}, not {wanted}")
    said = send(hub_pid, "test.nobody")
    check(said["accepted"] is False and said["code"] == "F02", f"a packet for nobody: {said}")


def call(tool, build_root, folder, hosts):
    """The `kedge` of the build, with the README's words, in a container: (mounts, command)."""
    mounts = [chroot.Mount(hosts, "/etc/hosts"), *(chroot.Mount(folder / "secrets" / name, f"/mnt/{name}") for name in ("hub.pem", "hub.token"))]
    words = [f"/kedge/build/debian-bookworm-{dpkg_architecture()}/src/kedge", "agent-gate", "call", tool, "{}", "--url", "wss://localhost:8443/",
             "--ca", "/mnt/hub.pem", "--token-file", "/mnt/hub.token", "--timeout", "60"]
    return mounts, chroot.as_user(build_root, "root", {}, words)


def dpkg_architecture():
    return subprocess.run(["dpkg", "--print-architecture"], check=True, capture_output=True, text=True).stdout.strip()


def check_tools(hub, build_root, folder, hosts, stack):
    """The gate's side: a tool that is allowed, and one that a human approves from inside the container."""
    def start(tool):
        mounts, words = call(tool, build_root, folder, hosts)
        process = subprocess.Popen(chroot.inside(build_root, mounts, words, network=hub.network), stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        stack.callback(process.wait)
        stack.callback(process.kill)
        return process

    process = start("get_temperature")
    said, errors = process.communicate(timeout=60)
    check(process.returncode == 0 and json.loads(said) == {"celsius": 21.5}, f"get_temperature: {said} {errors}")
    process = start("unlock_door")
    until = time.monotonic() + 30
    while not (waiting := json.loads(hub.exec(["loopback-http", "GET", "8444", "/approvals"])[1])["approvals"]):
        check(time.monotonic() < until and process.poll() is None, "nobody asks for an approval")
        time.sleep(0.1)
    status, said = hub.exec(["loopback-http", "POST", "8444", f"/approvals/{waiting[0]['id']}/approve"])
    check((status, said) == (0, '{"status":"approved"}'), f"approve: {status} {said}")
    said, errors = process.communicate(timeout=60)
    check(process.returncode == 0 and json.loads(said)["unlocked"] is True, f"unlock_door: {said} {errors}")
    status, said = hub.exec(["loopback-http", "POST", "8444", "/approvals/999/approve"])
    check(status == 1, f"loopback-http ends with {status} at an answer that is no success: {said}")


def check_data(hub):
    check(hub.exec(["sh", "-c", "echo kept >here && pwd"]) == (0, "/var/lib/kedge-hub\n"), "the hub cannot write to its data")
    for folder in ("/etc/kedge", "/tmp", "/usr/local/bin", "/run/secrets"):
        check(hub.exec(["sh", "-c", f": >{folder}/here"])[0] != 0, f"the hub can write to {folder}")


def check_secrets(secrets, places):
    """Nowhere, whatever is looked into."""
    known = "\n".join(secrets)
    found = subprocess.run(["grep", "-rlFaf", "/dev/stdin", "--", *map(str, places)], input=known, capture_output=True, text=True,
                           check=False)
    check(found.returncode == 1, f"a secret is in {found.stdout}{found.stderr}")


def run(base, work, stack):
    folder = example(work)
    services = compose.read(folder / "compose.yaml")
    check_context(services, work / "example")
    say("the images")
    maker = stages.Maker(base, work, SOURCE, {"KEDGE_JOBS": os.environ["KEDGE_JOBS"]} if os.environ.get("KEDGE_JOBS") else {})
    images = {service.name: maker.image(service.name, (SOURCE / service.dockerfile).read_text()) for service in services}
    check_settings(services, images)
    for name, (root, image) in images.items():
        check_image(name, root, image)

    say("docker compose up")
    hosts = work / "hosts"
    hosts.write_text("127.0.0.1 localhost\n" + "".join(f"{address} {name}\n" for name, address in ADDRESSES.items()))
    pids = networks(stack)
    running = {}
    for service in services:
        running[service.name] = Container(service, *images[service.name], work, pids[service.name], hosts)
        (work / f"{service.name}.log").unlink(missing_ok=True)
        stack.callback(running[service.name].end)
    hub, agent = running["hub"], running["agent"]
    for container in running.values():
        print(f"{container.start().service.name} is healthy after {container.wait_until_healthy(HEALTHY_WITHIN_S):.1f} s")
    texts = [(folder / "secrets" / name).read_text() for name in ("hub.token", "agent.token", "hub.key")]
    secrets = [line for text in texts for line in text.splitlines() if line and not line.startswith("-")]
    for container in running.values():
        check_process(container, secrets)
    check_packets(agent, pids["hub"])
    check_tools(hub, maker.made["build"][0], folder, hosts, stack)
    check_data(hub)

    say("the hub is stopped and started again")
    print(f"hub: ended {hub.stop():.1f} s after SIGTERM")
    deadline = time.monotonic() + HEALTHY_WITHIN_S
    while agent.healthy()[0] == 0:
        check(time.monotonic() < deadline, "the agent is healthy without a hub")
        time.sleep(0.1)
    hub.start().wait_until_healthy(HEALTHY_WITHIN_S)
    check(hub.exec(["cat", "here"]) == (0, "kept\n"), "what the hub's folder held is gone")
    print(f"agent: healthy again after {agent.wait_until_healthy(HEALTHY_WITHIN_S):.1f} s")
    check_packets(agent, pids["hub"])
    print(f"agent: ended {agent.stop():.1f} s after SIGTERM; hub: {hub.stop():.1f} s")
    check_secrets(secrets, [*(root for root, _ in maker.made.values()), *(one.root for one in running.values()), *work.glob("*.log"),
                            *work.glob("volume-*")])


def main():
    base, work = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    work.mkdir(parents=True, exist_ok=True)
    # By way of an exception, so that what was started is ended.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with contextlib.ExitStack() as stack:
            run(base, work, stack)
    except (Failed, compose.Wrong, dockerfile.Wrong) as error:
        print(f"FAILED: {error}", file=sys.stderr)
        return 1
    say("passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())

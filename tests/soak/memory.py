#!/usr/bin/env python3
"""What kedge-hub has in memory as it starts, and what a thousand idle connections add to a server. Loopback, some seconds.

usage: memory.py BUILD     a release build, with kedge-hub and tests/interop/interop_line_server: a sanitizer has memory of its own

Exit codes: 0 within the promised limits (src/hub/README.md, src/README.md), 1 beyond them, 2 wrong usage."""

import json
import os
import pathlib
import resource
import socket
import subprocess
import sys

HUB_KIB_MAX = 16 * 1024
CONNECTIONS = 1000
CONNECTIONS_KIB_MAX = 64 * 1024
REQUEST = (b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
# A text of five bytes, masked with zeros; and as it comes back.
FRAME, ECHO = b"\x81\x85\0\0\0\0hello", b"\x81\x05hello"


def resident_kib(process):
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))


def start(*command, env=None):
    """The process, and what its first line says."""
    process = subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, env={**os.environ, **(env or {})})
    return process, json.loads(process.stdout.readline())


def receive(line, size):
    got = b""
    while len(got) < size:
        piece = line.recv(size - len(got))
        if not piece:
            raise SystemExit("memory.py: the server ended a connection")
        got += piece
    return got


def dial(port):
    line = socket.create_connection(("127.0.0.1", port), timeout=30)
    line.sendall(REQUEST)
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += receive(line, 1)
    if not head.startswith(b"HTTP/1.1 101"):
        raise SystemExit(f"memory.py: no upgrade: {head!r}")
    return line


def hub(build):
    process, _ = start(build / "src/kedge-hub", env={"KEDGE_HUB_TOKEN": "a token"})
    try:
        return resident_kib(process)
    finally:
        process.terminate()
        process.wait(30)


def connections(build):
    """What a server has, what its idle connections add to it, and what they add after a message each."""
    process, listening = start(build / "tests/interop/interop_line_server", "--connections", CONNECTIONS, "--ping-ms", 0)
    try:
        before = resident_kib(process)
        lines = [dial(listening["port"]) for _ in range(CONNECTIONS)]
        idle = resident_kib(process)
        for line in lines:
            line.sendall(FRAME)
            if receive(line, len(ECHO)) != ECHO:
                raise SystemExit("memory.py: no echo")
        return before, idle - before, resident_kib(process) - before
    finally:
        process.kill()
        process.wait(30)


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    build = pathlib.Path(sys.argv[1]).resolve()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4 * CONNECTIONS) if hard > 0 else 4 * CONNECTIONS, hard))
    of_hub = hub(build)
    before, idle, after = connections(build)
    print(f"kedge-hub as it starts:              {of_hub / 1024:6.1f} MiB (at most {HUB_KIB_MAX // 1024})")
    print(f"a server with room for {CONNECTIONS}:         {before / 1024:6.1f} MiB")
    print(f"{CONNECTIONS} idle plain connections add:     {idle / 1024:6.1f} MiB (at most {CONNECTIONS_KIB_MAX // 1024})")
    print(f"and after a message each:            {after / 1024:6.1f} MiB")
    return 0 if of_hub <= HUB_KIB_MAX and idle <= CONNECTIONS_KIB_MAX else 1


if __name__ == "__main__":
    sys.exit(main())

"""The two roles of kedge: a client against our fuzzing server, and a server against our client."""

import base64
import hashlib
import os
import re
import select
import signal
import socket
import subprocess
import time

from case import play
from wire import TEXT, WAIT_S, Breach, Frame, Line, encode

AGENT = "kedge"
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
NONCE = b"dGhlIHNhbXBsZSBub25jZQ=="  # RFC 6455 section 1.3
REQUEST = (b"GET /echo HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           b"Sec-WebSocket-Key: " + NONCE + b"\r\nSec-WebSocket-Version: 13\r\n\r\n")


def accept_key(nonce):
    return base64.b64encode(hashlib.sha1(nonce + GUID).digest())


def read_head(connection):
    """The lines of an HTTP head, and what came behind it."""
    connection.settimeout(WAIT_S)
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            raise Breach(f"the stream ended during the upgrade, after {data!r}")
        data += piece
    head, _, rest = data.partition(b"\r\n\r\n")
    return head.split(b"\r\n"), rest


def fields(lines):
    return {name.strip().lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines[1:])}


def start(command):
    launch = os.environ.get("KEDGE_LAUNCH")
    return subprocess.Popen(([launch] if launch else []) + command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            text=True)


def finish(process):
    """Its output, once it has ended well and silently."""
    try:
        out, errors = process.communicate(timeout=WAIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        raise Breach(f"the program does not end: {process.communicate()}") from None
    if process.returncode != 0 or errors:
        raise Breach(f"expected exit code 0 and no complaint; got {process.returncode}: {errors}{out}")
    return out


def run_case(case, line, report):
    try:
        play(case, line)
        report.passed(case)
    except (Breach, OSError, UnicodeDecodeError) as error:
        report.failed(case, str(error))


class FuzzingServer:
    """What a conformance suite's server is for its testee: it counts, plays a case a connection, and judges."""

    def __init__(self, cases):
        self.cases = cases
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=16)
        self.url = f"ws://127.0.0.1:{self.listener.getsockname()[1]}"

    def run(self, process, report):
        """Serves until the reports are asked for. Every case in its order, none twice."""
        self.serve("/getCaseCount", process, self.count)
        for number, case in enumerate(self.cases, 1):
            self.serve(f"/runCase?case={number}&agent={AGENT}", process, lambda line, c=case: run_case(c, line, report))
        self.serve(f"/updateReports?agent={AGENT}", process, lambda line: self.end(line))

    def serve(self, path, process, talk):
        connection = self.accept(process)
        try:
            lines, rest = read_head(connection)
            expected = f"GET {path} HTTP/1.1".encode()
            if lines[0] != expected:
                raise Breach(f"expected the request {expected!r}, got {lines[0]!r}")
            asked = fields(lines)
            nonce = asked.get(b"sec-websocket-key", b"")
            if len(base64.b64decode(nonce)) != 16 or asked.get(b"sec-websocket-version") != b"13":
                raise Breach(f"expected an upgrade of RFC 6455 section 4.1, got {lines}")
            connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                               b"Sec-WebSocket-Accept: " + accept_key(nonce) + b"\r\n\r\n")
            talk(Line(connection, True, rest))
        finally:
            connection.close()

    def accept(self, process):
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            if select.select([self.listener], [], [], 0.2)[0]:
                return self.listener.accept()[0]
            if process.poll() is not None:
                raise Breach(f"the client ended with {process.returncode} before its loop did: {finish(process)}")
        raise Breach(f"no connection came within {WAIT_S} s")

    def count(self, line):
        line.send(encode(Frame(TEXT, str(len(self.cases)).encode()), line.masks))
        self.end(line)

    @staticmethod
    def end(line):
        line.send(encode(Frame(8, b"\x03\xe8"), line.masks))
        line.until(lambda: line.closing, lambda: "the answer to our close frame")
        line.shut()
        line.until_end()


def run_client(command, largest, cases, report):
    """Plays the cases against a testee: `command` is started with the largest message and the URL behind it."""
    server = FuzzingServer(cases)
    process = start([*command, "--largest", str(largest), server.url])
    try:
        server.run(process, report)
        finish(process)
    finally:
        server.listener.close()
        process.kill()
        process.communicate()


def connect(port):
    connection = socket.create_connection(("127.0.0.1", port), timeout=WAIT_S)
    connection.sendall(REQUEST)
    lines, rest = read_head(connection)
    if not lines[0].startswith(b"HTTP/1.1 101 ") or fields(lines).get(b"sec-websocket-accept") != accept_key(NONCE):
        raise Breach(f"expected an upgrade, got {lines}")
    return Line(connection, False, rest)


def run_server(command, _, cases, report):
    """Plays the cases against an echo server: `command` is started with port 0 behind it and says where it listens."""
    process = start([*command, "0"])
    try:
        said = process.stdout.readline()
        listening = re.search(r"ws://127\.0\.0\.1:(\d+)", said)
        if not listening:
            raise Breach(f"the server does not say where it listens: {said!r} {process.communicate(timeout=WAIT_S)}")
        for case in cases:
            line = connect(int(listening.group(1)))
            try:
                run_case(case, line, report)
            finally:
                line.socket.close()
        process.send_signal(signal.SIGTERM)
        finish(process)
    finally:
        process.kill()
        process.communicate()

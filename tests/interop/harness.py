"""What the interop tests share: our programs as processes, certificates, frames and HTTP by hand. Every wait is bounded."""

import asyncio
import base64
import hashlib
import json
import logging
import os
import signal
import ssl
import struct
import subprocess
import tempfile
import unittest

# So many times longer than by itself may a program take: under valgrind, in an emulator.
SLOWNESS = int(os.environ.get("KEDGE_TEST_SLOWNESS", "1"))
WAIT_S = max(20, 10 * SLOWNESS)
# What a program under test may take to connect, when a test waits for its --timeout to pass.
SHORT_S = 2 * SLOWNESS
# What this machine has in its environment is not for tests that speak to themselves.
for variable in ("http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"):
    os.environ.pop(variable, None)
SIZES = (0, 1, 125, 126, 127, 65535, 65536, 200000)
LARGEST = 256 * 1024
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def text_pattern(size):
    unit = "a\u00e9\u20ac\U0001f600"
    text = unit * (size // len(unit.encode()))
    return text + "x" * (size - len(text.encode()))


def binary_pattern(size):
    return bytes((i * 31 + i // 256) & 0xFF for i in range(size))


def long_token():
    """3 KiB that look like a JWT with many claims."""
    parts = (b'{"alg":"RS256","typ":"JWT"}', text_pattern(1960).encode(), binary_pattern(340))
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def pattern(kind, size):
    return text_pattern(size) if kind == "text" else binary_pattern(size)


def frame(opcode, payload=b"", fin=True, mask=False, rsv=0, length=None, length_bytes=None):
    """One frame; `length` lies about the payload's, `length_bytes` (0, 2, 8) chooses a form that may be too long."""
    size = len(payload) if length is None else length
    if length_bytes is None:
        length_bytes = 0 if size < 126 else 2 if size < 65536 else 8
    code = {0: size, 2: 126, 8: 127}[length_bytes]
    head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode, (0x80 if mask else 0) | code])
    head += {0: b"", 2: struct.pack("!H", size & 0xFFFF), 8: struct.pack("!Q", size)}[length_bytes]
    if mask:
        key = b"\x12\x34\x56\x78"
        head += key
        payload = bytes(byte ^ key[i % 4] for i, byte in enumerate(payload))
    return head + payload


def close_frame(code, reason=b"", mask=False):
    return frame(8, struct.pack("!H", code) + reason, mask=mask)


async def read_frame(reader):
    """(opcode, payload, fin, masked); checks what any sender must keep. ConnectionError at the end of the stream."""
    try:
        first, second = await reader.readexactly(2)
        assert first & 0x70 == 0, "a reserved bit is set"
        size = second & 0x7F
        if size == 126:
            size, = struct.unpack("!H", await reader.readexactly(2))
            assert size > 125, "not the shortest length"
        elif size == 127:
            size, = struct.unpack("!Q", await reader.readexactly(8))
            assert size > 65535, "not the shortest length"
        key = await reader.readexactly(4) if second & 0x80 else None
        payload = await reader.readexactly(size)
    except asyncio.IncompleteReadError as error:
        raise ConnectionError("the stream ended") from error
    if key:
        payload = bytes(byte ^ key[i % 4] for i, byte in enumerate(payload))
    return first & 0x0F, payload, bool(first & 0x80), key is not None


async def read_close(reader):
    """Skips to the close frame: (code, reason), the code None when it has none."""
    while True:
        opcode, payload, _, _ = await read_frame(reader)
        if opcode == 8:
            return (struct.unpack("!H", payload[:2])[0], payload[2:].decode()) if payload else (None, "")


def accept_key(request):
    key = next(line.split(b":", 1)[1].strip() for line in request.split(b"\r\n")
               if line.lower().startswith(b"sec-websocket-key:"))
    return base64.b64encode(hashlib.sha1(key + GUID).digest())


def upgrade_response(request, *extra, upgrade=b"websocket", accept=None, version=b"HTTP/1.1"):
    lines = [version + b" 101 Switching Protocols", b"Upgrade: " + upgrade, b"Connection: Upgrade",
             b"Sec-WebSocket-Accept: " + (accept or accept_key(request)), *extra]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def command(variable):
    """How the program of this variable is started: KEDGE_NATIVE_HUB, in a cross build a KEDGE_HUB of this machine, by itself."""
    native = os.environ.get(variable.replace("KEDGE_", "KEDGE_NATIVE_"))
    return [native] if native else [os.environ["KEDGE_LAUNCH"], os.environ[variable]]


class Program:
    """One of our programs. Lines of JSON on its standard output are its events."""

    def __init__(self, process):
        self.process = process
        self.events = []

    @classmethod
    async def start(cls, variable, *arguments, script=None, env=None):
        process = await asyncio.create_subprocess_exec(
            *command(variable), *map(str, arguments), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env={**os.environ, **(env or {})}, limit=1 << 22)
        program = cls(process)
        if script is not None:
            process.stdin.write(("\n".join(script) + "\n").encode())
            process.stdin.close()
        return program

    async def event(self, name):
        """The next event of that name; those before it are kept in `events`."""
        while True:
            line = await asyncio.wait_for(self.process.stdout.readline(), WAIT_S)
            if not line:
                raise AssertionError(f"no event {name}; there were {self.events}: {await self.process.stderr.read()}")
            self.events.append(json.loads(line))
            if self.events[-1]["event"] == name:
                return self.events[-1]

    async def finish(self):
        """Waits for its end: (exit code, standard output, standard error)."""
        out, errors = await asyncio.wait_for(self.process.communicate(), WAIT_S)
        self.events += [json.loads(line) for line in out.decode().splitlines() if line.startswith("{\"event")]
        return self.process.returncode, out.decode(), errors.decode()

    def signal(self, number):
        self.process.send_signal(number)

    async def kill(self):
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    def named(self, name):
        return [event for event in self.events if event["event"] == name]


class Http:
    """A connection to an HTTP API of ours."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    @classmethod
    async def open(cls, port, host="127.0.0.1"):
        return cls(*await asyncio.open_connection(host, port))

    def say(self, data):
        self.writer.write(data)

    def ask(self, method, path, body=b"", headers=None):
        headers = {"Host": "localhost", "Content-Length": len(body), **(headers or {})}
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if value is not None)
        self.say(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body)

    async def answer(self):
        """(status, headers, body); ConnectionError when there is none."""
        try:
            head = (await bounded(self.reader.readuntil(b"\r\n\r\n"))).decode().split("\r\n")
            headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in head[1:] if line)}
            body = await bounded(self.reader.readexactly(int(headers.get("content-length", 0))))
        except asyncio.IncompleteReadError as error:
            raise ConnectionError("the connection ended") from error
        return int(head[0].split(" ")[1]), headers, body

    async def ended(self):
        """Waits for the end: what came before it."""
        try:
            return await bounded(self.reader.read())
        except ConnectionError:
            return b""

    def close(self):
        self.writer.close()


class Interop(unittest.IsolatedAsyncioTestCase):
    """Starts programs and ends them, whatever happens; makes the certificates once."""

    @classmethod
    def setUpClass(cls):
        # asyncio logs each handshake that a client of ours breaks off, which is what several tests want.
        logging.getLogger("asyncio").setLevel(logging.CRITICAL)
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        subprocess.run([os.environ["KEDGE_LAUNCH"], os.environ["KEDGE_MAKE_CERTIFICATES"], cls.folder], check=True,
                       timeout=WAIT_S)

    def certificate(self, name="server"):
        return os.path.join(self.folder, name + ".pem"), os.path.join(self.folder, name + ".key")

    def server_context(self, name="server"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.certificate(name))
        return context

    def client_context(self):
        return ssl.create_default_context(cafile=self.certificate("ca")[0])

    async def program(self, *arguments, **options):
        program = await Program.start(*arguments, **options)
        self.addAsyncCleanup(program.kill)
        return program

    async def client(self, url, script, *options):
        """Runs line_client to its end: the program with its events, and its exit code."""
        program = await self.program("KEDGE_LINE_CLIENT", url, "--limit-ms", (WAIT_S - 5) * 1000, *options,
                                     script=script)
        code, _, errors = await program.finish()
        self.assertEqual("", errors, "sanitizers and asserts are silent")
        self.assertEqual([], program.named("hangs"), program.events)
        return program, code

    async def server(self, *options, tls=False):
        """A line_server: the program and its port. `stop_server` ends it and looks for leaks."""
        if tls:
            certificate, key = self.certificate()
            options += ("--cert", certificate, "--key", key)
        program = await self.program("KEDGE_LINE_SERVER", *options)
        return program, (await program.event("listening"))["port"]

    async def stop_server(self, program):
        program.signal(signal.SIGTERM)
        code, _, errors = await program.finish()
        self.assertEqual((0, ""), (code, errors))
        self.assertEqual(0, program.named("gone")[0]["connections"])

    async def raw_server(self, handler, **options):
        """A server that knows nothing of WebSocket: `handler(reader, writer)` says it all. Its port."""
        failures = []

        async def guarded(reader, writer):
            try:
                await asyncio.wait_for(handler(reader, writer), WAIT_S)
            except (ConnectionError, asyncio.IncompleteReadError):
                pass
            except Exception as error:  # or asyncio would only log it
                failures.append(error)
            finally:
                writer.close()

        server = await asyncio.start_server(guarded, "127.0.0.1", 0, **options)

        async def stop():
            server.close()
            await asyncio.wait_for(server.wait_closed(), WAIT_S)
            self.assertEqual([], failures)

        self.addAsyncCleanup(stop)
        return server.sockets[0].getsockname()[1]


async def bounded(awaitable):
    return await asyncio.wait_for(awaitable, WAIT_S)

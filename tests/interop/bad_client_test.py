"""Our server against clients that break the rules, by bare sockets."""

import asyncio
import unittest

import harness
from bad_server_test import EURO
from harness import bounded, close_frame, frame, read_close, read_frame

REQUEST = (b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")

# name: what the client asks, and the status that it gets.
UPGRADES = {
    "not HTTP": (b"hello\r\n\r\n", 400),
    "no Host": (REQUEST.replace(b"Host: x\r\n", b""), 400),
    "folded header": (REQUEST.replace(b"Host: x\r\n", b"Host: x\r\n y\r\n"), 400),
    "space before the colon": (REQUEST.replace(b"Host:", b"Host :"), 400),
    "a NUL": (REQUEST.replace(b"Host: x", b"Host: x\0"), 400),
    "no key": (REQUEST.replace(b"Sec-WebSocket-Key", b"X-Key"), 400),
    "short key": (REQUEST.replace(b"dGhlIHNhbXBsZSBub25jZQ==", b"c2hvcnQ="), 400),
    "nowhere": (REQUEST.replace(b"GET / ", b"GET /nowhere "), 404),
    "POST": (REQUEST.replace(b"GET", b"POST"), 405),
    "no Upgrade": (REQUEST.replace(b"Upgrade: websocket\r\n", b""), 426),
    "version 8": (REQUEST.replace(b"Version: 13", b"Version: 8"), 426),
    "header of 64 KiB": (REQUEST.replace(b"Host: x", b"Host: x\r\nX: " + b"y" * 65536), 431),
    "a thousand headers": (REQUEST.replace(b"Host: x\r\n", b"Host: x\r\n" + b"X: y\r\n" * 1000), 431),
    "busy": (REQUEST.replace(b"GET / ", b"GET /busy "), 503),
    "HTTP/1.0": (REQUEST.replace(b"HTTP/1.1", b"HTTP/1.0"), 505),
}

# name: what the client sends on the open line, and the close code that it gets.
FRAMES = {
    "reserved bit": (frame(1, b"x", rsv=4, mask=True), 1002),
    "unknown opcode": (frame(5, b"x", mask=True), 1002),
    "not masked": (frame(1, b"x"), 1002),
    "fragmented control frame": (frame(9, b"x", fin=False, mask=True), 1002),
    "ping of 126 bytes": (frame(9, b"x" * 126, mask=True), 1002),
    "continuation without a start": (frame(0, b"x", mask=True), 1002),
    "a start inside a message": (frame(1, b"x", fin=False, mask=True) + frame(2, b"y", mask=True), 1002),
    "length with the top bit": (frame(2, b"x", length=1 << 63, length_bytes=8, mask=True), 1002),
    "length over the limit": (frame(2, b"x", length=harness.LARGEST + 1, mask=True), 1009),
    "length of 2^62": (frame(2, b"x", length=1 << 62, mask=True), 1009),
    "fragments over the limit": (frame(2, b"x" * 200000, fin=False, mask=True) +
                                 frame(0, b"x" * 200000, mask=True), 1009),
    "invalid UTF-8": (frame(1, b"\xc0\xaf", mask=True), 1007),
    "invalid UTF-8 split across fragments": (frame(1, EURO[:2], fin=False, mask=True) +
                                             frame(0, b"x", mask=True), 1007),
    "close with 1005": (close_frame(1005, mask=True), 1002),
    "close with 1006": (close_frame(1006, mask=True), 1002),
    "close with 999": (close_frame(999, mask=True), 1002),
}


class BadClients(harness.Interop):
    async def connect(self, port):
        reader, writer = await bounded(asyncio.open_connection("127.0.0.1", port, limit=1 << 20))
        self.addCleanup(writer.close)
        return reader, writer

    async def test_each_bad_upgrade_gets_its_status(self):
        program, port = await self.server()
        for name, (request, status) in UPGRADES.items():
            with self.subTest(name):
                reader, writer = await self.connect(port)
                writer.write(request)
                answer = await bounded(reader.read())
                self.assertTrue(answer.startswith(b"HTTP/1.1 %d " % status), answer[:60])
                self.assertIn(b"Connection: close", answer)
                extra = {405: b"Allow: GET", 426: b"Sec-WebSocket-Version: 13", 503: b"Retry-After: 7"}.get(status)
                self.assertTrue(extra is None or extra in answer, answer)
                writer.close()
        await self.stop_server(program)

    async def test_a_client_that_never_asks_gets_408(self):
        program, port = await self.server("--upgrade-ms", 100)
        for beginning in (b"", REQUEST[:30]):
            reader, writer = await self.connect(port)
            writer.write(beginning)
            self.assertTrue((await bounded(reader.read())).startswith(b"HTTP/1.1 408 "))
            writer.close()
        await self.stop_server(program)

    async def test_a_request_in_single_bytes_is_understood(self):
        program, port = await self.server()
        reader, writer = await self.connect(port)
        for byte in REQUEST:
            writer.write(bytes([byte]))
            await writer.drain()
        head = await bounded(reader.readuntil(b"\r\n\r\n"))
        self.assertIn(b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", head)
        writer.close()
        await self.stop_server(program)

    async def test_each_bad_frame_gets_its_close_code(self):
        program, port = await self.server()
        for name, (bytes_, expected) in FRAMES.items():
            with self.subTest(name):
                reader, writer = await self.connect(port)
                writer.write(REQUEST + bytes_)  # in one segment with the request
                await bounded(reader.readuntil(b"\r\n\r\n"))
                self.assertEqual(expected, (await bounded(read_close(reader)))[0])
                self.assertEqual(b"", await bounded(reader.read()), "then the server ends the line")
                writer.close()
                error = (await program.event("closed"))["error"]
                self.assertIn(error["kind"], ("protocol", "too_large"))
                self.assertEqual(("websocket", expected), (error["layer"], error["layer_code"]))
        await self.stop_server(program)

    async def test_our_frames_are_not_masked_and_cut_as_told(self):
        program, port = await self.server("--fragment", 1000)
        reader, writer = await self.connect(port)
        writer.write(REQUEST + frame(2, harness.binary_pattern(2500), mask=True))
        await bounded(reader.readuntil(b"\r\n\r\n"))
        frames = [await bounded(read_frame(reader)) for _ in range(3)]
        self.assertEqual([(2, 1000, False, False), (0, 1000, False, False), (0, 500, True, False)],
                         [(opcode, len(payload), fin, masked) for opcode, payload, fin, masked in frames])
        self.assertEqual(harness.binary_pattern(2500), b"".join(payload for _, payload, _, _ in frames))
        writer.close()
        await self.stop_server(program)

    async def test_clients_that_vanish_leave_nothing(self):
        program, port = await self.server("--connections", 2)
        for end in (b"", frame(1, b"half", length=100, mask=True)):
            reader, writer = await self.connect(port)
            writer.write(REQUEST + end)
            await bounded(reader.readuntil(b"\r\n\r\n"))
            writer.transport.abort()
            self.assertEqual("connection", (await program.event("closed"))["error"]["kind"])
        await self.stop_server(program)


if __name__ == "__main__":
    unittest.main()

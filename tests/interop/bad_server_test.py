"""Our client against servers that break the rules: each error names its layer and reason, and nothing hangs."""

import asyncio
import struct
import unittest

import harness
from harness import bounded, close_frame, frame, read_close, read_frame, upgrade_response

OK_BUT_REFUSED = b"\r\nContent-Length: 0\r\n\r\n"

# name: what the server answers to an upgrade, and the error: kind, layer, layer's code, words.
UPGRADES = {
    "truncated": (lambda r: upgrade_response(r)[:40], "connection", "http", 0, "ended the connection during"),
    "silence, then the end": (lambda r: b"", "connection", "http", 0, "ended the connection during"),
    "not HTTP": (lambda r: b"SSH-2.0-OpenSSH_9.2\r\n", "protocol", "http", 0, "does not speak HTTP: check the port"),
    "TLS": (lambda r: bytes([0x15, 3, 1, 0, 2, 2, 70]), "protocol", "http", 0, "use wss://"),
    "folded header": (lambda r: upgrade_response(r, b"X-Long: a", b" folded"), "protocol", "http", 0, "fold"),
    "wrong accept key": (lambda r: upgrade_response(r, accept=b"AAAAAAAAAAAAAAAAAAAAAAAAAAA="), "protocol", "http", 0,
                         "Sec-WebSocket-Accept"),
    "301": (lambda r: b"HTTP/1.1 301 Moved\r\nLocation: /x" + OK_BUT_REFUSED, "connection", "http", 301, "not followed): /x"),
    "401": (lambda r: b"HTTP/1.1 401 No" + OK_BUT_REFUSED, "authentication", "http", 401, "401"),
    "404": (lambda r: b"HTTP/1.1 404 No" + OK_BUT_REFUSED, "connection", "http", 404, "404"),
    "HTTP/1.0": (lambda r: upgrade_response(r, version=b"HTTP/1.0"), "protocol", "http", 0, "HTTP/1.0"),
    "header of 64 KiB": (lambda r: upgrade_response(r, b"X: " + b"y" * 65536), "too_large", "http", 0, ""),
    "a thousand headers": (lambda r: upgrade_response(r, *[b"X: y"] * 1000), "too_large", "http", 0, ""),
    "wrong Upgrade": (lambda r: upgrade_response(r, upgrade=b"h2c"), "protocol", "http", 0, "Upgrade: websocket"),
    "unasked subprotocol": (lambda r: upgrade_response(r, b"Sec-WebSocket-Protocol: chat"), "protocol", "http", 0,
                            "subprotocol"),
    "unasked extension": (lambda r: upgrade_response(r, b"Sec-WebSocket-Extensions: permessage-deflate"), "protocol",
                          "http", 0, "extension"),
}

EURO = "\u20ac".encode()

# name: what the server sends on the open line, and the close code that it gets for it.
FRAMES = {
    "reserved bit 1": (frame(1, b"x", rsv=4), 1002),
    "reserved bit 2": (frame(1, b"x", rsv=2), 1002),
    "reserved bit 3": (frame(2, b"x", rsv=1), 1002),
    "unknown data opcode": (frame(3, b"x"), 1002),
    "unknown control opcode": (frame(11, b"x"), 1002),
    "masked from a server": (frame(1, b"x", mask=True), 1002),
    "fragmented control frame": (frame(9, b"x", fin=False), 1002),
    "ping of 126 bytes": (frame(9, b"x" * 126), 1002),
    "continuation without a start": (frame(0, b"x"), 1002),
    "a start inside a message": (frame(1, b"x", fin=False) + frame(1, b"y"), 1002),
    "length with the top bit": (frame(2, b"x", length=1 << 63, length_bytes=8), 1002),
    "length in 2 bytes for 5": (frame(1, b"hello", length_bytes=2), 1002),
    "length in 8 bytes for 5": (frame(1, b"hello", length_bytes=8), 1002),
    "invalid UTF-8": (frame(1, b"a\xff"), 1007),
    "a surrogate in UTF-8": (frame(1, b"\xed\xa0\x80"), 1007),
    "invalid UTF-8 split across fragments": (frame(1, EURO[:2], fin=False) + frame(0, b"x"), 1007),
    "UTF-8 cut off at the end": (frame(1, b"ok", fin=False) + frame(0, EURO[:1]), 1007),
    "close with 1005": (close_frame(1005), 1002),
    "close with 1006": (close_frame(1006), 1002),
    "close with 999": (close_frame(999), 1002),
    "close with half a code": (frame(8, b"\x03"), 1002),
    "close with a reason that is not UTF-8": (close_frame(1000, b"\xff"), 1007),
}


async def upgrade(reader, writer, behind=b""):
    request = await reader.readuntil(b"\r\n\r\n")
    writer.write(upgrade_response(request) + behind)


class BadUpgrades(harness.Interop):
    async def refusal(self, answer, *options):
        """What the client says of a server that answers with `answer(request)` and then ends the line."""
        async def handler(reader, writer):
            writer.write(answer(await reader.readuntil(b"\r\n\r\n")))
            await writer.drain()

        port = await self.raw_server(handler)
        program, code = await self.client(f"ws://127.0.0.1:{port}/", ["echo text 1"], *options)
        self.assertEqual(1, code, "a script that could not be done")
        return program.named("end")[0]["error"]

    async def test_each_is_named(self):
        for name, (answer, kind, layer, code, words) in UPGRADES.items():
            with self.subTest(name):
                error = await self.refusal(answer)
                self.assertEqual((kind, layer, code), (error["kind"], error["layer"], error["layer_code"]), error)
                self.assertIn(words, error["message"])

    async def test_retry_after_is_told(self):
        error = await self.refusal(lambda r: b"HTTP/1.1 503 Busy\r\nRetry-After: 7" + OK_BUT_REFUSED)
        self.assertEqual(("connection", 503, 7), (error["kind"], error["layer_code"], error["retry_after"]))

    async def test_endless_headers_end_at_the_limit(self):
        async def handler(reader, writer):
            request = await reader.readuntil(b"\r\n\r\n")
            writer.write(upgrade_response(request)[:-2])
            while True:  # until the client goes
                writer.write(b"X-More: and more\r\n" * 100)
                await writer.drain()

        port = await self.raw_server(handler)
        program, _ = await self.client(f"ws://127.0.0.1:{port}/", ["end"])
        self.assertEqual("too_large", program.named("end")[0]["error"]["kind"])

    async def test_a_server_that_never_answers_meets_the_deadline(self):
        async def handler(reader, writer):
            await reader.read()  # until the client goes

        port = await self.raw_server(handler)
        program, _ = await self.client(f"ws://127.0.0.1:{port}/", ["end"], "--upgrade-ms", 100)
        error = program.named("end")[0]["error"]
        self.assertEqual(("timeout", "http"), (error["kind"], error["layer"]))

    async def test_a_banner_ends_the_attempt_at_its_first_byte_though_the_line_stays_open(self):
        async def handler(reader, writer):
            try:
                for byte in b"SSH-2.0-OpenSSH_9.2\r\n":
                    writer.write(bytes([byte]))
                    await writer.drain()
                await reader.read()  # until the client goes
            except ConnectionError:
                pass

        port = await self.raw_server(handler)
        program, _ = await self.client(f"ws://127.0.0.1:{port}/", ["end"], "--upgrade-ms", 60000)
        error = program.named("end")[0]["error"]
        self.assertEqual(("protocol", "the server does not speak HTTP: check the port"),
                         (error["kind"], error["message"]))

    async def test_frames_in_the_segment_of_the_101_are_kept(self):
        async def handler(reader, writer):
            await upgrade(reader, writer, behind=frame(1, harness.text_pattern(126).encode()) + frame(9, b"early"))
            self.assertEqual((10, b"early"), (await read_frame(reader))[:2])
            writer.write(close_frame(1000))
            await reader.read()

        port = await self.raw_server(handler)
        program, code = await self.client(f"ws://127.0.0.1:{port}/", ["expect text 126", "end"])
        self.assertEqual(0, code, program.events)


class BadFrames(harness.Interop):
    async def test_each_gets_its_close_code_and_is_named(self):
        for name, (bytes_, expected) in FRAMES.items():
            with self.subTest(name):
                codes = []

                async def handler(reader, writer):
                    await upgrade(reader, writer)
                    writer.write(bytes_)
                    codes.append((await read_close(reader))[0])

                port = await self.raw_server(handler)
                program, _ = await self.client(f"ws://127.0.0.1:{port}/", ["end"])
                error = program.named("end")[0]["error"]
                self.assertEqual(("protocol", "websocket", expected),
                                 (error["kind"], error["layer"], error["layer_code"]), error)
                self.assertGreater(len(error["message"]), 10)
                self.assertEqual([expected], codes)

    async def test_a_close_without_a_code_is_1005(self):
        async def handler(reader, writer):
            await upgrade(reader, writer)
            writer.write(frame(8))
            self.assertEqual((None, ""), await read_close(reader))

        port = await self.raw_server(handler)
        program, _ = await self.client(f"ws://127.0.0.1:{port}/", ["end"])
        self.assertEqual(1005, program.named("end")[0]["error"]["layer_code"])

    async def test_an_end_inside_a_frame_is_told(self):
        async def handler(reader, writer):
            await upgrade(reader, writer)
            writer.write(frame(1, b"half", length=100))

        port = await self.raw_server(handler)
        program, _ = await self.client(f"ws://127.0.0.1:{port}/", ["end"])
        error = program.named("end")[0]["error"]
        self.assertEqual(("connection", "websocket", 1006), (error["kind"], error["layer"], error["layer_code"]))

    async def test_our_frames_are_masked_each_with_its_key_and_cut_as_told(self):
        seen = []

        async def handler(reader, writer):
            await upgrade(reader, writer)
            whole = b""
            while True:
                opcode, payload, fin, masked = await read_frame(reader)
                seen.append((opcode, len(payload), fin, masked))
                whole += payload
                if fin:
                    break
            writer.write(frame(1, whole))
            self.assertEqual(1000, (await read_close(reader))[0])
            writer.write(close_frame(1000))

        port = await self.raw_server(handler)
        _, code = await self.client(f"ws://127.0.0.1:{port}/", ["echo text 2500", "close"], "--fragment", 1000)
        self.assertEqual(0, code)
        self.assertEqual([(1, 1000, False, True), (0, 1000, False, True), (0, 500, True, True)], seen)

    async def test_pings_between_fragments_are_answered_at_once(self):
        async def handler(reader, writer):
            await upgrade(reader, writer)
            whole = harness.text_pattern(127).encode()
            for at in range(0, len(whole), 50):
                writer.write(frame(9, bytes([at])))
                self.assertEqual((10, bytes([at])), (await read_frame(reader))[:2])
                writer.write(frame(0 if at else 1, whole[at:at + 50], fin=at + 50 >= len(whole)))
            await read_close(reader)
            writer.write(close_frame(1000))

        port = await self.raw_server(handler)
        program, code = await self.client(f"ws://127.0.0.1:{port}/", ["expect text 127", "close"])
        self.assertEqual(0, code, program.events)

    async def test_a_server_that_does_not_answer_our_close_cannot_hold_us(self):
        async def handler(reader, writer):
            await upgrade(reader, writer)
            await reader.read()  # until the client goes

        port = await self.raw_server(handler)
        _, code = await self.client(f"ws://127.0.0.1:{port}/", ["close"])
        self.assertEqual(0, code)


class BadTls(harness.Interop):
    async def refusal(self, port, *options, ca="ca", host="localhost"):
        program, _ = await self.client(f"wss://{host}:{port}/", ["end"], "--ca", self.certificate(ca)[0], *options)
        error = program.named("end")[0]["error"]
        return error

    async def secure_port(self, certificate):
        async def handler(reader, writer):
            await reader.read()

        return await self.raw_server(handler, ssl=self.server_context(certificate))

    async def test_certificates_are_refused_in_words(self):
        unverified, dates = -0x2700, -0x2701
        for certificate, ca, code, words in (("expired", "ca", dates, "this device's clock says"),
                                             ("stranger", "ca", unverified, "localhost"),
                                             ("rogue", "ca", unverified, ""), ("server", "other_ca", unverified, "")):
            with self.subTest(certificate):
                error = await self.refusal(await self.secure_port(certificate), ca=ca)
                self.assertEqual(("tls", "tls", code), (error["kind"], error["layer"], error["layer_code"]))
                self.assertIn(words, error["message"])

    async def test_a_plain_server_is_named(self):
        async def handler(reader, writer):
            await reader.read(100)
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        error = await self.refusal(await self.raw_server(handler))
        self.assertEqual(("tls", "tls"), (error["kind"], error["layer"]), error)

    async def test_a_truncated_handshake_is_named(self):
        for answer in (b"", b"\x16\x03\x03\x00\x50\x02\x00"):
            with self.subTest(answer):
                async def handler(reader, writer):
                    await reader.read(100)
                    writer.write(answer)

                error = await self.refusal(await self.raw_server(handler))
                self.assertIn(error["kind"], ("tls", "connection"), error)
                self.assertGreater(len(error["message"]), 10)

    async def test_a_silent_server_meets_the_deadline(self):
        async def handler(reader, writer):
            await reader.read()

        async def silent(reader, writer):
            while await reader.read(1000):
                pass

        error = await self.refusal(await self.raw_server(silent), "--upgrade-ms", 200)
        self.assertEqual(("timeout", "tls"), (error["kind"], error["layer"]))


if __name__ == "__main__":
    unittest.main()

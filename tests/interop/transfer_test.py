#!/usr/bin/env python3
"""8 MiB each way through buffers of 4 KiB, resumed after two cuts, with python-websockets: straight, over TLS, through tinyproxy."""

import asyncio
import unittest

import websockets

import harness
from tinyproxy_test import WithTinyproxy

BYTES = 8 * 1024 * 1024


def expected():
    one = bytearray()
    for block in range(256):
        one += bytes((place * 31 + block) & 0xFF for place in range(256))
    return bytes(one) * (BYTES // len(one))


class Server:
    """What tests/support/transfer.hpp says of the other side; cuts the first two lines half way."""

    def __init__(self):
        self.pattern, self.had, self.lines, self.wrong = expected(), 0, 0, False

    async def serve(self, line):
        self.lines += 1
        cut_at = {1: BYTES // 4, 2: BYTES // 2}.get(self.lines, BYTES + 1)
        words, number = (await line.recv()).split()
        assert words == "resume", words
        await line.send(f"resume {self.had}")
        sending = asyncio.ensure_future(self.download(line, int(number)))
        try:
            async for part in line:
                self.wrong |= part != self.pattern[self.had:self.had + len(part)]
                self.had += len(part)
                if self.had == BYTES:
                    await sending  # a message in pieces is open until then
                    await line.send("done")
                elif self.had >= cut_at:
                    line.transport.abort()
        except websockets.ConnectionClosedError:
            pass
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    async def download(self, line, place):
        if place < BYTES:
            await line.send(self.pattern[at:at + 65536] for at in range(place, BYTES, 65536))


class Transfers(WithTinyproxy, harness.Interop):
    async def transfer(self, secure=False, proxy=None):
        server = Server()
        async with websockets.serve(server.serve, "127.0.0.1", 0, max_size=None, ping_interval=None, compression=None,
                                    ssl=self.server_context() if secure else None) as listener:
            port = listener.sockets[0].getsockname()[1]
            url = f"{'wss' if secure else 'ws'}://localhost:{port}/"
            env = {"KEDGE_CA": self.certificate("ca")[0]}
            if proxy:
                env |= {"all_proxy": proxy.url()}
            program = await self.program("KEDGE_TRANSFER", url, env=env)
            code, out, errors = await program.finish()
        self.assertEqual((0, ""), (code, out), errors)
        self.assertNotIn("rror: ", errors, "sanitizers are silent")
        self.assertEqual((3, BYTES, False), (server.lines, server.had, server.wrong), errors)

    async def test_on_a_straight_line(self):
        await self.transfer()

    async def test_over_tls(self):
        await self.transfer(secure=True)

    async def test_over_tls_through_a_proxy(self):
        proxy = await self.tinyproxy()
        await self.transfer(secure=True, proxy=proxy)
        self.assertEqual(3, proxy.logged().count("CONNECT localhost"))


if __name__ == "__main__":
    unittest.main(verbosity=2)

"""Our server against a client of another make: python-websockets as it comes, offering compression."""

import asyncio
import unittest

import websockets

import harness
from harness import SIZES, bounded, pattern


class EchoClient(harness.Interop):
    secure = False

    async def start(self, *options):
        self.program_, self.port = await self.server(*options, tls=self.secure)

    def connect(self, path="/", **options):
        if self.secure:
            options["ssl"] = self.client_context()
        url = f"wss://localhost:{self.port}{path}" if self.secure else f"ws://127.0.0.1:{self.port}{path}"
        options = {"max_size": None, "ping_interval": None, "close_timeout": 5, "open_timeout": harness.WAIT_S,
                   **options}
        return websockets.connect(url, **options)

    async def test_every_size_and_kind_comes_back(self):
        await self.start()
        async with self.connect() as peer:
            for kind in ("text", "binary"):
                for size in SIZES:
                    await peer.send(pattern(kind, size))
                    self.assertEqual(pattern(kind, size), await bounded(peer.recv()), (kind, size))
        self.assertEqual(1000, peer.close_code)
        await self.stop_server(self.program_)

    async def test_compression_and_subprotocols_on_offer_are_declined(self):
        await self.start()
        async with self.connect(compression="deflate", subprotocols=["chat"]) as peer:
            self.assertEqual([], peer.extensions)
            self.assertIsNone(peer.subprotocol)
            await peer.send("x" * 5000)
            self.assertEqual("x" * 5000, await bounded(peer.recv()))
        await self.stop_server(self.program_)

    async def test_fragments_both_ways(self):
        await self.start("--fragment", 1000)
        async with self.connect() as peer:
            for kind in ("text", "binary"):
                for step, size in ((1, 300), (126, 65536), (65537, 200000)):
                    whole = pattern(kind, size)
                    await peer.send([whole[at:at + step] for at in range(0, len(whole), step)])
                    self.assertEqual(whole, await bounded(peer.recv()), (kind, step, size))
        await self.stop_server(self.program_)

    async def test_pings_both_ways(self):
        await self.start("--ping-ms", 20)
        async with self.connect() as peer:
            for payload in (b"", b"x", b"y" * 125):
                await bounded(await peer.ping(payload))
            answered = asyncio.Event()
            pong = peer.pong

            async def counted(data=b""):
                answered.set()
                await pong(data)

            peer.pong = counted  # what the library calls for a ping of ours
            await bounded(answered.wait())
            await peer.send("after")
            self.assertEqual("after", await bounded(peer.recv()))
        closed = await self.program_.event("closed")
        self.assertGreaterEqual(closed["pongs"], 1)
        await self.stop_server(self.program_)

    async def test_its_close_is_answered_with_its_code(self):
        await self.start()
        for code, reason in ((1000, ""), (1001, "away"), (1008, "h\u00e9llo"), (4999, "x" * 123)):
            peer = await self.connect()
            await bounded(peer.close(code, reason))
            self.assertEqual(code, peer.close_code)
            error = (await self.program_.event("closed"))["error"]
            self.assertEqual((code, "websocket"), (error["layer_code"], error["layer"]))
            self.assertIn(reason[:60], error["message"])
        await self.stop_server(self.program_)

    async def test_our_close_arrives_with_code_and_reason_after_what_was_sent(self):
        await self.start()
        for code, reason in ((1000, "bye"), (1013, "h\u00e9llo"), (4000, "Another agent is already connected")):
            async with self.connect() as peer:
                await peer.send("!send binary 200000")
                await peer.send(f"!close {code} {reason}")
                self.assertEqual(200000, len(await bounded(peer.recv())))
                with self.assertRaises(websockets.ConnectionClosed):
                    await bounded(peer.recv())
                self.assertEqual((code, reason), (peer.close_code, peer.close_reason))
        await self.stop_server(self.program_)

    async def test_a_message_too_large_ends_with_1009(self):
        await self.start()
        async with self.connect() as peer:
            await peer.send(b"x" * (harness.LARGEST + 1))
            with self.assertRaises(websockets.ConnectionClosed):
                await bounded(peer.recv())
            self.assertEqual(1009, peer.close_code)
        await self.stop_server(self.program_)

    async def test_everybody_is_told_when_the_server_goes(self):
        await self.start()
        peers = [await self.connect() for _ in range(5)]
        self.program_.signal(harness.signal.SIGTERM)
        for peer in peers:
            with self.assertRaises(websockets.ConnectionClosed):
                await bounded(peer.recv())
            self.assertEqual(1001, peer.close_code)
        self.assertEqual(0, (await self.program_.finish())[0])

    async def test_a_refusal_carries_its_status(self):
        await self.start()
        for path, status in (("/nowhere", 404), ("/busy", 503)):
            with self.assertRaises(websockets.InvalidStatusCode) as caught:
                await self.connect(path)
            self.assertEqual(status, caught.exception.status_code)
        self.assertEqual("7", caught.exception.headers["Retry-After"])
        await self.stop_server(self.program_)


class SecureEchoClient(EchoClient):
    secure = True


if __name__ == "__main__":
    unittest.main()

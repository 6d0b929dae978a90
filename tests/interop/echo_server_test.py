"""Our client against a server of another make: python-websockets as it comes, compression on offer and all."""

import asyncio
import unittest

import websockets

import harness
from harness import SIZES, bounded, pattern


async def echo(peer, _path=None):
    """Echoes; text that begins with `!` is an order."""
    async for message in peer:
        if not (isinstance(message, str) and message.startswith("!")):
            await peer.send(message)
            continue
        verb, *words = message.split(" ", 3)
        if verb == "!close":
            await peer.close(int(words[0]), words[1])
        elif verb == "!ping":
            await bounded(await peer.ping(words[0].encode()))
            await peer.send("")
        elif verb == "!cut":
            peer.transport.abort()
        elif verb == "!fragments":
            step, kind, size = int(words[0]), words[1], int(words[2])
            whole = pattern(kind, size)
            await peer.send([whole[at:at + step] for at in range(0, len(whole), step)])
        elif verb == "!send":
            await peer.send(pattern(words[0], int(words[1])))


class EchoServer(harness.Interop):
    secure = False

    async def asyncSetUp(self):
        self.closes = asyncio.Queue()

        async def handler(peer, path=None):
            try:
                await echo(peer)
            except websockets.ConnectionClosed:
                pass  # any code but 1000 and 1001
            self.closes.put_nowait((peer.close_code, peer.close_reason))

        options = {"ssl": self.server_context()} if self.secure else {}
        server = await websockets.serve(handler, "127.0.0.1", 0, subprotocols=["chat", "soap"], max_size=None,
                                        ping_interval=None, close_timeout=5, **options)
        port = server.sockets[0].getsockname()[1]
        self.url = f"wss://localhost:{port}/" if self.secure else f"ws://127.0.0.1:{port}/"

        async def stop():
            server.close()
            await bounded(server.wait_closed())

        self.addAsyncCleanup(stop)

    async def run_client(self, script, *options):
        if self.secure:
            options += ("--ca", self.certificate("ca")[0])
        return await self.client(self.url, script, *options)

    async def run_to_the_end(self, script, *options):
        program, code = await self.run_client(script, *options)
        self.assertEqual(0, code, program.events)
        return program

    async def test_every_size_and_kind_comes_back(self):
        script = [f"echo {kind} {size}" for kind in ("text", "binary") for size in SIZES]
        program = await self.run_to_the_end([*script, "close"])
        self.assertEqual([True] * len(script), [event["same"] for event in program.named("message")])
        self.assertEqual((1000, ""), await bounded(self.closes.get()))
        self.assertEqual("closed", program.named("end")[0]["error"]["kind"])

    async def test_our_fragments_are_joined_there(self):
        script = [f"echo {kind} {size}" for kind in ("text", "binary") for size in (999, 1000, 1001, 200000)]
        await self.run_to_the_end([*script, "close"], "--fragment", 1000)

    async def test_its_fragments_are_joined_here(self):
        script = []
        for kind in ("text", "binary"):
            for step, size in ((1, 300), (126, 65536), (65537, 200000)):
                script += [f"text !fragments {step} {kind} {size}", f"expect {kind} {size}"]
        await self.run_to_the_end([*script, "close"])

    async def test_its_pings_are_answered(self):
        await self.run_to_the_end(["text !ping x", "expect text 0", "close"])

    async def test_our_pings_are_answered(self):
        await self.run_to_the_end(["pongs 3", "echo text 125", "close"], "--ping-ms", 20)

    async def test_its_close_is_told_with_code_and_reason(self):
        for code, reason in ((1000, "done"), (1001, "going"), (1008, "policy"), (1011, ""), (4001, "h\u00e9llo")):
            with self.subTest(code=code):
                program = await self.run_to_the_end([f"text !close {code} {reason}", "end"])
                error = program.named("end")[0]["error"]
                self.assertEqual(("connection", "websocket", code),
                                 (error["kind"], error["layer"], error["layer_code"]))
                self.assertIn(reason, error["message"])
                self.assertEqual(code, (await bounded(self.closes.get()))[0], "the code came back")

    async def test_a_line_cut_there_is_told(self):
        program = await self.run_to_the_end(["text !cut", "end"])
        self.assertEqual("connection", program.named("end")[0]["error"]["kind"])

    async def test_a_message_too_large_is_skipped_and_the_line_kept(self):
        size = harness.LARGEST + 1
        await self.run_to_the_end([f"text !send binary {size}", f"discarded {size}", f"text !send text {size}",
                                   f"discarded {size}", "echo text 1", "close"])


class SecureEchoServer(EchoServer):
    secure = True

    async def test_a_server_of_another_ca_is_refused(self):
        program, _ = await self.client(self.url, ["end"], "--ca", self.certificate("other_ca")[0])
        error = program.named("end")[0]["error"]
        self.assertEqual(("tls", "tls"), (error["kind"], error["layer"]))


if __name__ == "__main__":
    unittest.main()

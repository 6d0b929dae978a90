#!/usr/bin/env python3
"""examples/plain_websocket, the README's program for a plain WebSocket, with python-websockets."""

import asyncio
import signal
import unittest

import websockets

import harness
from harness import bounded


class PlainWebSocket(harness.Interop):
    async def test_it_says_its_words_and_prints_what_comes_on_every_line(self):
        said = asyncio.Queue()

        async def serve(line):
            await line.send("welcome")
            async for words in line:
                said.put_nowait(words)
                if words == "two":
                    return line.transport.abort()

        async with websockets.serve(serve, "127.0.0.1", 0, ssl=self.server_context()) as listener:
            url = f"wss://localhost:{listener.sockets[0].getsockname()[1]}/"
            program = await self.program("KEDGE_PLAIN_WEBSOCKET", url, "one", "two",
                                         env={"KEDGE_CA": self.certificate("ca")[0]})
            self.assertEqual(["one", "two"], [await bounded(said.get()) for _ in range(2)])
            for _ in range(2):  # on the first line, and on that which follows
                self.assertEqual(b"welcome\n", await bounded(program.process.stdout.readline()))
            program.signal(signal.SIGTERM)
            _, out, errors = await program.finish()
        self.assertEqual("", out)
        self.assertNotIn("rror: ", errors, "sanitizers are silent")


if __name__ == "__main__":
    unittest.main(verbosity=2)

"""kedge websocket and a server on python3-websockets, which a test scripts: what the tests of both share."""

import asyncio
import os
import subprocess

import websockets

from cli import Cli, TOKEN
from harness import WAIT_S, bounded


class Websocket(Cli):
    async def serve(self, handler, tls=False, **options):
        """A server in this process whose connections are `handler(peer)`; its port."""
        async def each(peer, _path=None):
            await handler(peer)

        server = await websockets.serve(each, "127.0.0.1", 0, max_size=None,
                                        ssl=self.server_context() if tls else None, **options)

        async def stop():
            server.close()
            await bounded(server.wait_closed())

        self.addAsyncCleanup(stop)
        return server.sockets[0].getsockname()[1]

    async def start(self, port, *options, env=None, token="", url=None, **pipes):
        """Starts it with pipes for all that `pipes` (stdin, stdout, stderr) do not name."""
        process = await asyncio.create_subprocess_exec(
            os.environ["KEDGE_LAUNCH"], os.environ["KEDGE_CLI"], "websocket", url or f"ws://127.0.0.1:{port}/",
            *map(str, options), **{"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **pipes},
            env={**os.environ, **self.environment(token, env)}, limit=1 << 25)

        async def kill():
            if process.returncode is None:
                process.kill()
                await process.wait()

        self.addAsyncCleanup(kill)
        return process

    async def ended(self, process, given=None):
        """(exit code, standard output, standard error as text) once it has got `given` and the end of its input."""
        out, errors = await asyncio.wait_for(process.communicate(given if process.stdin else None), WAIT_S)
        errors = (errors or b"").decode()
        for word in (TOKEN, "runtime error", "AddressSanitizer"):
            self.assertNotIn(word, (out or b"").decode(errors="replace") + errors)
        return process.returncode, out, errors

    async def run_it(self, port, given, *options, **more):
        return await self.ended(await self.start(port, *options, **more), given)

    async def good(self, port, given, *options, **more):
        """Runs it to a success: what it printed."""
        code, out, errors = await self.run_it(port, given, *options, **more)
        self.assertEqual(0, code, errors)
        return out

    async def expect(self, code, words, port, given, *options, **more):
        """Runs it to this exit code, with these words on standard error: what it printed."""
        got, out, errors = await self.run_it(port, given, *options, **more)
        self.assertEqual(code, got, errors)
        self.assertRegex(errors, words)
        return out


async def echo(peer):
    async for message in peer:
        await peer.send(message)


class Collector:
    """Keeps what every connection said, and how it was closed."""

    def __init__(self, then=None):
        self.messages, self.codes, self.connections = [], [], 0
        self.then = then  # (peer, number of the connection, collector)
        self.changed = asyncio.Condition()

    async def __call__(self, peer):
        self.connections += 1
        await self.tell()
        if self.then:
            await self.then(peer, self.connections, self)
        try:
            async for message in peer:
                self.messages.append(message)
                await self.tell()
        except websockets.ConnectionClosed:
            pass
        self.codes.append(peer.close_code)
        await self.tell()

    async def tell(self):
        async with self.changed:
            self.changed.notify_all()

    async def has(self, predicate):
        async def wait():
            async with self.changed:
                await self.changed.wait_for(lambda: predicate(self))
        await bounded(wait())

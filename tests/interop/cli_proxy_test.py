#!/usr/bin/env python3
"""A call that waits for an approval, and what stands between it and the gateway: a proxy that answers while its backend restarts."""

import asyncio
import contextlib
import json
import unittest

from cli import Cli


class Proxy:
    """Passes bytes on, and answers the next upgrades by itself when told so."""

    def __init__(self, target, backend_context):
        self.target, self.backend_context = target, backend_context
        self.answers = []  # of the next upgrades
        self.lines = []

    async def serve(self, reader, writer):
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError), contextlib.closing(writer):
            if self.answers:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(self.answers.pop(0))
                await writer.drain()
                return
            backend_reader, backend = await asyncio.open_connection("localhost", self.target, ssl=self.backend_context)
            self.lines.append(writer)
            with contextlib.closing(backend):
                await asyncio.wait([asyncio.ensure_future(self.pass_on(reader, backend)),
                                    asyncio.ensure_future(self.pass_on(backend_reader, writer))],
                                   return_when=asyncio.FIRST_COMPLETED)

    @staticmethod
    async def pass_on(reader, writer):
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(1 << 16):
                writer.write(data)
                await writer.drain()

    def restart(self, *answers):
        """Cuts every line; the next upgrades get these answers."""
        self.answers += answers
        for line in self.lines:
            line.transport.abort()
        self.lines.clear()


def status(number, *headers):
    return "\r\n".join([f"HTTP/1.1 {number} Wait", *headers, "Content-Length: 4", "", "wait"]).encode()


class AfterReady(Cli):
    async def behind_a_proxy(self):
        gate = await self.gate()
        proxy = Proxy(gate.port, self.client_context())
        port = await self.raw_server(proxy.serve, ssl=self.server_context())
        return gate, proxy, port

    async def approved(self, *answers):
        """A call whose line is cut, and which meets these answers before it is approved: what it printed on standard error."""
        gate, proxy, port = await self.behind_a_proxy()
        program = await self.kedge("call", "ask_door", port=port)
        await gate.event("asked")
        proxy.restart(*answers)
        await gate.event("gone")
        gate.order("approve")
        code, out, errors = await self.end(program)
        self.assertEqual((0, {"approved": "ask_door"}), (code, json.loads(out or "null")), errors)
        return errors

    async def test_0_whatever_status_a_proxy_answers_once(self):
        for number in (200, 301, 400, 401, 403, 404, 405, 426, 502, 799):
            with self.subTest(number):
                self.assertIn(f"HTTP {number}", await self.approved(status(number, "Location: /elsewhere")))

    async def test_0_no_http_at_all(self):
        await self.approved(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")

    async def test_0_closed_with_1008_after_ready(self):
        gate = await self.gate()
        program = await self.kedge("call", "ask_door", port=gate.port)
        await gate.event("asked")
        gate.order("close 1008")
        await gate.event("gone")
        gate.order("approve")
        code, out, errors = await self.end(program)
        self.assertEqual((0, {"approved": "ask_door"}), (code, json.loads(out or "null")), errors)

    async def test_3_a_redirect_before_ready_names_where_to(self):
        _, proxy, port = await self.behind_a_proxy()
        proxy.restart(status(301, "Location: wss://elsewhere.example/gate?key=hush"))
        errors = await self.expect(3, "HTTP 301 .*: wss://elsewhere.example/gate", "tools", port=port)
        self.assertNotIn("hush", errors)


if __name__ == "__main__":
    unittest.main()

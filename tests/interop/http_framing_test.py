#!/usr/bin/env python3
"""The HTTP APIs of kedge-agent and kedge-hub refuse what two readers could read differently, a proxy and they themselves."""

import json
import unittest

from agent import AgentTest, Http, packet
from hub import Hub


def head(start, *headers):
    return "\r\n".join((start, "Host: localhost", *headers, "", "")).encode()


def rows(start):
    """Requests to this method and path, each with the second one behind or inside it. They are all a 400, and no second answer."""
    second = head(start + " HTTP/1.1")
    for headers in (("Content-Length: 0", f"Content-Length: {len(second)}"), ("Content-Length: 4", "Transfer-Encoding: chunked"),
                    ("Transfer-Encoding: identity",), ("Transfer-Encoding: gzip, chunked",), ("Transfer-Encoding: chunked, chunked",),
                    ("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"), ("Host: evil.example",),
                    ("Origin: http://localhost", "Origin: http://evil.example"),
                    ("Content-Type: application/json", "Content-Type: text/plain"), ("Content-Length : 4",), ("X Y: z",),
                    ("X: y", " folded"), (f"Content-Le: {len(second)}", " ngth"), ("X: a\x01b",), ("X: a\rb",)):
        yield head(start + " HTTP/1.1", *headers) + second
    for target in ("%00", "?a=%00", "#x", "%2Fx", "%x"):
        yield head(start + target + " HTTP/1.1") + second
    yield head(start + " HTTP/1.0", "Transfer-Encoding: chunked") + b"0\r\n\r\n" + second
    yield head(start + " HTTP/1.1", "Transfer-Encoding: chunked") + b"0\r\nHost: evil.example\r\n\r\n" + second


class Framing(AgentTest):
    async def said(self, port, request):
        http = await Http.open(port)
        http.say(request)
        try:
            return await http.ended()
        finally:
            http.close()

    async def refuses(self, port, start):
        for request in rows(start):
            said = await self.said(port, request)
            self.assertEqual((b"HTTP/1.1 400 Bad Request", 0), (said[:24], said.count(b"HTTP/1.1 200")), request)

    async def test_the_agent_refuses_them(self):
        agent = await self.agent()
        await self.refuses(agent.port, "GET /health")
        await self.refuses(agent.port, "POST /ilp/send")
        self.assertEqual("healthy", (await agent.health())["status"])

    async def test_a_packet_that_is_hidden_in_a_body_is_not_sent(self):
        connector, agent = await self.pair()
        hidden = json.dumps(packet("fulfil", b"hidden")).encode()
        inner = head("POST /ilp/send HTTP/1.1", "Content-Type: application/json", f"Content-Length: {len(hidden)}") + hidden
        outer = json.dumps(packet()).encode()
        kind = "Content-Type: application/json"
        for request in (head("POST /ilp/send HTTP/1.1", kind, f"Content-Length: {len(outer)}", f"Content-Length: {len(outer + inner)}") +
                        outer + inner,
                        head("POST /ilp/send HTTP/1.1", kind, f"Content-Length: {len(outer + inner) + 7}", "Transfer-Encoding: chunked") +
                        b"%x\r\n%b\r\n0\r\n\r\n" % (len(outer), outer) + inner,
                        head("POST /ilp/send HTTP/1.1", kind, f"Content-Le: {len(outer)}", " ngth") + outer + inner):
            said = await self.said(agent.port, request)
            self.assertEqual((b"HTTP/1.1 400 Bad Request", 0), (said[:24], said.count(b"HTTP/1.1 200")), request)
        self.assertEqual(0, await agent.metric("kedge_link_started_requests_total"))
        self.assertEqual(200, (await agent.send(packet()))[0])
        self.assertEqual("fulfil", (await connector.event("packet"))["verb"])

    async def test_the_hub_refuses_them(self):
        hub = await Hub.start(self.folder, [])
        self.addAsyncCleanup(hub.kill)
        port = int(hub.where["operator"].rsplit(":", 1)[1])
        await self.refuses(port, "GET /status")
        await self.refuses(port, "POST /btp/cut?peer=nobody&how=clean")
        self.assertIn(b"200 OK", await self.said(port, b"GET http://localhost/status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))

    async def test_health_checks_without_a_host_and_targets_that_are_urls_are_served(self):
        agent = await self.agent()
        for request in (b"GET /health HTTP/1.0\r\n\r\n", b"OPTIONS /ready HTTP/1.0\r\n\r\n", b"HEAD /ready HTTP/1.0\r\n\r\n",
                        b"GET http://127.0.0.1:1/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"):
            said = await self.said(agent.port, request)
            self.assertIn(said[9:12], (b"200", b"405"), request)
        said = await self.said(agent.port, b"GET http://evil.example/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        self.assertEqual(b"403", said[9:12])
        self.assertIn(b"another site", said)

    async def test_an_answer_says_when_an_idle_connection_ends(self):
        agent = await self.agent()
        http = await Http.open(agent.port)
        http.ask("GET", "/health")
        _, headers, _ = await http.answer()
        self.assertEqual("timeout=10", headers["keep-alive"])
        http.close()


if __name__ == "__main__":
    unittest.main()

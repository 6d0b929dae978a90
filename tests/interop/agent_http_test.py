#!/usr/bin/env python3
"""kedge-agent's HTTP API against clients that are wrong, slow or many; one connection to a connector where it takes one."""

import asyncio
import json
import resource
import subprocess
import time
import unittest

from agent import AgentTest, Http, JSON, WAIT_S, b64, bounded, packet

BODY_MAX = 96 * 1024


def fields(**changed):
    """A body's fields as JSON text, in order, some of them changed or, with None, left out."""
    texts = {"destination": '"test.fulfil.bob"', "amount": '"1"', "data": '"aGk="', **changed}
    return "{" + ",".join(f'"{name}":{text}' for name, text in texts.items() if text is not None) + "}"


BAD_REQUESTS = (
    ("body: ", ("", "{", "nul", "{}x", "[]", "1", '"x"', "null", "[" * 50000, b"\xff\xfe".decode("latin1"), '{"amount":01}',
                fields(extra="1"), fields()[:-1], '{"data"}')),
    ("destination: missing", (fields(destination=None),)),
    ("destination: not a string", (fields(destination="7"), fields(destination="null"))),
    ("destination: ", (fields(destination='""'), fields(destination='"a b"'), fields(destination='"' + "x" * 1024 + '"'))),
    ("amount: missing", (fields(amount=None),)),
    ("amount: not a string", (fields(amount="1"), fields(amount="18446744073709551616"))),
    ("amount: not a string of digits", (fields(amount='""'), fields(amount='"-1"'), fields(amount='"1.5"'), fields(amount='"1e3"'))),
    ("amount: more than 18446744073709551615", (fields(amount='"18446744073709551616"'), fields(amount='"' + "9" * 1000 + '"'))),
    ("data: missing", (fields(data=None),)),
    ("data: not base64", (fields(data='"aGk"'), fields(data='"aGl="'), fields(data='"a-_="'), fields(data='"aGk=\\n"'))),
    ("data: more than 65536 bytes", (fields(data=f'"{b64(bytes(65537))}"'),)),
    ("timeoutMs: ", tuple(fields(timeoutMs=text) for text in ("0", "-1", "1.5", '"1"', "null", "600001", "1e400"))),
    ("timeoutMs: more than 600000", (fields(timeoutMs="600001"),)),
    ("condition: ", tuple(fields(condition=f'"{b64(bytes(size))}"') for size in (0, 31, 33)) + (fields(condition="null"),)),
    ("amount: given twice", (fields()[:-1] + ',"amount":"1"}', fields()[:-1] + ',"\\u0061mount":"1"}')))


class Refused(AgentTest):
    async def test_without_a_url_sending_is_off_and_all_is_healthy(self):
        agent = await self.agent(NODE_ID="pi-7")
        for body in (packet(), b"rubbish"):
            await self.expect(503, "CONNECTOR_BTP_URL is not set", agent, body)
        health = await agent.health()
        self.assertEqual(("healthy", "pi-7", 0, False, "off"),
                         (health["status"], health["nodeId"], health["activeSessions"], health["btpConnected"], health["link"]["state"]))
        self.assertRegex(health["timestamp"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")

    async def test_bad_requests_are_told_the_field_and_the_reason(self):
        connector, agent = await self.pair()
        for words, bodies in BAD_REQUESTS:
            for body in bodies:
                await self.expect(400, "^" + words, agent, body.encode("latin1"))
        self.assertEqual(0, await agent.metric("kedge_link_started_requests_total"))
        self.assertEqual(200, (await agent.send(fields().encode()))[0])
        self.assertEqual("fulfil", (await connector.event("packet"))["verb"])

    async def test_other_content_types_are_a_415(self):
        _, agent = await self.pair()
        for kind in (None, "text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16"):
            await self.expect(415, "application/json", agent, packet(), {"Content-Type": kind})
        self.assertEqual(200, (await agent.send(packet(), {"content-type": "Application/JSON; charset=UTF-8"}))[0])

    async def test_other_paths_methods_and_sites_are_refused(self):
        agent = await self.agent()
        for status, method, path, headers in ((404, "GET", "/", {}), (404, "POST", "/ilp/send/x", {}), (405, "GET", "/ilp/send", {}),
                                              (405, "POST", "/health", {}), (405, "DELETE", "/metrics", {}),
                                              (403, "POST", "/ilp/send", {"Host": "evil.example"}),
                                              (403, "POST", "/ilp/send", {"Origin": "http://evil.example"})):
            got, answer = await agent.request(method, path, b"", headers)
            self.assertEqual((status, ["error", "message"]), (got, sorted(answer)), (method, path))

    async def test_bodies_that_are_too_large_are_a_413(self):
        _, agent = await self.pair()
        body = fields().encode()
        self.assertEqual(200, (await agent.send(body.ljust(BODY_MAX)))[0])
        for size in (BODY_MAX + 1, 3 * 1024 * 1024):
            http = await Http.open(agent.port)
            http.ask("POST", "/ilp/send", body.ljust(size), JSON)
            status, _, answer = await http.answer()
            self.assertEqual((413, "Payload too large"), (status, json.loads(answer)["error"]))
            http.close()
        http = await Http.open(agent.port)
        http.ask("POST", "/ilp/send", b"", {**JSON, "Content-Length": str(1 << 62), "Expect": "100-continue"})
        self.assertEqual(413, (await http.answer())[0])
        http.close()

    async def test_what_is_no_http_is_a_400_and_a_long_head_a_431(self):
        agent = await self.agent()
        for head, status in ((b"rubbish\r\n\r\n", b""), (b"GET /health HTTP/1.1\r\n\r\n", b"400"),
                             (b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 20000 + b"\r\n\r\n", b"431"),
                             (b"POST /ilp/send HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", b"400")):
            http = await Http.open(agent.port)
            http.say(head)
            self.assertIn(status, (await http.ended())[:20], head[:40])
            http.close()
        self.assertEqual("healthy", (await agent.health())["status"])


class Patience(AgentTest):
    async def test_a_chunked_body_is_read_and_one_without_end_is_ended(self):
        _, agent = await self.pair()
        chunked = {**JSON, "Content-Length": None, "Transfer-Encoding": "chunked"}
        http = await Http.open(agent.port)
        body = fields().encode()
        http.ask("POST", "/ilp/send", b"".join(b"1\r\n" + bytes([byte]) + b"\r\n" for byte in body) + b"0\r\n\r\n", chunked)
        self.assertEqual(200, (await http.answer())[0])
        http.close()
        http = await Http.open(agent.port)
        http.ask("POST", "/ilp/send", b"", chunked)
        chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
        # It is read on up to 4 MiB, and then reset, which may overtake the answer.
        for _ in range(24):
            http.say(chunk)
        self.assertEqual(413, (await http.answer())[0])
        http.close()
        self.assertEqual(200, (await agent.send(packet()))[0])
        self.assertEqual(2, await agent.metric("kedge_link_started_requests_total"))

    async def test_slow_clients_hold_nobody_up(self):
        _, agent = await self.pair()
        slow = [await Http.open(agent.port) for _ in range(20)]
        slow[0].say(b"POST /ilp/send HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 90000\r\n\r\n{")
        begin = time.monotonic()
        for number in range(20):
            for http in slow[1:]:
                http.say(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"[number:number + 1])
            self.assertEqual(200, (await agent.send(packet()))[0])
        self.assertLess(time.monotonic() - begin, WAIT_S / 4)
        for http in slow:
            http.close()

    async def test_who_does_not_read_its_answers_holds_nobody_up(self):
        agent = await self.agent()
        deaf = await Http.open(agent.port)
        deaf.writer.transport.pause_reading()
        deaf.say(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n" * 2000)
        for _ in range(20):
            self.assertEqual(200, (await agent.request("GET", "/health"))[0])
        deaf.writer.transport.abort()

    async def test_a_thousand_idle_connections_leave_room_for_one_that_is_not(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft < 1500:
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(1500, hard), hard))
        _, agent = await self.pair()
        idle = [await Http.open(agent.port) for _ in range(1000)]
        begin = time.monotonic()
        for _ in range(10):
            self.assertEqual(200, (await agent.send(packet()))[0])
        self.assertLess(time.monotonic() - begin, WAIT_S / 4)
        self.assertLessEqual(await agent.metric("kedge_http_open_connections"), 256)
        self.assertGreaterEqual(await agent.metric("kedge_http_cut_connections_total"), 1000 - 256)
        for http in idle:
            http.close()

    async def test_curl_is_understood(self):
        _, agent = await self.pair()

        def curl(*arguments, body=None):
            url = f"http://127.0.0.1:{agent.port}"
            line = ["curl", "-sS", "--max-time", str(WAIT_S), "-w", " %{http_code}", *arguments[1:], url + arguments[0]]
            return subprocess.run(line, input=body, capture_output=True, text=True, check=False, timeout=WAIT_S + 1).stdout

        post = ("/ilp/send", "-H", "Content-Type: application/json", "--data-binary", "@-")
        loop = asyncio.get_running_loop()
        for arguments, body, wanted in ((post, fields(), r'^{"accepted":true,.*} 200$'),
                                        ((*post, "-H", "Transfer-Encoding: chunked"), fields(), r'^{"accepted":true,.*} 200$'),
                                        (post, " " * (BODY_MAX + 1), "Payload too large.* 413$"),
                                        ((*post, "-H", "Transfer-Encoding: chunked"), " " * (3 << 20), "Payload too large.* 413$"),
                                        (("/ilp/send", "-d", fields()), None, "Unsupported media type.* 415$"),
                                        (("/health", "-I"), None, "200$"), (("/metrics",), None, "kedge_link_round_trip_seconds NaN")):
            said = await loop.run_in_executor(None, lambda: curl(*arguments, body=body))
            self.assertRegex(said, wanted)


if __name__ == "__main__":
    unittest.main()

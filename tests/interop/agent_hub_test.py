#!/usr/bin/env python3
"""kedge-agent and kedge-hub, in both dialects; a peer of another make behind the hub; the README's promises."""

import asyncio
import hashlib
import os
import pathlib
import re
import subprocess
import unittest

import crosstown
import harness
from agent import AgentTest, b64, bounded, packet
from hub import Peer, TOKEN, WithHub

README = pathlib.Path(__file__).parents[2] / "src" / "agent" / "README.md"
DIALECTS = ("crosstown", "btp2")
ROUTES = [{"prefix": "test.fulfil", "fulfill": {"data": "6f6b"}}, {"prefix": "test.reject", "reject": {"code": "T04", "message": "no money"}},
          {"prefix": "test.wrong", "fulfill": {"fulfillment": "07" * 32}}, {"prefix": "test.forward", "forward": "bob"},
          {"prefix": "test.late", "delay_ms": 50}, {"prefix": "test.turned", "reverse": 8},
          *({"prefix": f"test.{habit}", "habit": habit} for habit in ("silent", "twice", "wrong_id", "empty", "throw", "cut"))]


class Dialects(AgentTest, WithHub):
    secret = TOKEN
    routes = ROUTES

    async def both(self, **variables):
        """An agent for each dialect."""
        for dialect in DIALECTS:
            agent = await self.agent(CONNECTOR_BTP_URL=self.urls[dialect], CONNECTOR_BTP_AUTH_TOKEN=TOKEN,
                                     CONNECTOR_BTP_DIALECT=dialect, CONNECTOR_BTP_PACKET_TIMEOUT_MS=1000, **variables)
            await agent.healthy(btpConnected=True)
            yield agent

    async def test_a_packet_is_fulfilled_or_rejected(self):
        async for agent in self.both():
            fulfillment = b64(hashlib.sha256(b"hello").digest())
            self.assertEqual((200, {"accepted": True, "fulfilled": True, "fulfillment": fulfillment, "data": b64(b"ok")}),
                             await agent.send(packet()))
            self.assertEqual((200, {"accepted": False, "fulfilled": False, "code": "T04", "message": "no money"}),
                             await agent.send(packet("reject")))
            for verb in ("late", "twice"):
                self.assertEqual(200, (await agent.send(packet(verb)))[0])

    async def test_a_secret_of_3_kib(self):
        secret = harness.long_token()
        hub = await self.hub(ROUTES, peers={"*": secret})
        for dialect in DIALECTS:
            agent = await self.agent(CONNECTOR_BTP_URL=hub.where["btp"][dialect], CONNECTOR_BTP_AUTH_TOKEN=secret,
                                     CONNECTOR_BTP_DIALECT=dialect)
            await agent.healthy(btpConnected=True)
            status, answer = await agent.send(packet())
            self.assertEqual((200, True), (status, answer["fulfilled"]))

    async def test_answers_in_another_order_reach_their_requests(self):
        async for agent in self.both():
            bodies = [f"number {number}".encode() for number in range(8)]
            answers = await bounded(asyncio.gather(*(agent.send(packet("turned", data=body)) for body in bodies)))
            self.assertEqual([b64(hashlib.sha256(body).digest()) for body in bodies],
                             [answer["fulfillment"] for _, answer in answers])

    async def test_what_is_no_good_answer_is_told(self):
        async for agent in self.both():
            for verb, status, words in (("wrong", 502, "does not hash"), ("empty", 502, "no packet"), ("throw", 502, "F0"),
                                        ("cut", 502, "line was lost")):
                await self.expect(status, words, agent, packet(verb))
            await agent.healthy(btpConnected=True)
            for verb in ("silent", "wrong_id"):
                await self.expect(408, ".", agent, packet(verb))

    async def test_the_operator_sees_an_agent_and_cuts_it(self):
        async for agent in self.both(CONNECTOR_BTP_PEER_ID="seen"):
            peers = (await self.operator("GET", "/btp"))[1]["peers"]
            self.assertIn("seen", [peer["peer"] for peer in peers])
            self.assertEqual((200, {"status": "cut"}), await self.operator("POST", "/btp/cut?peer=seen&how=abrupt"))

            async def told():
                while (await agent.health())["link"]["lastError"] is None:
                    await asyncio.sleep(0.01)
            await bounded(told())
            await self.stop(agent)

    async def test_from_curl_through_the_hub_to_another_peer(self):
        def fulfil(_amount, _destination, data):
            return crosstown.encode_fulfill(crosstown.sha256(data), b"from bob")

        async for agent in self.both():
            async with Peer(self.urls["crosstown"], "bob", fulfil) as bob:
                seen, answer = await asyncio.gather(bob.serve(1), agent.curl(packet("forward")))
                self.assertEqual([(1000, "test.forward.bob", b"hello")], seen)
                self.assertEqual((True, b64(b"from bob")), (answer["fulfilled"], answer["data"]))


class Readme(unittest.TestCase):
    def setUp(self):
        self.text = README.read_text(encoding="utf-8")

    def help(self):
        return subprocess.run([os.environ["KEDGE_LAUNCH"], os.environ["KEDGE_AGENT"], "--help"], check=True, capture_output=True,
                              text=True).stdout

    def test_its_table_of_settings_is_that_of_help(self):
        helped = dict(re.findall(r"^  ([A-Z_]+)(?: \[(.*)\])?$", self.help(), re.MULTILINE))
        table = dict(re.findall(r"^\| `([A-Z_]+)` \| *(.*?) *\|", self.text, re.MULTILINE))
        self.assertEqual(helped, {name: fallback.strip("`") for name, fallback in table.items()})

    def test_its_page_names_each_status(self):
        source = README.with_name("answers.cpp").read_text(encoding="utf-8")
        rows = re.findall(r"^\| (\d{3}) \| ", self.text, re.MULTILINE)
        api = self.text.split("## HTTP API")[1].split("### POST /ilp/send")[0]
        for_all = re.findall(r"\b(?:get |with )(4\d\d)\b|\b(4\d\d) with", api)
        told = rows + [status for found in for_all for status in found if status]
        self.assertEqual(sorted({*re.findall(r"case (\d+):", source), "200", "503"}), sorted(told))


if __name__ == "__main__":
    unittest.main()

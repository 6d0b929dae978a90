#!/usr/bin/env python3
"""kedge-agent sends packets to a connector of another make."""

import asyncio
import hashlib
import json
import signal
import time
import unittest

from agent import AgentTest, Http, JSON, SECOND_S, SECRET, WAIT_S, b64, bounded, packet


class Send(AgentTest):
    async def test_a_packet_is_fulfilled_and_its_fulfillment_is_the_datas_hash(self):
        connector, agent = await self.pair()
        status, answer = await agent.send(packet(data=b"hello", timeoutMs=2000))
        fulfillment = hashlib.sha256(b"hello").digest()
        self.assertEqual((200, {"accepted": True, "fulfilled": True, "fulfillment": b64(fulfillment),
                                "data": b64(b"done: hello")}), (status, answer))
        sent = await connector.event("packet")
        self.assertEqual(("1000", 5, hashlib.sha256(fulfillment).hexdigest()),
                         (sent["amount"], sent["bytes"], sent["condition"]))
        expires = time.mktime(time.strptime(sent["expires"][:14], "%Y%m%d%H%M%S")) - time.timezone
        self.assertAlmostEqual(expires, time.time() + 2, delta=2)

    async def test_a_condition_may_be_given(self):
        connector, agent = await self.pair()
        data = b"f" * 32
        condition = hashlib.sha256(data).digest()
        status, answer = await agent.send(packet(data=data, condition=b64(condition)))
        self.assertEqual((200, b64(data)), (status, answer["fulfillment"]))
        self.assertEqual(condition.hex(), (await connector.event("packet"))["condition"])

    async def test_amounts_and_data_go_to_their_limits(self):
        connector, agent = await self.pair()
        for amount, size in ((0, 0), (2**64 - 1, 64 * 1024)):
            body = {**packet(data=b"x" * size), "amount": str(amount)}
            self.assertEqual(200, (await agent.send(body))[0])
            sent = await connector.event("packet")
            self.assertEqual((str(amount), size), (sent["amount"], sent["bytes"]))

    async def test_a_reject_is_an_answer(self):
        _, agent = await self.pair()
        self.assertEqual((200, {"accepted": False, "fulfilled": False, "code": "F02", "message": "no route ?",
                                "data": b64(b"why")}), await agent.send(packet("reject")))

    async def test_what_the_connector_gets_wrong_is_a_502(self):
        connector, agent = await self.pair()
        for verb, words in (("error", "F00 BTPError"), ("wrong", "does not hash to the condition"),
                            ("empty", "no packet"), ("rubbish", "fulfillment"), ("huge", "bytes"), ("cut", "line was lost")):
            await self.expect(502, words, agent, packet(verb))
        await connector.event("agent")
        await agent.healthy(btpConnected=True)
        self.assertEqual(200, (await agent.send(packet("stranger")))[0])
        self.assertGreaterEqual(await agent.metric("kedge_link_protocol_errors_total"), 5)

    async def test_silence_is_a_408(self):
        _, agent = await self.pair(CONNECTOR_BTP_PACKET_TIMEOUT_MS=50)
        begin = time.monotonic()
        await self.expect(408, ".", agent, packet("silent", timeoutMs=600_000))
        self.assertLess(time.monotonic() - begin, WAIT_S)
        self.assertEqual(1, await agent.metric("kedge_link_timed_out_requests_total"))

    async def test_an_address_that_is_none_is_a_400(self):
        _, agent = await self.pair()
        for destination in ("", ".", "a..b", "a b", "test.~x", "x" * 1024, "caf\u00e9"):
            await self.expect(400, "^destination: ", agent, {**packet(), "destination": destination})
        self.assertEqual(200, (await agent.send({**packet(), "destination": "test.fulfil." + "x" * 1011}))[0])

    async def test_a_full_pool_is_a_429_and_health_counts_what_is_in_flight(self):
        connector, agent = await self.pair()
        held = [asyncio.create_task(agent.send(packet("hold"))) for _ in range(64)]
        await agent.healthy(activeSessions=64)
        for _ in held:
            await connector.event("packet")
        await self.expect(429, "in flight", agent, packet())
        self.assertEqual(64, (await agent.health())["link"]["pending"])
        connector.order("release")
        self.assertEqual([200] * 64, [status for status, _ in await bounded(asyncio.gather(*held))])
        self.assertEqual(200, (await agent.send(packet()))[0])
        self.assertEqual(0, (await agent.health())["activeSessions"])
        self.assertEqual(65, await agent.metric('kedge_agent_packets_total{outcome="fulfilled"}'))
        self.assertEqual(65, await agent.metric("kedge_agent_packet_seconds_count"))
        self.assertGreater(await agent.metric("kedge_agent_packet_seconds_sum"), 0)
        self.assertGreater(await agent.metric("process_open_fds"), 4)

    async def test_many_requests_on_one_connection_and_many_at_once(self):
        _, agent = await self.pair("--quiet")
        body = json.dumps(packet()).encode()

        async def fifty():
            http = await Http.open(agent.port)
            for _ in range(50):
                http.ask("POST", "/ilp/send", body, JSON)
                self.assertEqual(200, (await http.answer())[0])
            http.close()

        await bounded(asyncio.gather(*(fifty() for _ in range(4))))
        self.assertEqual(200, await agent.metric("kedge_link_completed_requests_total"))

    async def test_a_connector_that_asks_is_rejected(self):
        connector, agent = await self.pair()
        connector.order("ask")
        answer = await connector.event("answer")
        self.assertEqual(0xFFFFFFFF, answer["id"])
        self.assertTrue(answer["packet"].startswith("0e" + b"F02".hex()), answer)
        self.assertEqual(200, (await agent.send(packet()))[0])


def told(answer):
    """(status, message)."""
    return answer[0], answer[1].get("message")


class Repeated(AgentTest):
    async def test_a_secret_that_the_connector_repeats_is_in_no_answer_and_no_log(self):
        # Agent.request looks at each answer for the secret, AgentTest.end at the log.
        connector, agent = await self.pair(KEDGE_LOG_LEVEL="debug")  # which tells each time what repeats itself
        for how in (b"plain", b"json", b"percent", b"base64"):
            self.assertEqual((502, "F00 ***: ***"), told(await agent.send(packet("tell_error", data=how))))
            self.assertEqual((200, "because ***"), told(await agent.send(packet("tell_reject", data=how))))
            self.assertEqual(200, (await agent.send(packet("tell_nobody", data=how)))[0])
            self.assertEqual(502, (await agent.send(packet("tell_close", data=how)))[0])
            closed = "closed by the peer with 1011: ***"
            self.assertEqual(closed, (await agent.healthy(btpConnected=False))["link"]["lastError"])
            agent.signal(signal.SIGHUP)
            await connector.event("agent")
            await agent.healthy(btpConnected=True)
        _, log = await self.stop(agent)
        self.assertEqual(4, [record["message"] for record in log if record["event"] == "waiting"].count(closed), "each close")


class Lost(AgentTest):
    async def test_32_requests_end_within_a_second_when_the_connector_is_killed_and_the_33rd_is_fulfilled(self):
        connector, agent = await self.pair()
        held = [asyncio.create_task(agent.send(packet("hold"))) for _ in range(32)]
        await agent.healthy(activeSessions=32)
        await connector.kill()
        begin = time.monotonic()
        answers = await bounded(asyncio.gather(*held))
        self.assertLess(time.monotonic() - begin, SECOND_S)
        self.assertEqual([(502, "Outcome unknown")] * 32, [(status, answer["error"]) for status, answer in answers])
        await self.expect(503, "not connected", agent, packet())
        again = await self.connector("--port", connector.port)
        await again.event("agent")
        await agent.healthy(btpConnected=True)
        self.assertEqual(200, (await agent.send(packet()))[0])
        self.assertEqual(2, (await agent.health())["link"]["connects"])

    async def test_a_connector_that_is_not_there_is_waited_for(self):
        connector = await self.connector()
        await connector.kill()
        agent = await self.agent(connector=connector, ready=False)
        await self.expect(503, "not connected", agent, packet())
        await self.expect(400, "amount: missing", agent, {"destination": "test.bob"})
        health = await agent.failed()
        self.assertEqual(False, health["btpConnected"])
        self.assertIn("refused", health["link"]["lastError"])
        again = await self.connector("--port", connector.port)
        await again.event("agent")
        await agent.healthy(status="healthy", btpConnected=True)

    async def test_a_secret_that_is_refused_is_told_and_never_printed(self):
        connector = await self.connector(secret="another")
        agent = await self.agent(connector=connector, ready=False)
        await connector.event("refused")
        health = await agent.failed()
        self.assertNotIn(SECRET, json.dumps(health))
        await self.expect(503, "not connected", agent, packet())
        _, log = await self.stop(agent)
        self.assertIn("waiting", [record["event"] for record in log])

    async def test_tls_trusts_the_ca_that_is_named_and_no_other(self):
        certificate, key = self.certificate()
        connector = await self.connector("--cert", certificate, "--key", key)
        url = f"wss://localhost:{connector.port}/"
        agent = await self.agent(connector=connector, CONNECTOR_BTP_URL=url,
                                 CONNECTOR_BTP_CA_FILE=self.certificate("ca")[0])
        self.assertEqual(200, (await agent.send(packet()))[0])
        other = await self.agent(connector=connector, ready=False, CONNECTOR_BTP_URL=url,
                                 CONNECTOR_BTP_CA_FILE=self.certificate("other_ca")[0])
        health = await other.failed()
        self.assertIn("unknown CA", health["link"]["lastError"])


if __name__ == "__main__":
    unittest.main()

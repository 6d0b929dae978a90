#!/usr/bin/env python3
"""kedge-agent and `kedge btp send` against npm's ilp-plugin-btp, a server of btp2 of another make."""

import asyncio
import collections
import hashlib
import json
import os
import pathlib
import time
import unittest

from agent import AgentTest, Http, JSON, SECOND_S, SECRET, b64, bounded, packet
from harness import Program, WAIT_S

SCRIPT = pathlib.Path(__file__).with_name("npm") / "ilp_plugin.js"
REFUSED = "the secret was refused: F00 NotAcceptedError: invalid auth_token"


def sha256(data):
    return hashlib.sha256(data).digest()


class Plugin(Program):
    """ilp_plugin.js as a process."""

    @classmethod
    async def start(cls, *arguments, secret=SECRET):
        # With DEBUG the plugin prints secrets.
        env = {**os.environ, "NODE_PATH": os.environ["KEDGE_NODE_MODULES"], "BTP_SECRET": secret, "DEBUG": ""}
        plugin = cls(await asyncio.create_subprocess_exec(
            "node", SCRIPT, *map(str, arguments), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE, env=env))
        plugin.port = (await plugin.event("listening"))["port"]
        return plugin

    def order(self, text):
        self.process.stdin.write(text.encode() + b"\n")

    async def holds(self, count):
        while (await self.event("held"))["count"] < count:
            pass


class PluginTest(AgentTest):
    async def connector(self, *options, **more):
        plugin = await Plugin.start(*options, **more)
        self.addAsyncCleanup(plugin.kill)
        return plugin

    async def start(self, *arguments, connector=None, **variables):
        return await super().start(*arguments, connector=connector, **{"CONNECTOR_BTP_DIALECT": "btp2", **variables})

    async def assert_fulfilled(self, agent, data=b"hello", **more):
        status, answer = await agent.send({**packet(data=data), **more})
        self.assertEqual((200, {"accepted": True, "fulfilled": True, "fulfillment": b64(sha256(data)),
                                "data": b64(b"done: " + data[:64])}), (status, answer))


class Answers(PluginTest):
    async def test_packets_are_fulfilled_up_to_the_largest(self):
        _, agent = await self.pair()
        for amount, data in ((107, b"hello"), (0, b""), (2**64 - 1, os.urandom(64 * 1024))):
            await self.assert_fulfilled(agent, data, amount=str(amount))

    async def test_a_reject_is_an_answer(self):
        _, agent = await self.pair()
        self.assertEqual((200, {"accepted": False, "fulfilled": False, "code": "F02", "message": "no route \u00e9",
                                "data": b64(b"why")}), await agent.send(packet("reject")))

    async def test_what_its_handler_throws_is_a_502_with_its_words_and_the_line_stays(self):
        _, agent = await self.pair()
        for verb, words in (("throw", '^F00 Error: {"message":"the handler is broken"}$'),
                            ("invalid", '^F01 InvalidFieldsError: {"message":"no such field"}$'),
                            ("repeat", r'^F00 Error: {"message":"who is \*\*\*\?"}$'), ("empty", "^the answer holds no packet$")):
            await self.expect(502, words, agent, packet(verb))
        await self.assert_fulfilled(agent)
        self.assertEqual(1, (await agent.health())["link"]["connects"])

    async def test_its_own_packet_is_rejected_while_one_of_ours_waits(self):
        plugin, agent = await self.pair()
        held = asyncio.create_task(agent.send(packet("hold")))
        await plugin.holds(1)
        plugin.order("ask")
        answer = await plugin.event("answer")
        self.assertEqual(("F02", "no packets are taken here"), (answer["code"], answer["message"]))
        plugin.order("release")
        self.assertEqual(200, (await held)[0])

    async def test_1000_requests_with_32_in_flight_are_each_fulfilled_with_their_own_hash(self):
        plugin, agent = await self.pair()
        count, lines = 1000, 32
        numbers = iter(range(count))

        async def ask():
            http = await Http.open(agent.port)
            for number in numbers:
                data = f"packet {number}".encode()
                http.ask("POST", "/ilp/send", json.dumps(packet("hold", data=data)).encode(), JSON)
                status, _, body = await http.answer()
                self.assertEqual((200, b64(sha256(data))), (status, json.loads(body).get("fulfillment")), body)
            http.close()

        async def release():
            """Lets none go before all lines wait, but for the last."""
            seen = collections.Counter()
            for number in range(1, count + 1):
                held = (await plugin.event("held"))["count"]
                seen[held] += 1
                if held == lines or number == count:
                    plugin.order("release")
            return seen

        seen, *_ = await asyncio.gather(release(), *(ask() for _ in range(lines)))
        self.assertEqual((count // lines, lines), (seen[lines], max(seen)), "in flight at once")
        self.assertEqual((count, 0), (await agent.metric("kedge_link_completed_requests_total"),
                                      await agent.metric("kedge_link_protocol_errors_total")))


class Line(PluginTest):
    async def test_32_requests_end_within_a_second_when_it_is_killed_and_the_33rd_is_fulfilled_by_the_next(self):
        plugin, agent = await self.pair()
        held = [asyncio.create_task(agent.send(packet("hold"))) for _ in range(32)]
        await plugin.holds(32)
        await plugin.kill()
        begin = time.monotonic()
        answers = await bounded(asyncio.gather(*held))
        self.assertLess(time.monotonic() - begin, SECOND_S)
        self.assertEqual([(502, "Outcome unknown")] * 32, [(status, answer["error"]) for status, answer in answers])
        await self.expect(503, "not connected", agent, packet())
        again = await self.connector(plugin.port)
        await again.event("agent")
        await agent.healthy(btpConnected=True)
        await self.assert_fulfilled(agent)
        self.assertEqual(2, (await agent.health())["link"]["connects"])

    async def test_a_wrong_token_is_told_and_shown_again_until_it_is_taken(self):
        plugin = await self.connector(secret="another")
        agent = await self.agent(connector=plugin, ready=False)
        self.assertEqual(REFUSED, (await agent.failed())["link"]["lastError"])
        await self.expect(503, "not connected", agent, packet())
        await plugin.kill()
        await self.connector(plugin.port)
        await agent.healthy(btpConnected=True)
        await self.assert_fulfilled(agent)

    async def test_who_comes_later_takes_the_slot_and_a_packet_finds_that_out(self):
        plugin, agent = await self.pair()
        later = await self.agent(connector=plugin, ready=False)
        await later.healthy(btpConnected=True)
        await self.assert_fulfilled(later)
        # The plugin answers an id that is not the packet's, and closes without a code.
        await self.expect(502, "the line was lost", agent, packet())
        self.assertEqual(1, await agent.metric("kedge_link_protocol_errors_total"))
        await agent.healthy(btpConnected=True)
        await self.assert_fulfilled(agent)

    async def test_a_stranger_without_the_secret_silences_the_plugin_and_the_deadline_ends_the_packet(self):
        plugin, agent = await self.pair(CONNECTOR_BTP_PACKET_TIMEOUT_MS=50)
        stranger = await self.agent(connector=plugin, ready=False, CONNECTOR_BTP_AUTH_TOKEN="wrong")
        self.assertEqual(REFUSED, (await stranger.failed())["link"]["lastError"])
        await self.expect(408, "deadline", agent, packet())
        self.assertEqual(("healthy", 1), ((health := await agent.health())["status"], health["link"]["connects"]))


class CommandLine(PluginTest):
    async def send(self, verb, *arguments, url, token=SECRET):
        return await self.program("KEDGE_CLI", "btp", "send", "--url", url, "--to", f"test.{verb}.bob", "--amount", 107,
                                  "--dialect", "btp2", "--timeout", WAIT_S, *arguments, env={"KEDGE_TOKEN": token})

    async def end(self, program):
        """(exit code, standard output, standard error); the token is in neither."""
        code, out, errors = await program.finish()
        self.assertNotIn(SECRET[:12], out + errors)
        return code, out, errors

    async def run_send(self, verb, *arguments, **options):
        return await self.end(await self.send(verb, *arguments, **options))

    async def test_each_answer_has_its_exit_code(self):
        plugin = await self.connector()
        url = f"ws://127.0.0.1:{plugin.port}/"
        for arguments in ((), ("--peer-id", "a stranger's name")):
            code, out, errors = await self.run_send("fulfil", "--data", "6f6b", *arguments, url=url)
            self.assertEqual(0, code, errors)
            self.assertEqual({"type": "fulfill", "fulfillment": sha256(b"ok").hex(), "data": b"done: ok".hex()}, json.loads(out))
        code, out, errors = await self.run_send("reject", url=url)
        self.assertEqual(7, code, errors)
        self.assertEqual({"type": "reject", "code": "F02", "triggered_by": "test.plugin", "message": "no route \u00e9",
                          "data": b"why".hex()}, json.loads(out))
        for verb, code, words in (("throw", 7, "remote: F00 Error: .*the handler is broken"),
                                  ("invalid", 7, "remote: F01 InvalidFieldsError: .*no such field"),
                                  ("repeat", 7, r'remote: F00 Error: {"message":"who is \*\*\*\?"}'),
                                  ("empty", 8, "protocol: the answer holds no packet")):
            got, out, errors = await self.run_send(verb, url=url)
            self.assertEqual((code, ""), (got, out), errors)
            self.assertRegex(errors, words)
        held = await self.send("hold", url=url)
        await plugin.holds(1)
        await plugin.kill()
        code, out, errors = await self.end(held)
        self.assertEqual((9, ""), (code, out), errors)
        self.assertIn("error: connection: ", errors)
        self.assertIn("may have been delivered", errors)

    async def test_a_plugin_that_was_shown_a_wrong_token_takes_the_right_one(self):
        plugin = await self.connector()
        url = f"ws://127.0.0.1:{plugin.port}/"
        code, out, errors = await self.run_send("fulfil", url=url, token=SECRET[:6])
        self.assertEqual((4, ""), (code, out), errors)
        self.assertIn("error: authentication: " + REFUSED, errors)
        self.assertEqual("connection aborted", (await plugin.event("refused"))["reason"])
        self.assertEqual(0, (await self.run_send("fulfil", url=url))[0])


if __name__ == "__main__":
    unittest.main()

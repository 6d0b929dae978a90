"""The programs and kedge-hub over TLS, in both protocols. In a cross build the hub alone is of this machine: two builds, of
other widths or with another mbedTLS, talk to each other."""

import asyncio
import calendar
import json
import pathlib
import signal
import sys
import time
import unittest

import crosstown
import harness
from agent import b64, bounded
from cli import Cli
from hub import Peer, TOKEN, WithHub
from two_peers import DIALECTS, FULFILLED, PACKET, TOKENS, TwoPeers, rejected

POLICY = {
    "requests_per_minute": 0,
    "policy": [{"tool": "get_*", "decision": "allow"}, {"tool": "unlock_*", "decision": "ask"}],
    "tools": [{"name": "get_temperature", "result": {"celsius": 21.5}}, {"name": "get_back", "echo": True},
              {"name": "get_much", "result_bytes": 200000}, {"name": "unlock_door", "result": {"unlocked": True}}]}
# Beyond what 32 bits of seconds hold, and as far as it goes.
FAR = ("20380119031408.000Z", "20991231235959.999Z", "99991231235959.999Z")


def machine_of(program):
    """Width and architecture, as its ELF header tells them."""
    head = pathlib.Path(program).read_bytes()[:20]
    return head[:6], head[18:]


class Gate(Cli, WithHub):
    policy = POLICY
    tls = True

    async def call(self, *arguments, **options):
        return await self.kedge("call", *arguments, url=self.where["url"], **options)

    async def asked(self):
        """The id of the one approval, once it is there."""
        approval, = (await self.hub_sees("/approvals", lambda answer: answer["approvals"]))["approvals"]
        return approval["id"]

    async def decide(self, approval, verb):
        self.assertEqual(200, (await self.operator("POST", f"/approvals/{approval}/{verb}"))[0])

    async def ran(self):
        return (await self.operator("GET", "/executions"))[1]["executions"]

    async def test_the_hub_is_of_this_machine(self):
        self.assertEqual(machine_of(sys.executable), machine_of(harness.command("KEDGE_HUB")[-1]))
        self.assertRegex(self.where["url"], "^wss:")

    async def test_what_is_allowed_returns_the_result(self):
        code, out, errors = await self.end(await self.call("get_temperature", '{"room":"kitchen"}'))
        self.assertEqual((0, {"celsius": 21.5}), (code, json.loads(out)), errors)

    async def test_what_policy_denies_ends_with_5(self):
        await self.expect(5, "Denied by policy", "call", "erase_disk", url=self.where["url"])

    async def test_what_a_human_approves_returns_the_result(self):
        program = await self.call("unlock_door")
        await self.decide(await self.asked(), "approve")
        code, out, errors = await self.end(program)
        self.assertEqual((0, {"unlocked": True}), (code, json.loads(out)), errors)

    async def test_what_a_human_denies_ends_with_5_and_does_not_run(self):
        before = await self.ran()
        program = await self.call("unlock_door")
        await self.decide(await self.asked(), "deny")
        code, out, errors = await self.end(program)
        self.assertEqual((5, ""), (code, out), errors)
        self.assertEqual(before, await self.ran())

    async def test_what_is_approved_while_the_line_is_cut_runs_once_and_is_fetched_once(self):
        before = await self.ran()
        program = await self.call("unlock_door", '{"door":1}')
        approval = await self.asked()
        program.signal(signal.SIGSTOP)  # or it might be back before its human decides
        self.assertEqual(200, (await self.operator("POST", "/agent/cut?how=abrupt"))[0])
        await self.decide(approval, "approve")
        status = await self.hub_sees("/status", lambda answer: answer["results_kept"] == 1)
        self.assertFalse(status["agent"]["connected"])
        program.signal(signal.SIGCONT)
        code, out, errors = await self.end(program)
        self.assertEqual((0, {"unlocked": True}), (code, json.loads(out)), errors)
        self.assertIn("waiting: connection", errors)
        run, = (await self.ran())[len(before):]
        self.assertEqual(("unlock_door", '{"door":1}', "fetched"), (run["tool"], run["args"], run["fate"]))
        self.assertEqual(0, (await self.operator("GET", "/status"))[1]["results_kept"])

    async def test_wide_numbers_and_long_messages_cross_unharmed(self):
        sent = {"most": 2**64 - 1, "least": -2**63, "later_than_2038": 2**31, "text": harness.text_pattern(60000)}
        program = await self.call("get_back", "-")
        program.process.stdin.write(json.dumps(sent, ensure_ascii=False).encode())
        program.process.stdin.close()
        code, out, errors = await self.end(program)
        self.assertEqual((0, sent), (code, json.loads(out)), errors)
        code, out, errors = await self.end(await self.call("get_much"))
        self.assertEqual((0, 200000), (code, len(out.rstrip("\n"))), errors)

    async def test_a_hub_of_another_ca_is_not_talked_to(self):
        await self.expect(3, "unknown CA", "call", "get_temperature", url=self.where["url"], ca="other_ca")


class Peers(TwoPeers):
    tls = True

    def carol(self, answer=None):
        """A peer of another make."""
        return Peer(self.urls["crosstown"], "carol", answer, TOKENS["carol"], ssl=self.client_context())

    async def test_one_packet_from_curl_is_fulfilled_by_the_other_peer(self):
        for dialect in DIALECTS:
            alice, bob = await self.alice(dialect), await self.bob(dialect)
            self.assertEqual(FULFILLED, await alice.curl(PACKET), dialect)
            self.assertEqual(["test.bob.thermometer 1000: fulfilled"], await self.stop_receiver(bob))

    async def test_what_the_other_peer_rejects_and_what_nobody_takes_comes_back(self):
        alice, bob = await self.alice(), await self.bob()
        answer = await alice.curl({**PACKET, "condition": b64(bytes(32))})
        self.assertEqual(rejected("F05", "wrong condition"), answer)
        self.assertEqual(rejected("F02", "no route"), await alice.curl({**PACKET, "destination": "test.nobody"}))
        self.assertEqual(["test.bob.thermometer 1000: wrong condition"], await self.stop_receiver(bob))

    async def test_what_was_on_a_cut_line_is_lost_once_and_both_lines_come_back(self):
        alice, bob = await self.alice(), await self.bob()
        bob.signal(signal.SIGSTOP)
        lost = asyncio.create_task(alice.send({**PACKET, "amount": "1"}))
        await self.hub_sees("/btp", lambda btp: btp["in_flight"]["forwarded"] == 1)
        await self.cut("alice")
        status, answer = await bounded(lost)
        self.assertEqual((502, True), (status, "line was lost" in answer["message"]), answer)
        bob.signal(signal.SIGCONT)
        self.assertEqual(b"test.bob.thermometer 1: fulfilled\n", await bounded(bob.process.stdout.readline()))
        await alice.healthy(btpConnected=True)
        self.assertEqual(FULFILLED, await alice.curl({**PACKET, "amount": "2"}))
        self.assertEqual(b"test.bob.thermometer 2: fulfilled\n", await bounded(bob.process.stdout.readline()))
        await self.cut("bob")
        self.assertIn(b"connection: ", await bounded(bob.process.stderr.readline()))
        self.assertEqual(b"ready\n", await bounded(bob.process.stdout.readline()))
        self.assertEqual(FULFILLED, await alice.curl({**PACKET, "amount": "3"}))
        self.assertEqual(["test.bob.thermometer 3: fulfilled"], await self.stop_receiver(bob))

    async def test_amounts_of_64_bits_cross_unharmed(self):
        amounts = [str(amount) for amount in (0, 2**32 - 1, 2**32, 2**53 + 1, 2**63, 2**64 - 1)]
        for ours, theirs in (DIALECTS, reversed(DIALECTS)):
            alice, bob = await self.alice(ours), await self.bob(theirs)
            for amount in amounts:
                self.assertEqual((200, FULFILLED), await alice.send({**PACKET, "amount": amount}), amount)
            self.assertEqual([f"test.bob.thermometer {amount}: fulfilled" for amount in amounts], await self.stop_receiver(bob))

    async def test_what_expires_after_2038_is_fulfilled(self):
        condition = crosstown.sha256(crosstown.sha256(b"hello"))
        fulfill = crosstown.encode_fulfill(crosstown.sha256(b"hello"), b'{"celsius":21.5}')
        bob = await self.bob()
        async with self.carol() as carol:
            for number, expires in enumerate(FAR, 2):
                packet = crosstown.encode_prepare(number, condition, b"test.bob", b"hello", expires.encode())
                await carol.line.send(crosstown.encode_message(crosstown.MESSAGE, number, packet))
                answer = await bounded(carol.line.recv())
                self.assertEqual(crosstown.encode_message(crosstown.RESPONSE, number, fulfill), answer, expires)
        self.assertEqual([f"test.bob {number}: fulfilled" for number in (2, 3, 4)], await self.stop_receiver(bob))

    async def test_an_expiry_after_2038_arrives_as_it_was_sent(self):
        ahead = 900_000_000
        async with self.carol(lambda *_: crosstown.encode_reject(b"F99", b"seen")) as carol:
            for dialect in DIALECTS:
                begin = time.time()
                program = await self.program(
                    "KEDGE_CLI", "btp", "send", "--url", self.urls[dialect], "--to", "test.carol", "--amount", 2**64 - 1,
                    "--timeout", ahead, "--peer-id", "alice", "--dialect", dialect, "--ca", self.certificate("ca")[0],
                    env={"KEDGE_TOKEN": TOKENS["alice"]})
                await carol.serve(1)
                code, out, errors = await program.finish()
                self.assertEqual((7, "F99"), (code, json.loads(out)["code"]), errors)
                self.assertNotIn(TOKEN[:12], out + errors)
                self.assertEqual(2**64 - 1, carol.prepare["amount"])
                told = carol.prepare["expires"]
                expires = calendar.timegm(time.strptime(told[:14], "%Y%m%d%H%M%S"))
                self.assertTrue(begin - 1 <= expires - ahead <= time.time(), f"{told} is not {ahead} s from now")

    async def test_a_hub_of_another_ca_is_not_talked_to(self):
        stranger = await self.receiver(self.urls["crosstown"], "bob", "crosstown", self.certificate("other_ca")[0])
        self.assertIn(b"unknown CA", await bounded(stranger.process.stderr.readline()))
        stranger.signal(signal.SIGTERM)
        self.assertEqual((0, ""), (await stranger.finish())[:2])


if __name__ == "__main__":
    unittest.main()

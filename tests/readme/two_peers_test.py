"""examples/btp-two-peers/receiver.cpp behind kedge-hub, paid by kedge-agent; and alone with a connector of another make."""

import asyncio
import hashlib
import json
import pathlib
import signal
import sys
import unittest

import websockets

TESTS = pathlib.Path(__file__).parent.parent
sys.path.append(str(TESTS / "interop"))
import crosstown  # noqa: E402
from agent import b64, bounded  # noqa: E402
from hub import TOKEN  # noqa: E402
from two_peers import DIALECTS, FULFILLED, PACKET, TOKENS, TwoPeers, rejected  # noqa: E402


class Receiver(TwoPeers):
    async def test_one_packet_from_curl_is_one_packet_for_the_other_peer(self):
        for ours in DIALECTS:
            alice = await self.alice(ours)
            for theirs in DIALECTS:
                bob = await self.bob(theirs)
                self.assertEqual(FULFILLED, await alice.curl(PACKET), (ours, theirs))
                self.assertEqual(["test.bob.thermometer 1000: fulfilled"], await self.stop_receiver(bob))

    async def test_another_condition_is_rejected(self):
        for dialect in DIALECTS:
            alice, bob = await self.alice(dialect), await self.bob(dialect)
            answer = await alice.curl({**PACKET, "condition": b64(bytes(32))})
            self.assertEqual(rejected("F05", "wrong condition"), answer)
            self.assertEqual(["test.bob.thermometer 1000: wrong condition"], await self.stop_receiver(bob, signal.SIGINT))

    async def test_a_packet_of_no_data_and_one_of_much(self):
        for dialect in DIALECTS:
            alice, bob = await self.alice(dialect), await self.bob(dialect)
            for data in (b"", bytes(32 * 1024)):
                answer = await alice.send({**PACKET, "data": b64(data)})
                self.assertEqual((200, b64(hashlib.sha256(data).digest())), (answer[0], answer[1].get("fulfillment")))
            self.assertEqual(2, len(await self.stop_receiver(bob)))

    async def test_a_peer_that_is_killed_is_told_of_and_comes_back(self):
        for dialect in DIALECTS:
            alice, bob = await self.alice(dialect), await self.bob(dialect)
            bob.signal(signal.SIGSTOP)
            asked = asyncio.create_task(alice.curl(PACKET))
            await self.hub_sees("/btp", lambda btp: btp["in_flight"]["forwarded"] == 1)
            await bob.kill()
            self.assertEqual(rejected("T01", "the peer was lost"), await bounded(asked))
            self.assertEqual(rejected("T01", "the peer is not connected"), await alice.curl(PACKET))
            again = await self.bob(dialect)
            self.assertEqual(FULFILLED, await alice.curl(PACKET))
            self.assertEqual(["test.bob.thermometer 1000: fulfilled"], await self.stop_receiver(again))

    async def test_a_cut_line_is_taken_up_again(self):
        bob = await self.bob()
        await self.cut("bob")
        self.assertIn(b"connection: ", await bounded(bob.process.stderr.readline()))
        self.assertEqual(b"ready\n", await bounded(bob.process.stdout.readline()))
        self.assertEqual([], await self.stop_receiver(bob))

    async def test_an_expired_packet_is_not_fulfilled_and_the_line_ends_with_1000(self):
        condition = crosstown.sha256(crosstown.sha256(b"hello"))
        late = crosstown.encode_prepare(7, condition, b"test.bob", b"hello", b"20200101000000.000Z")
        ended = asyncio.get_running_loop().create_future()

        async def connector(peer, _path=None):
            request_id, peer_id, token = crosstown.decode_auth(await peer.recv())
            await peer.send(crosstown.encode_message(crosstown.RESPONSE, request_id))
            await peer.send(crosstown.encode_message(crosstown.MESSAGE, 9, late))
            answer = await peer.recv()
            await peer.wait_closed()
            ended.set_result((peer_id, token, answer, peer.close_code))

        async with websockets.serve(connector, "127.0.0.1", 0) as server:
            bob = await self.bob(url=f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
            self.assertEqual(b"test.bob 7: the packet has expired\n", await bounded(bob.process.stdout.readline()))
            await self.stop_receiver(bob)
            reject = crosstown.encode_reject(b"R00", b"the packet has expired", triggered_by=b"test.bob")
            self.assertEqual(("bob", TOKENS["bob"], crosstown.encode_message(crosstown.RESPONSE, 9, reject), 1000),
                             await bounded(ended))

    async def test_what_is_wrong_is_told(self):
        for arguments, words in (((), "usage"), (("ws://127.0.0.1:1/", "bob", "btp3"), "usage"), (("nonsense", "bob"), "scheme")):
            code, out, errors = await (await self.receiver(*arguments)).finish()
            self.assertEqual((2, ""), (code, out), arguments)
            self.assertIn(words, errors)
        stranger = await self.receiver(self.urls["crosstown"], "bob", token="wrong-" + TOKEN)
        told = (await bounded(stranger.process.stderr.readline())).decode()
        self.assertEqual("authentication: the secret was refused: F00 BTPError\n", told)
        stranger.signal(signal.SIGTERM)
        code, out, errors = await stranger.finish()
        self.assertEqual((0, ""), (code, out))
        self.assertNotIn(TOKEN[:12], told + errors)

    async def test_the_page_shows_what_is_answered(self):
        page = (TESTS.parent / "examples" / "README.md").read_text(encoding="utf-8")
        for answer in (FULFILLED, rejected("F05", "wrong condition"), rejected("F02", "no route"),
                       rejected("T01", "the peer is not connected")):
            self.assertIn(json.dumps(answer, separators=(",", ":")), page)


if __name__ == "__main__":
    unittest.main()

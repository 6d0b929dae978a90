"""kedge-hub as a process, and a crosstown peer of another make on python-websockets."""

import json
import pathlib

import websockets

import crosstown
import harness
from harness import Program, bounded

TOKEN = "tok-5e61f0a7-never-to-be-printed"


class Hub(Program):
    @classmethod
    async def start(cls, folder, routes, *options, peers=None):
        """`peers` are tokens by peer id; unless given, TOKEN is everybody's."""
        file = pathlib.Path(folder, "btp.json")
        file.write_text(json.dumps({"routes": routes}), encoding="utf-8")
        if peers:
            path = pathlib.Path(folder, "peers.json")
            path.write_text(json.dumps(peers), encoding="utf-8")
            options += ("--btp-peers", path)
        hub = await super().start("KEDGE_HUB", "--btp", file, *options,
                                  env={"KEDGE_HUB_TOKEN": "", "KEDGE_HUB_BTP_TOKEN": "" if peers else TOKEN})
        hub.where = await hub.event("listening")
        return hub


class WithHub(harness.Interop):
    async def hub(self, routes, *options, **more):
        hub = await Hub.start(self.folder, routes, *options, **more)
        self.addAsyncCleanup(hub.kill)
        return hub

    async def end_hub(self, hub):
        """Its log, which holds no token."""
        hub.process.terminate()
        code, out, errors = await hub.finish()
        self.assertEqual(0, code, errors)
        self.assertNotIn(TOKEN[:12], out + errors)
        self.assertNotIn("runtime error", errors)
        self.assertNotIn("AddressSanitizer", errors)
        return errors


class Peer:
    """A crosstown peer: `answer(amount, destination, data)` gives the packet to answer with."""

    def __init__(self, url, peer_id, answer):
        self.url, self.peer_id, self.answer = url, peer_id, answer

    async def __aenter__(self):
        self.line = await bounded(websockets.connect(self.url))
        await self.line.send(crosstown.encode_auth(1, self.peer_id, TOKEN))
        reply = await bounded(self.line.recv())
        assert reply == crosstown.encode_message(crosstown.RESPONSE, 1), reply
        return self

    async def __aexit__(self, *_):
        await self.line.close()

    async def serve(self, count):
        """Answers so many packets; gives what they were."""
        seen = []
        for _ in range(count):
            asked = await bounded(self.line.recv())
            kind, request_id, entries, packet = crosstown.decode_message(asked)
            assert (kind, entries) == (crosstown.MESSAGE, {}), asked
            prepare = crosstown.decode_prepare(packet)
            seen.append((prepare["amount"], prepare["destination"], prepare["data"]))
            await self.line.send(crosstown.encode_message(crosstown.RESPONSE, request_id, self.answer(*seen[-1])))
        return seen

"""kedge-hub as a process, and a crosstown peer of another make on python-websockets."""

import asyncio
import json
import os
import pathlib
import subprocess

import websockets

import crosstown
import harness
from harness import Http, Program, WAIT_S, bounded

TOKEN = "tok-5e61f0a7-never-to-be-printed"


def configure(folder, routes, peers):
    """Files for these routes and tokens by peer id (TOKEN is everybody's without any): the options, and the environment."""
    file = pathlib.Path(folder, "btp.json")
    file.write_text(json.dumps({"routes": routes}), encoding="utf-8")
    options = ("--btp", file)
    if peers:
        path = pathlib.Path(folder, "peers.json")
        path.write_text(json.dumps(peers), encoding="utf-8")
        options += ("--btp-peers", path)
    return options, {"KEDGE_HUB_TOKEN": "", "KEDGE_HUB_BTP_TOKEN": "" if peers else TOKEN}


class Hub(Program):
    @classmethod
    async def start(cls, folder, routes, *options, peers=None):
        files, env = configure(folder, routes, peers)
        hub = await super().start("KEDGE_HUB", *files, *options, env=env)
        hub.where = await hub.event("listening")
        return hub


class WithHub(harness.Interop):
    """One hub for all tests of a class, at `cls.where`; and more for tests that want their own."""

    routes = ()
    peers = None
    policy = None  # of agent-gate, with TOKEN; without one BTP is all there is
    tls = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        options, env = configure(cls.folder, cls.routes, cls.peers)
        if cls.policy:
            file = pathlib.Path(cls.folder, "policy.json")
            file.write_text(json.dumps(cls.policy), encoding="utf-8")
            options, env = (*options, "--policy", file), {**env, "KEDGE_HUB_TOKEN": TOKEN}
        if cls.tls:
            options = (*options, "--cert", os.path.join(cls.folder, "server.pem"), "--key", os.path.join(cls.folder, "server.key"))
        cls.log = pathlib.Path(cls.folder, "hub.log")
        with cls.log.open("wb") as log:
            cls.process = subprocess.Popen([*harness.command("KEDGE_HUB"), *options], stdout=subprocess.PIPE, stderr=log,
                                           env={**os.environ, **env})
        cls.addClassCleanup(cls.end_of_all)
        cls.where = json.loads(cls.process.stdout.readline())
        cls.urls = cls.where["btp"]

    @classmethod
    def end_of_all(cls):
        cls.process.terminate()
        cls.process.communicate(timeout=WAIT_S)
        log = cls.log.read_text(encoding="utf-8")
        assert cls.process.returncode == 0, log
        assert TOKEN[:12] not in log and "runtime error" not in log and "AddressSanitizer" not in log, log

    async def hub(self, routes, *options, **more):
        hub = await Hub.start(self.folder, routes, *options, **more)
        self.addAsyncCleanup(hub.kill)
        return hub

    async def operator(self, method, path):
        """Asks the operator's API of the hub of all: (status, answer)."""
        http = await Http.open(int(self.where["operator"].rsplit(":", 1)[1]))
        try:
            http.ask(method, path)
            status, _, text = await http.answer()
        finally:
            http.close()
        return status, json.loads(text)

    async def hub_sees(self, path, condition):
        """Asks the operator until his answer is as wanted, and gives it."""
        async def asked():
            while not condition(answer := (await self.operator("GET", path))[1]):
                await asyncio.sleep(0.01)
            return answer
        return await bounded(asked())

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

    def __init__(self, url, peer_id, answer=None, token=TOKEN, ssl=None):
        self.url, self.peer_id, self.answer, self.token, self.ssl = url, peer_id, answer, token, ssl

    async def __aenter__(self):
        self.line = await bounded(websockets.connect(self.url, ssl=self.ssl))
        await self.line.send(crosstown.encode_auth(1, self.peer_id, self.token))
        reply = await bounded(self.line.recv())
        assert reply == crosstown.encode_message(crosstown.RESPONSE, 1), reply
        return self

    async def __aexit__(self, *_):
        await self.line.close()

    async def serve(self, count):
        """Answers so many packets; gives what they were. The last one is `prepare`, whole."""
        seen = []
        for _ in range(count):
            asked = await bounded(self.line.recv())
            kind, request_id, entries, packet = crosstown.decode_message(asked)
            assert (kind, entries) == (crosstown.MESSAGE, {}), asked
            self.prepare = prepare = crosstown.decode_prepare(packet)
            seen.append((prepare["amount"], prepare["destination"], prepare["data"]))
            await self.line.send(crosstown.encode_message(crosstown.RESPONSE, request_id, self.answer(*seen[-1])))
        return seen

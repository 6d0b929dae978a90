#!/usr/bin/env python3
"""kedge-hub on two addresses: peers have one of their own, and agents the other."""

import pathlib
import unittest

import harness
import websockets
from hub import Peer, TOKEN, WithHub


class TwoAddresses(WithHub):
    policy = {"policy": [{"tool": "*", "decision": "allow"}], "tools": []}

    async def refused(self, url):
        with self.assertRaises(websockets.exceptions.InvalidStatusCode) as caught:
            await harness.bounded(websockets.connect(url))
        return caught.exception.status_code

    async def two(self):
        file = pathlib.Path(self.folder, "apart.json")
        file.write_text("{}", encoding="utf-8")
        hub = await harness.Program.start("KEDGE_HUB", "--btp", file, "--btp-listen", "127.0.0.1:0", "--btp-path", "/",
                                          env={"KEDGE_HUB_TOKEN": TOKEN, "KEDGE_HUB_BTP_TOKEN": TOKEN})
        self.addAsyncCleanup(hub.kill)
        return hub, await hub.event("listening")

    async def test_each_is_where_it_listens_and_nowhere_else(self):
        hub, where = await self.two()
        agents, peers = where["url"], where["btp"]["crosstown"]
        self.assertNotEqual(agents.split(":")[2], peers.split(":")[2], "two ports, though both have the path /")
        async with Peer(peers, "alice"):
            line = await harness.bounded(websockets.connect(agents))
            await line.close()
        self.assertEqual(404, await self.refused(agents + "btp2"))
        self.assertEqual(404, await self.refused(peers + "elsewhere"))
        await self.end_hub(hub)

    async def test_both_are_told_when_it_goes(self):
        hub, where = await self.two()
        lines = [await harness.bounded(websockets.connect(url)) for url in (where["url"], where["btp"]["crosstown"])]
        hub.process.terminate()
        for line in lines:
            with self.assertRaises(websockets.exceptions.ConnectionClosed):
                await harness.bounded(line.recv())
            self.assertEqual(1001, line.close_code)
        self.assertEqual(0, (await hub.finish())[0])

    async def test_an_address_that_is_taken_is_told_by_its_option(self):
        taken = self.where["url"].split("/")[2]
        hub = await harness.Program.start("KEDGE_HUB", "--btp", pathlib.Path(self.folder, "btp.json"), "--btp-listen", taken,
                                          env={"KEDGE_HUB_TOKEN": TOKEN, "KEDGE_HUB_BTP_TOKEN": TOKEN})
        code, _, errors = await hub.finish()
        self.assertEqual(3, code)
        self.assertIn(f"--btp-listen {taken}: ", errors)

    async def test_an_option_of_agents_without_their_token_is_told(self):
        hub = await harness.Program.start("KEDGE_HUB", "--btp", pathlib.Path(self.folder, "btp.json"), "--auth-timeout", "3",
                                          env={"KEDGE_HUB_TOKEN": "", "KEDGE_HUB_BTP_TOKEN": TOKEN})
        code, _, errors = await hub.finish()
        self.assertEqual(2, code)
        self.assertIn("KEDGE_HUB_TOKEN", errors)


if __name__ == "__main__":
    unittest.main()

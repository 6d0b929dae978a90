#!/usr/bin/env python3
"""examples/own_protocol, a client of Home Assistant made of kedge's public headers, against a server that speaks its API. KEDGE_OWN_PROTOCOL is the
program: that of the build, or one that was built against what is installed."""

import asyncio
import json
import os
import subprocess
import unittest

from harness import Interop, bounded, command
from home_assistant import TOKEN, Home
from tinyproxy_test import WithTinyproxy

LIGHT = "light.kitchen"


class OwnProtocol(WithTinyproxy, Interop):
    async def asyncSetUp(self):
        self.home = await Home().start()
        self.addAsyncCleanup(self.home.stop)

    async def start(self, token=TOKEN, **env):
        return await self.program("KEDGE_OWN_PROTOCOL", f"ws://127.0.0.1:{self.home.port}/api/websocket", LIGHT,
                                  env={"HOME_ASSISTANT_TOKEN": token, **env})

    async def line(self, stream):
        return (await bounded(stream.readline())).decode().rstrip("\n")

    async def test_it_calls_a_service_and_tells_what_changes(self):
        program = await self.start()
        self.assertEqual({"context": {"id": "01J"}}, json.loads(await self.line(program.process.stdout)))
        self.assertEqual([("turn_on", LIGHT)], self.home.calls)
        await self.home.change(LIGHT, "on")
        self.assertEqual("on", json.loads(await self.line(program.process.stdout))["new_state"]["state"])

    async def test_after_a_cut_it_subscribes_again_and_calls_once(self):
        program = await self.start()
        await self.line(program.process.stdout)
        for state in ("off", "on"):
            self.home.cut()
            self.home.subscribed.clear()
            await bounded(self.home.subscribed.wait())
            await self.home.change(LIGHT, state)
            self.assertEqual(state, json.loads(await self.line(program.process.stdout))["new_state"]["state"])
        self.assertEqual((3, [("turn_on", LIGHT)]), (self.home.connections, self.home.calls))

    async def test_through_a_proxy_it_does_the_same(self):
        proxy = await self.tinyproxy()
        program = await self.start(http_proxy=proxy.url())
        await self.line(program.process.stdout)
        self.home.cut()
        self.home.subscribed.clear()
        await bounded(self.home.subscribed.wait())
        await self.home.change(LIGHT, "off")
        self.assertEqual("off", json.loads(await self.line(program.process.stdout))["new_state"]["state"])
        self.assertEqual(2, proxy.logged().count(f"CONNECT 127.0.0.1:{self.home.port}"))

    async def test_a_proxy_variable_that_is_wrong_is_told(self):
        code, _, errors = await (await self.start(http_proxy="socks5://127.0.0.1")).finish()
        self.assertIn("http_proxy: the proxy's URL", errors)
        self.assertEqual((1, 0), (code, self.home.connections), "and nothing goes past it")

    async def test_a_call_that_was_lost_is_told_and_the_subscription_goes_on(self):
        self.home.mute = True
        program = await self.start()
        while not self.home.calls:
            await asyncio.sleep(0.01)
        self.home.cut()
        self.home.subscribed.clear()
        told = [await self.line(program.process.stderr) for _ in range(2)]
        self.assertTrue(any("it may have run" in line for line in told), told)
        await bounded(self.home.subscribed.wait())
        await self.home.change(LIGHT, "on")
        self.assertIn("new_state", await self.line(program.process.stdout))
        self.assertEqual(1, len(self.home.calls), "nothing is called twice")

    async def test_it_runs_without_standard_descriptors_and_says_that_nothing_could_be_printed(self):
        for closed in (">&-", "<&- >&-", "<&- >&- 2>&-"):
            shell = await asyncio.create_subprocess_exec(
                "sh", "-c", f'exec "$@" {closed}', "sh", *command("KEDGE_OWN_PROTOCOL"),
                f"ws://127.0.0.1:{self.home.port}/api/websocket", LIGHT, env={**os.environ, "HOME_ASSISTANT_TOKEN": TOKEN},
                stderr=subprocess.PIPE)
            told = await self.line(shell.stderr) if "2" not in closed else None
            while len(self.home.calls) == 0:
                await asyncio.sleep(0.01)
            self.home.calls.clear()
            self.assertIsNone(shell.returncode, "no abort")
            shell.terminate()
            await bounded(shell.wait())
            self.assertIn(told, (None, "standard output cannot be written to"))

    async def test_what_the_server_refuses_is_told_in_its_words(self):
        self.home.refusing = ("not_found", "Entity not found")
        program = await self.start()
        self.assertEqual('Home Assistant: "Entity not found"', await self.line(program.process.stderr))

    async def test_a_wrong_token_is_told_and_not_printed(self):
        program = await self.start(token="wrong-token-of-some-length")
        told = await self.line(program.process.stderr)
        self.assertEqual('Home Assistant refused the token: "Invalid access token or password: ***"', told)

    async def test_without_a_token_it_says_which_variable_it_wants(self):
        ended = await (await self.start(token="")).finish()
        self.assertEqual((1, ""), ended[:2])
        self.assertIn("there is no credential for this attempt: HOME_ASSISTANT_TOKEN is not set\n", ended[2])

    async def test_1_a_command_line_that_is_wrong(self):
        program = await self.program("KEDGE_OWN_PROTOCOL")
        self.assertEqual((1, "", "usage: home_assistant URL LIGHT\n"), await program.finish())


if __name__ == "__main__":
    unittest.main(verbosity=2)

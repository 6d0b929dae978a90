#!/usr/bin/env python3
"""kedge-agent with the secret in its connector's URL, as ilp-plugin-btp has it: nothing that leaves it shows the secret."""

import asyncio
import json
import os
import pathlib
import signal
import socket
import unittest
import urllib.parse

from agent import AgentTest, SECRET, bounded, forms, packet

ENCODED = urllib.parse.quote(SECRET, safe="")


def url(port, user="", token=ENCODED):
    return f"btp+ws://{user}:{token}@127.0.0.1:{port}/btp"


class Url(AgentTest):
    def assert_untold(self, text):
        for form in (*forms(SECRET), ENCODED, "btp+ws"):
            self.assertNotIn(form, text.replace("\\", ""))

    async def everything(self, agent):
        """All that the daemon answers."""
        return str([(await agent.request("GET", path))[1] for path in ("/health", "/ready", "/metrics", "/nothing")])

    async def test_the_environments_url_brings_token_and_name(self):
        connector = await self.connector()
        agent = await self.agent("--log-level", "debug", CONNECTOR_BTP_URL=url(connector.port, "alice"))
        self.assertEqual("alice", (await connector.event("agent"))["peer"])
        await agent.healthy(btpConnected=True)
        self.assertEqual(200, (await agent.send(packet()))[0])
        for spelling in (b"plain", b"percent", b"base64"):
            self.assert_untold(str(await agent.send(packet("tell_reject", spelling))))
        self.assert_untold(await self.everything(agent))
        code, log = await self.stop(agent)
        self.assertEqual(0, code)
        self.assert_untold(json.dumps(log))

    async def test_a_files_url_does_as_well_and_is_kept_at_sighup(self):
        connector = await self.connector()
        file = pathlib.Path(self.folder, "agent.json")
        file.write_text(json.dumps({"CONNECTOR_BTP_URL": url(connector.port), "CONNECTOR_BTP_PEER_ID": "pi"}), encoding="utf-8")
        agent = await self.agent("--config", file)
        self.assertEqual("pi", (await connector.event("agent"))["peer"])
        agent.signal(signal.SIGHUP)
        connector.order("cut")
        self.assertEqual("pi", (await connector.event("agent"))["peer"])
        self.assert_untold(await self.everything(agent))

    async def test_a_connector_that_refuses_it_and_repeats_it_is_told_without_it(self):
        connector = await self.connector(secret="another")
        systemd = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(systemd.close)
        systemd.setblocking(False)
        systemd.bind(os.path.join(self.folder, "notify"))
        agent = await self.agent("--log-level", "debug", CONNECTOR_BTP_URL=url(connector.port),
                                 NOTIFY_SOCKET=os.path.join(self.folder, "notify"))
        await connector.event("refused")
        health = await agent.failed()
        self.assertIn("who is ***?", health["link"]["lastError"])
        self.assert_untold(await self.everything(agent))
        status = ""
        while "who is ***?" not in status:
            status = (await bounded(asyncio.get_running_loop().sock_recv(systemd, 4096))).decode()
            self.assert_untold(status)
        code, log = await self.stop(agent)
        self.assertEqual(0, code)
        self.assert_untold(json.dumps(log))

    async def test_what_is_wrong_with_it_is_said_by_check_and_by_the_log_without_it(self):
        for value, more, words in (
                (url(1), {}, None),
                (url(1, token=SECRET), {}, "an @ behind the host"),
                (url(1, token=ENCODED + "%2"), {}, "a % that begins no escape"),
                (url(1, token=ENCODED + "%0A"), {}, "a control character"),
                (f"btp+ws://{ENCODED}@h", {}, "a user and no token"),
                (f"ws://:{ENCODED}@h", {"CONNECTOR_BTP_AUTH_NONE": 1}, "user info"),
                (url(1), {"CONNECTOR_BTP_AUTH_TOKEN": "another"}, "is another than CONNECTOR_BTP_AUTH_TOKEN"),
                (url(1), {"CONNECTOR_BTP_AUTH_TOKEN_FILE": "/f"}, "as well as CONNECTOR_BTP_AUTH_TOKEN_FILE")):
            for arguments in (("--check",), ()) if words else (("--check",),):
                agent = await self.start(*arguments, CONNECTOR_BTP_URL=value, **more)
                code, out, errors = await agent.finish()
                agent.ended = True
                self.assert_untold((out + errors).replace("btp+ws://", ""))
                self.assertEqual(2 if words else 0, code, words)
                self.assertIn(words or "sending is on", out + errors)

    async def test_a_command_line_has_no_room_for_it(self):
        agent = await self.start(url(1))
        code, out, errors = await agent.finish()
        agent.ended = True
        self.assertEqual(2, code)
        self.assert_untold(out + errors)


if __name__ == "__main__":
    unittest.main()

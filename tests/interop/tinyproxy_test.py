#!/usr/bin/env python3
"""kedge and kedge-agent through an HTTP proxy of another make, Debian's tinyproxy, that the environment names."""

import asyncio
import json
import os
import socket
import unittest

from agent import AgentTest, packet
from cli import Cli
from harness import bounded

PASSWORD = "pass-never-to-be-printed"  # tinyproxy knows letters, digits, `-`, `.` and `_`
ENCODED = "p%61ss%2dnever-to-be-printed"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Tinyproxy:
    """One process; `log` is what it wrote."""

    def __init__(self, folder, *lines):
        self.port = free_port()
        self.file = os.path.join(folder, f"tinyproxy-{self.port}.conf")
        self.log = self.file + ".log"
        with open(self.file, "w", encoding="ascii") as file:
            file.write("\n".join((f"Port {self.port}", "Listen 127.0.0.1", "Timeout 600", "MaxClients 20", "LogLevel Connect",
                                  *lines, "")))

    async def start(self):
        with open(self.log, "ab") as log:
            self.process = await asyncio.create_subprocess_exec(os.environ["KEDGE_TINYPROXY"], "-d", "-c", self.file,
                                                                stdout=log, stderr=log)

        async def reached():
            while self.process.returncode is None:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                    return writer.close()
                except ConnectionError:
                    await asyncio.sleep(0.01)
            raise AssertionError(self.logged())
        await bounded(reached())
        return self

    async def kill(self):
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    def logged(self):
        with open(self.log, encoding="utf-8") as log:
            return log.read()

    def url(self, user=""):
        return f"http://{user}127.0.0.1:{self.port}"


class WithTinyproxy:
    async def tinyproxy(self, *lines):
        proxy = Tinyproxy(self.folder, *lines)
        await proxy.start()
        self.addAsyncCleanup(proxy.kill)
        return proxy


class Command(WithTinyproxy, Cli):
    async def end(self, program):
        code, out, errors = await super().end(program)
        self.assertNotIn("never", out + errors, "the proxy's password is in neither")
        return code, out, errors

    async def test_a_call_goes_over_tls_through_the_proxy_with_its_password(self):
        gate = await self.gate()
        proxy = await self.tinyproxy(f"BasicAuth user {PASSWORD}", f"ConnectPort {gate.port}")
        code, out, errors = await self.run_kedge("call", "allow_light", '{"level": 7}', port=gate.port,
                                                 env={"https_proxy": proxy.url(f"user:{ENCODED}@")})
        self.assertEqual((0, {"level": 7}), (code, json.loads(out or "{}").get("args")), errors)
        self.assertIn(f"CONNECT localhost:{gate.port} HTTP/1.1", proxy.logged())

    async def test_3_a_password_that_is_missing_or_wrong_is_the_proxys_business(self):
        gate = await self.gate()
        proxy = await self.tinyproxy(f"BasicAuth user {PASSWORD}")
        for user, words in (("", "the proxy wants a credential: HTTP 407"),
                            ("user:never-mind@", "the proxy refused the credential for it: HTTP 401")):
            errors = await self.expect(3, words, "tools", port=gate.port, options=("--json", "--retry"),
                                       env={"https_proxy": proxy.url(user)})
            error, = self.events(errors, "error")
            self.assertEqual(("authentication", "proxy"), (error["error"]["kind"], error["error"]["layer"]))

    async def test_3_a_port_that_the_proxy_does_not_allow(self):
        gate = await self.gate()
        proxy = await self.tinyproxy(f"ConnectPort {free_port()}")
        await self.expect(3, "the proxy refused: HTTP 403 Access violation", "tools", port=gate.port, options=("--retry",),
                          env={"https_proxy": proxy.url()})

    async def test_3_a_server_that_the_proxy_does_not_reach(self):
        proxy = await self.tinyproxy()
        for url in (f"wss://localhost:{free_port()}/", "wss://no-such-host.invalid/"):
            await self.expect(3, "the proxy refused: HTTP 5", "tools", url=url, env={"all_proxy": proxy.url()})

    async def test_3_a_proxy_that_is_not_there(self):
        await self.expect(3, "the proxy: ", "tools", port=1, env={"HTTPS_PROXY": f"127.0.0.1:{free_port()}"})

    async def test_2_a_variable_that_cannot_be_used_is_named(self):
        await self.expect(2, "https_proxy: the proxy's URL is of a SOCKS proxy", "tools", port=1,
                          env={"https_proxy": f"socks5://user:{ENCODED}@127.0.0.1"})

    async def test_no_proxy_goes_straight(self):
        gate = await self.gate()
        nobody = f"http://127.0.0.1:{free_port()}"
        for env in ({"https_proxy": nobody, "no_proxy": "localhost"}, {"https_proxy": nobody, "NO_PROXY": "*"},
                    {"http_proxy": nobody}):
            code, _, errors = await self.run_kedge("tools", port=gate.port, env=env)
            self.assertEqual(0, code, errors)

    async def test_a_line_that_is_lost_with_the_proxy_comes_back_through_it(self):
        gate = await self.gate()
        proxy = await self.tinyproxy()
        program = await self.kedge("call", "ask_door", port=gate.port, env={"https_proxy": proxy.url()})
        await gate.event("asked")
        await proxy.kill()
        await gate.event("gone")
        await proxy.start()
        gate.order("approve")
        code, out, errors = await self.end(program)
        self.assertEqual((0, {"approved": "ask_door"}), (code, json.loads(out or "null")), errors)
        self.assertEqual(2, proxy.logged().count("CONNECT localhost"))


class Daemon(WithTinyproxy, AgentTest):
    async def test_the_daemon_reaches_its_connector_through_the_proxy(self):
        proxy = await self.tinyproxy(f"BasicAuth user {PASSWORD}")
        connector, agent = await self.pair(http_proxy=proxy.url(f"user:{ENCODED}@"))
        status, answer = await agent.send(packet())
        self.assertEqual((200, True), (status, answer["accepted"]), answer)
        self.assertIn(f"CONNECT 127.0.0.1:{connector.port} HTTP/1.1", proxy.logged())
        _, log = await self.stop(agent)
        self.assertNotIn("never", json.dumps(log))

    async def test_what_the_proxy_refuses_is_the_health_s_last_error(self):
        proxy = await self.tinyproxy(f"BasicAuth user {PASSWORD}")
        connector = await self.connector()
        agent = await self.agent(connector=connector, ready=False, http_proxy=proxy.url())
        self.assertIn("the proxy wants a credential: HTTP 407", json.dumps(await agent.failed()))

    async def test_a_variable_that_cannot_be_used_is_a_problem_of_the_configuration(self):
        connector = await self.connector()
        code, log = await self.end(await self.start(connector=connector, all_proxy=f"https://user:{ENCODED}@proxy"))
        self.assertEqual(2, code)
        self.assertEqual(["all_proxy: the proxy's URL is https://: TLS to a proxy is not supported"],
                         [record["message"] for record in log])


if __name__ == "__main__":
    unittest.main()

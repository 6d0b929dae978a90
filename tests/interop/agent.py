"""kedge-agent and a connector of another make, as processes: what the tests of the daemon share."""

import asyncio
import base64
import json
import os
import pathlib
import signal
import sys
import urllib.parse

import harness
from harness import Http, Program, WAIT_S, bounded

SECRET = 'tok/5e61+f0a7"never-to-be-printed'
CONNECTOR = pathlib.Path(__file__).with_name("btp_connector.py")
# What the daemon's environment must not have from ours.
VARIABLES = ("NODE_ID", "HTTP_HOST", "HTTP_PORT", "SHUTDOWN_GRACE_MS", "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")
# What is promised within a second.
SECOND_S = 1 if harness.SLOWNESS == 1 else 4 * harness.SLOWNESS
JSON = {"Content-Type": "application/json"}


def b64(data):
    return base64.b64encode(data).decode()


def forms(secret):
    """How a secret might be told. To be looked for in text without its backslashes."""
    plain = secret.encode()
    return (secret[:8], secret, b64(plain)[:12], urllib.parse.quote(secret, safe="")[:12], plain.hex()[:16],
            "".join(f"u{ord(character):04x}" for character in secret[:8]))


def packet(verb="fulfil", data=b"hello", **more):
    """A body of POST /ilp/send for the connector's verb."""
    return {"destination": f"test.{verb}.bob", "amount": "1000", "data": b64(data), **more}


class Connector(Program):
    """btp_connector.py as a process."""

    @classmethod
    async def start(cls, *arguments, secret=SECRET):
        process = await asyncio.create_subprocess_exec(
            sys.executable, CONNECTOR, *map(str, arguments), stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, env={**os.environ, "BTP_SECRET": secret})
        connector = cls(process)
        connector.port = (await connector.event("listening"))["port"]
        return connector

    def order(self, text):
        self.process.stdin.write(text.encode() + b"\n")


class Agent(Program):
    """kedge-agent as a process."""

    async def request(self, method, path, body=b"", headers=None):
        """(status, JSON or text) by a connection of its own."""
        http = await Http.open(self.port)
        try:
            http.ask(method, path, body, headers)
            status, headers, text = await http.answer()
        finally:
            http.close()
        for form in forms(self.secret):
            assert form not in text.decode(errors="replace").replace("\\", ""), "the secret is in an answer"
        if headers.get("content-type") == "application/json":
            return status, json.loads(text)
        return status, text.decode()

    async def send(self, body, headers=None):
        """POST /ilp/send: (status, answer). A body that is no bytes is written as JSON."""
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.request("POST", "/ilp/send", body, JSON if headers is None else headers)

    async def curl(self, body):
        """POST /ilp/send by curl: the answer."""
        curl = await asyncio.create_subprocess_exec(
            "curl", "-sS", "--max-time", str(WAIT_S), f"http://127.0.0.1:{self.port}/ilp/send", "-H",
            "Content-Type: application/json", "-d", json.dumps(body), stdout=asyncio.subprocess.PIPE)
        out, _ = await bounded(curl.communicate())
        return json.loads(out)

    async def health(self):
        return (await self.request("GET", "/health"))[1]

    async def metric(self, name):
        text = (await self.request("GET", "/metrics"))[1]
        return next(float(line.split(" ")[1]) for line in text.splitlines() if line.startswith(name + " "))

    async def healthy(self, **wanted):
        """Asks until the health has these values."""
        async def asked():
            while not wanted.items() <= (health := await self.health()).items():
                await asyncio.sleep(0.01)
            return health
        return await bounded(asked())

    async def failed(self):
        """The health once an attempt has failed."""
        async def asked():
            while (health := await self.healthy(status="degraded"))["link"]["lastError"] is None:
                await asyncio.sleep(0.01)
            return health
        return await bounded(asked())


class AgentTest(harness.Interop):
    secret = SECRET

    async def connector(self, *options, **more):
        connector = await Connector.start(*options, **more)
        self.addAsyncCleanup(connector.kill)
        return connector

    async def start(self, *arguments, connector=None, **variables):
        """A daemon that may or may not come to listen."""
        env = {name: "" for name in VARIABLES}
        env.update({"HTTP_PORT": "0"})
        if connector is not None:
            env.update({"CONNECTOR_BTP_URL": f"ws://127.0.0.1:{connector.port}/", "CONNECTOR_BTP_AUTH_TOKEN": self.secret})
        env.update({name: str(value) for name, value in variables.items()})
        agent = await Agent.start("KEDGE_AGENT", *arguments, env=env)
        agent.ended = False
        agent.secret = self.secret
        self.addAsyncCleanup(self.clean_up, agent)
        return agent

    async def agent(self, *arguments, connector=None, ready=True, **variables):
        """One that listens, and is connected when there is a connector (unless not `ready`)."""
        agent = await self.start(*arguments, connector=connector, **variables)
        agent.port = int((await agent.event("listening"))["url"].rsplit(":", 1)[1])
        if connector is not None and ready:
            await connector.event("agent")
            await agent.healthy(btpConnected=True)
        return agent

    async def pair(self, *options, **variables):
        """A connector, and a daemon connected to it."""
        connector = await self.connector(*options)
        return connector, await self.agent(connector=connector, **variables)

    async def end(self, agent):
        """Waits for its end: (exit code, log records). The log is JSON lines, and the secret is nowhere in it."""
        code, out, errors = await agent.finish()
        agent.ended = True
        for form in forms(self.secret):
            self.assertNotIn(form, (out + errors).replace("\\", ""))
        return code, [json.loads(line) for line in errors.splitlines()]

    async def stop(self, agent, number=signal.SIGTERM):
        agent.signal(number)
        return await self.end(agent)

    async def clean_up(self, agent):
        try:
            if not agent.ended:
                code, _ = await (self.end(agent) if agent.process.returncode is not None else self.stop(agent))
                self.assertEqual(0, code)
        finally:
            await agent.kill()

    async def expect(self, status, words, agent, body, headers=None):
        """Sends it: an error with that status and these words in its message."""
        got, answer = await agent.send(body, headers)
        self.assertEqual((status, ["error", "message"]), (got, sorted(answer)), answer)
        self.assertRegex(answer["message"], words)


__all__ = ["AgentTest", "Http", "JSON", "SECOND_S", "SECRET", "WAIT_S", "b64", "bounded", "forms", "packet"]

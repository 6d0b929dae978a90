"""The program kedge and an agent-gate server of another make, as processes: what the tests of both share."""

import asyncio
import json
import os
import pathlib
import sys

import harness
from harness import Program, WAIT_S, bounded

TOKEN = "tok-5e61f0a7-never-to-be-printed"
SERVER = pathlib.Path(__file__).with_name("agent_gate_server.py")


class Gate(Program):
    """agent_gate_server.py as a process."""

    @classmethod
    async def start(cls, *arguments, token=TOKEN):
        process = await asyncio.create_subprocess_exec(
            sys.executable, SERVER, *map(str, arguments), stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env={**os.environ, "GATE_TOKEN": token},
            limit=1 << 22)
        gate = cls(process)
        gate.port = (await gate.event("listening"))["port"]
        return gate

    def order(self, text):
        self.process.stdin.write(text.encode() + b"\n")


class Cli(harness.Interop):
    async def gate(self, *options, **more):
        certificate, key = self.certificate()
        gate = await Gate.start("--cert", certificate, "--key", key, *options, **more)
        self.addAsyncCleanup(gate.kill)
        return gate

    async def kedge(self, verb, *arguments, port=None, url=None, ca="ca", token=TOKEN, timeout=None, options=(),
                    env=None):
        """Starts `kedge agent-gate VERB`. The token goes into the environment."""
        url = url or f"wss://localhost:{port}/"
        line = ["agent-gate", verb, *arguments, "--url", url, "--timeout", timeout or WAIT_S, *options]
        if ca:
            line += ["--ca", self.certificate(ca)[0]]
        return await self.program("KEDGE_CLI", *line, env=self.environment(token, env))

    def environment(self, token=TOKEN, more=None):
        """Results that wait do so in a folder of the tests' own."""
        return {"KEDGE_TOKEN": token or "", "XDG_STATE_HOME": self.state(), **(more or {})}

    def state(self):
        return os.path.join(self.folder, "state")

    async def end(self, program):
        """(exit code, standard output, standard error); the token is in neither."""
        code, out, errors = await program.finish()
        self.assertNotIn(TOKEN, out + errors)
        self.assertNotIn(TOKEN[:12], out + errors)
        self.assertNotIn("runtime error", errors)
        self.assertNotIn("AddressSanitizer", errors)
        return code, out, errors

    async def run_kedge(self, *arguments, **options):
        return await self.end(await self.kedge(*arguments, **options))

    async def without_room(self, gate, *arguments, env=None):
        """Runs it with a full disk for its standard output. Its standard error."""
        with open("/dev/full", "wb") as full:
            process = await asyncio.create_subprocess_exec(
                os.environ["KEDGE_LAUNCH"], os.environ["KEDGE_CLI"], "agent-gate", *arguments, "--url",
                f"wss://localhost:{gate.port}/", "--ca", self.certificate("ca")[0], stdout=full,
                stderr=asyncio.subprocess.PIPE, env={**os.environ, **self.environment(more=env)})
            _, errors = await bounded(process.communicate())
        self.assertEqual(1, process.returncode, errors)
        return errors.decode()

    def fetch(self, port, waits=""):
        """The command that fetches a result, from any folder and whatever that shell's environment is."""
        return (f"XDG_STATE_HOME={self.state()} kedge agent-gate pending {waits}--url wss://localhost:{port}/ "
                f"--ca {self.certificate('ca')[0]}")

    async def leave_a_result(self, gate, order, *arguments):
        """An earlier process's request for ask_door, decided on when the process is gone."""
        earlier = await self.kedge("call", "ask_door", *arguments, port=gate.port)
        await gate.event("asked")
        await earlier.kill()
        await gate.event("gone")
        gate.order(order)
        await gate.event("decided")

    async def expect(self, code, words, *arguments, **options):
        """Runs it to a failure with this exit code, these words on standard error, and nothing on standard output."""
        got, out, errors = await self.run_kedge(*arguments, **options)
        self.assertEqual((code, ""), (got, out), errors)
        self.assertRegex(errors, words)
        return errors

    @staticmethod
    def events(errors, name):
        """Those of that name among the JSON lines on standard error."""
        return [event for event in map(json.loads, errors.splitlines()) if event["event"] == name]

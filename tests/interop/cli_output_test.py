"""The program kedge and whoever reads its standard output: who has no room, who takes his time, who never reads."""

import asyncio
import fcntl
import json
import os
import pathlib
import resource
import signal
import struct
import termios
import unittest

from cli import Cli
from harness import SHORT_S, bounded


class Output(Cli):
    async def test_1_standard_output_is_full_though_the_tool_has_run(self):
        gate = await self.gate()
        fetch = self.fetch(gate.port)
        errors = await self.without_room(gate, "call", "allow_light")
        self.assertIn("error: closed: the result could not be written to standard output; the tool has run", errors)
        self.assertIn(f"the result: {fetch}\n", errors)
        self.assertNotIn("waits", errors, "it is told once")
        error, = self.events(await self.without_room(gate, "call", "allow_light", "--json"), "error")
        self.assertEqual((True, fetch), (error["error"]["may_have_run"], error["fetch"]))
        errors = await self.without_room(gate, "call", "allow_light", "--no-spool")
        self.assertNotIn("kedge agent-gate pending", errors, "it is kept nowhere")
        errors = await self.without_room(gate, "tools")
        self.assertIn("error: closed: the result could not be written to standard output", errors)
        self.assertNotIn("run", errors, "no tool has")

    async def unread(self, gate, *options):
        """A call whose result is larger than a pipe, and whose reader does not read: (process, the pipe). The server has let it go."""
        arguments = pathlib.Path(self.folder, "large.json")
        arguments.write_text(json.dumps({"pad": "x" * 300_000}), encoding="utf-8")
        read_end, write_end = os.pipe()
        pipe = open(read_end, "rb")
        self.addCleanup(pipe.close)
        process = await asyncio.create_subprocess_exec(
            os.environ["KEDGE_LAUNCH"], os.environ["KEDGE_CLI"], "agent-gate", "call", "allow_light", f"@{arguments}", *options,
            "--url", f"wss://localhost:{gate.port}/", "--ca", self.certificate("ca")[0], "--timeout", str(SHORT_S),
            stdout=write_end, stderr=asyncio.subprocess.PIPE, env={**os.environ, **self.environment()})
        os.close(write_end)
        await gate.event("gone")
        return process, pipe

    async def test_a_reader_who_takes_his_time_holds_no_place_at_the_server(self):
        gate = await self.gate()
        process, pipe = await self.unread(gate)
        code, _, errors = await self.run_kedge("call", "allow_light", port=gate.port)
        self.assertEqual(0, code, errors)
        await asyncio.sleep(SHORT_S)  # --timeout is for the answer, which has come
        out = await asyncio.to_thread(pipe.read)
        errors = (await bounded(process.communicate()))[1]
        self.assertEqual((0, 300_000), (process.returncode, len(json.loads(out)["args"]["pad"])), errors)

    async def test_130_a_reader_who_never_reads(self):
        gate = await self.gate()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            process, pipe = await self.unread(gate, "--json")
            while struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, b"    "))[0] < 60_000:
                await asyncio.sleep(0.01)
            process.send_signal(number)
            errors = (await bounded(process.communicate()))[1].decode()
            error, = self.events(errors, "error")
            self.assertEqual((130, "cancelled", True), (process.returncode, error["error"]["kind"], error["error"]["may_have_run"]), errors)
            self.assertEqual(self.fetch(gate.port), error["fetch"])
        code, out, errors = await self.run_kedge("pending", port=gate.port)
        self.assertEqual((0, 3), (code, len(json.loads(out))), errors)

    async def test_1_the_result_is_larger_than_a_file_may_become(self):
        gate = await self.gate()
        command = [os.environ["KEDGE_LAUNCH"], os.environ["KEDGE_CLI"], "agent-gate", "call", "allow_light", "--url",
                   f"wss://localhost:{gate.port}/", "--ca", self.certificate("ca")[0], "--no-spool"]
        with open(os.path.join(self.folder, "result"), "wb") as result:
            process = await asyncio.create_subprocess_exec(
                *command, stdout=result, stderr=asyncio.subprocess.PIPE, env={**os.environ, **self.environment()},
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)))
            _, errors = await bounded(process.communicate())
        self.assertEqual(1, process.returncode, errors)
        self.assertIn(b"standard output", errors)


if __name__ == "__main__":
    unittest.main()

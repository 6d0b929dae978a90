"""The program kedge against an agent-gate server of another make: what succeeds, and what it prints."""

import json
import pathlib
import socket
import unittest

import agent_gate_server
from cli import Cli, Gate, TOKEN
from harness import SHORT_S, bounded


class Success(Cli):
    async def test_0_allowed(self):
        gate = await self.gate()
        code, out, errors = await self.run_kedge("call", "allow_light", '{"on": true, "name": "K\u00fcche"}', port=gate.port)
        self.assertEqual(0, code, errors)
        self.assertEqual({"tool": "allow_light", "args": {"on": True, "name": "K\u00fcche"}}, json.loads(out))
        for state in ("connecting", "authenticating", "ready", "closed"):
            self.assertIn(state, errors)

    async def test_0_without_tls_and_without_arguments(self):
        gate = await Gate.start()
        self.addAsyncCleanup(gate.kill)
        code, out, errors = await self.run_kedge("call", "allow_light", url=f"ws://127.0.0.1:{gate.port}/", ca=None)
        self.assertEqual(0, code, errors)
        self.assertEqual({}, json.loads(out)["args"])

    async def test_0_arguments_from_standard_input(self):
        gate = await self.gate()
        program = await self.kedge("call", "allow_light", "-", port=gate.port)
        program.process.stdin.write(b'{"level": 7}')
        program.process.stdin.close()
        code, out, errors = await self.end(program)
        self.assertEqual((0, {"level": 7}), (code, json.loads(out)["args"]), errors)

    async def test_0_token_from_a_file(self):
        gate = await self.gate()
        path = pathlib.Path(self.folder, "token")
        path.write_text(TOKEN + "\n", encoding="utf-8")
        code, _, errors = await self.run_kedge("call", "allow_light", port=gate.port, token=None,
                                               options=("--token-file", path))
        self.assertEqual(0, code, errors)

    async def test_0_tools(self):
        gate = await self.gate()
        code, out, errors = await self.run_kedge("tools", port=gate.port)
        self.assertEqual((0, {"tools": [{"name": "allow_light"}]}), (code, json.loads(out)), errors)

    async def test_0_approved_while_the_line_is_cut(self):
        gate = await self.gate()
        program = await self.kedge("call", "ask_door", '{"door": 1}', port=gate.port)
        await gate.event("asked")
        gate.order("cut")
        await gate.event("gone")
        gate.order("approve")
        self.assertTrue((await gate.event("decided"))["offline"])
        code, out, errors = await self.end(program)
        self.assertEqual((0, {"approved": "ask_door"}), (code, json.loads(out)), errors)
        self.assertIn("waiting: connection", errors)
        self.assertEqual(1, len(gate.named("request")), "the tool was asked for once")

    async def test_0_approved_after_the_poll_that_follows_the_reconnect(self):
        gate = await self.gate()
        program = await self.kedge("call", "ask_door", port=gate.port)
        await gate.event("asked")
        gate.order("cut")
        await gate.event("gone")
        await gate.event("agent")
        gate.order("approve")
        code, out, errors = await self.end(program)
        self.assertEqual((0, {"approved": "ask_door"}), (code, json.loads(out)), errors)

    async def leave_a_result(self, gate, order, *arguments):
        """An earlier process's request for ask_door, decided on when the process is gone."""
        earlier = await self.kedge("call", "ask_door", *arguments, port=gate.port)
        await gate.event("asked")
        await earlier.kill()
        await gate.event("gone")
        gate.order(order)
        await gate.event("decided")

    async def test_0_pending_prints_what_an_earlier_process_left(self):
        gate = await self.gate()
        await self.leave_a_result(gate, "deny", '{"door": 2}')
        code, out, errors = await self.run_kedge("pending", port=gate.port)
        self.assertEqual(0, code, errors)
        row, = json.loads(out)
        self.assertEqual(("ask_door", {"door": 2}, "denied"), (row["tool"], row["args"], row["status"]))
        self.assertEqual({"status": "denied", "data": "Denied by user"}, row["result"])
        code, out, errors = await self.run_kedge("pending", port=gate.port)
        self.assertEqual((0, []), (code, json.loads(out)), errors)

    async def test_0_retry_waits_for_a_server_that_comes_later(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        program = await self.kedge("call", "allow_light", port=port, options=("--retry",))
        seen = b""
        while b"waiting" not in seen:
            line = await bounded(program.process.stderr.readline())
            self.assertTrue(line, "it ended without a retry")
            seen += line
        await self.gate("--port", port)
        code, _, errors = await self.end(program)
        self.assertEqual(0, code, errors)

    async def test_0_noise_before_the_answer_is_told_and_survived(self):
        gate = await self.gate()
        code, out, errors = await self.run_kedge("call", "noise_light", port=gate.port, options=("--json",))
        self.assertEqual((0, {"tool": "noise_light", "args": {}}), (code, json.loads(out)), errors)
        told = [event for event in map(json.loads, errors.splitlines()) if event.get("name") == "error"]
        self.assertGreaterEqual(len(told), len(agent_gate_server.NOISE), errors)

    async def test_rows_of_earlier_processes_are_shown_not_lost(self):
        gate = await self.gate()
        await self.leave_a_result(gate, "approve")
        code, _, errors = await self.run_kedge("call", "allow_light", port=gate.port, options=("--json",))
        self.assertEqual(0, code, errors)
        rows = [event["row"] for event in map(json.loads, errors.splitlines()) if event["event"] == "unclaimed"]
        self.assertEqual(["ask_door"], [row["tool"] for row in rows])

    async def test_pending_prints_what_it_has_though_it_fails(self):
        gate = await self.gate("--polls", 2)  # of the earlier process, and the first of the later one
        await self.leave_a_result(gate, "approve")
        code, out, errors = await self.run_kedge("pending", port=gate.port, timeout=SHORT_S)
        self.assertEqual(6, code, errors)
        self.assertEqual(["ask_door"], [row["tool"] for row in json.loads(out)], "the server has deleted it")

    async def test_help_and_version(self):
        for line in (("--help",), ("--version",), ("agent-gate", "--help"), ("agent-gate", "call", "--help")):
            code, out, _ = await self.end(await self.program("KEDGE_CLI", *line))
            self.assertEqual(0, code)
            self.assertIn("kedge", out)
        for text in ("--url", "--ca", "--timeout", "--retry", "--json", "--token-file", "KEDGE_TOKEN", "130"):
            self.assertIn(text, out)


if __name__ == "__main__":
    unittest.main()

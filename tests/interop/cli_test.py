"""The program kedge against an agent-gate server of another make: what succeeds, and what it prints."""

import asyncio
import json
import os
import pathlib
import pty
import re
import socket
import time
import unittest

import agent_gate_server
import harness
from cli import Cli, Gate, TOKEN
from harness import bounded, upgrade_response


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

    async def test_0_arguments_of_a_file(self):
        gate = await self.gate()
        path = pathlib.Path(self.folder, "arguments.json")
        path.write_text('{"level": 8}\n', encoding="utf-8")
        code, out, errors = await self.run_kedge("call", "allow_light", f"@{path}", port=gate.port)
        self.assertEqual((0, {"level": 8}), (code, json.loads(out)["args"]), errors)

    async def test_0_token_from_a_file(self):
        gate = await self.gate()
        path = pathlib.Path(self.folder, "token")
        path.write_text(TOKEN + "\n", encoding="utf-8")
        for other in (None, "of the environment, which the command line wins over"):
            code, _, errors = await self.run_kedge("call", "allow_light", port=gate.port, token=other,
                                                   options=("--token-file", path))
            self.assertEqual(0, code, errors)

    async def test_0_a_token_of_3_kib_from_the_environment_and_from_a_file(self):
        token = harness.long_token()
        gate = await self.gate(token=token)
        path = pathlib.Path(self.folder, "long_token")
        path.write_text(token + "\n", encoding="utf-8")
        for given in ({"token": token}, {"token": None, "options": ("--token-file", path)}):
            code, out, errors = await self.run_kedge("call", "allow_light", port=gate.port, **given)
            self.assertEqual(0, code, errors)
            self.assertNotIn(token[:64], out + errors)

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
        code, out, errors = await self.run_kedge("call", "noise_light", port=gate.port, options=("--json", "--log-level", "debug"))
        self.assertEqual((0, {"tool": "noise_light", "args": {}}), (code, json.loads(out)), errors)
        told = [event for event in map(json.loads, errors.splitlines()) if event.get("name") == "error"]
        self.assertGreaterEqual(len(told), len(agent_gate_server.NOISE), errors)

    async def test_0_a_certificate_that_the_server_asks_for(self):
        certificate, key = self.certificate()
        gate = await self.gate("--client-ca", self.certificate("ca")[0])
        code, _, errors = await self.run_kedge("call", "allow_light", port=gate.port,
                                               options=("--cert", certificate, "--key", key))
        self.assertEqual(0, code, errors)
        code, _, errors = await self.run_kedge("call", "allow_light", port=gate.port)
        self.assertEqual(3, code, errors)

    async def test_0_the_ca_of_the_environment_and_the_command_lines_before_it(self):
        gate = await self.gate()
        known, unknown = self.certificate("ca")[0], self.certificate("other_ca")[0]
        code, _, errors = await self.run_kedge("tools", port=gate.port, ca=None, env={"KEDGE_CA": known})
        self.assertEqual(0, code, errors)
        code, _, errors = await self.run_kedge("tools", port=gate.port, ca="ca", env={"KEDGE_CA": unknown})
        self.assertEqual(0, code, errors)

    async def test_the_url_of_the_command_line_is_the_one_that_gets_the_token(self):
        gate = await self.gate()
        with socket.create_server(("127.0.0.1", 0)) as elsewhere:
            elsewhere.setblocking(False)
            env = {"KEDGE_URL": f"ws://127.0.0.1:{elsewhere.getsockname()[1]}/"}
            for arguments in (("call", "allow_light"), ("pending",), ("tools",)):
                code, _, errors = await self.run_kedge(*arguments, port=gate.port, env=env)
                self.assertEqual(0, code, errors)
            with self.assertRaises(BlockingIOError):
                elsewhere.accept()

    async def test_0_calls_in_a_row_though_the_gateway_gives_the_place_late(self):
        # An emulator starts slowly, and the command tries for 5 s.
        gate = await self.gate("--hold", 2 if harness.SLOWNESS == 1 else 4)
        for number in range(2):
            code, _, errors = await self.run_kedge("call", "allow_light", port=gate.port)
            self.assertEqual((0, number > 0), (code, "4000: Another agent" in errors), errors)

    async def test_0_messages_as_large_as_was_said(self):
        gate = await self.gate()
        code, out, errors = await self.run_kedge("call", "huge_light", '{"size": 1000000}', port=gate.port)
        self.assertEqual((0, 1000000), (code, len(json.loads(out))), errors[:1000])
        code, out, errors = await self.run_kedge("call", "huge_light", '{"size": 10000000}', port=gate.port,
                                                 options=("--max-message", 16 << 20))
        self.assertEqual((0, 10000000), (code, len(json.loads(out))), errors[:1000])

    async def test_0_quiet_says_nothing_but_the_result(self):
        gate = await self.gate()
        for options in (("--quiet",), ("--quiet", "--json")):
            code, out, errors = await self.run_kedge("call", "allow_light", port=gate.port, options=options)
            self.assertEqual((0, ""), (code, errors))
            self.assertEqual("allow_light", json.loads(out)["tool"])
        errors = await self.expect(5, "denied: Denied by policy", "call", "deny_light", port=gate.port, options=("--quiet",))
        self.assertEqual(1, errors.count("\n"), errors)

    async def test_0_a_server_that_does_not_say_goodbye_keeps_nobody_waiting(self):
        closing = asyncio.get_running_loop().create_future()

        async def handler(reader, writer):
            writer.write(upgrade_response(await reader.readuntil(b"\r\n\r\n")))
            while (received := await harness.read_frame(reader))[0] == 1:
                request = json.loads(received[1])
                result = {"auth": {"status": "authenticated"}, "get_pending_results": {"results": []},
                          "list_tools": {"tools": []}}[request["method"]]
                answer = json.dumps({"jsonrpc": "2.0", "result": result, "id": request["id"]})
                writer.write(harness.frame(1, answer.encode()))
            closing.set_result(time.monotonic())
            await reader.read()

        port = await self.raw_server(handler)
        code, out, errors = await self.run_kedge("tools", url=f"ws://127.0.0.1:{port}/", ca=None)
        self.assertEqual((0, {"tools": []}), (code, json.loads(out)), errors)
        self.assertLess(time.monotonic() - await bounded(closing), 3 * harness.SLOWNESS, "half a second and the program's end")

    async def test_on_a_terminal_it_says_what_it_waits_for_in_one_line(self):
        gate = await self.gate()
        ours, theirs = pty.openpty()
        process = await asyncio.create_subprocess_exec(
            os.environ["KEDGE_LAUNCH"], os.environ["KEDGE_CLI"], "agent-gate", "call", "ask_door", "--url",
            f"wss://localhost:{gate.port}/", "--ca", self.certificate("ca")[0], stdout=asyncio.subprocess.PIPE, stderr=theirs,
            env={**os.environ, **self.environment()})
        os.close(theirs)
        said = ""
        while "waiting for approval, 2 s" not in said:
            said += (await bounded(asyncio.to_thread(os.read, ours, 4096))).decode()
        gate.order("approve")
        out, _ = await bounded(process.communicate())
        self.assertEqual((0, {"approved": "ask_door"}), (process.returncode, json.loads(out)))
        try:
            while more := os.read(ours, 4096):
                said += more.decode()
        except OSError:  # how a terminal ends
            pass
        os.close(ours)
        said = said.replace("\r\n", "\n")
        line = re.escape("waiting for approval, 1 s")
        self.assertRegex(said, f"{line}\r {{25}}\rwaiting for approval, 2 s\r {{25}}\r", "drawn again in its place")
        self.assertRegex(said.splitlines()[-1], "^ *[0-9.]+ s  closed$", "nothing of it is left")

    async def test_help_and_version(self):
        for line in (("--help",), ("--version",), ("agent-gate", "--help"), ("agent-gate", "call", "--version"),
                     ("agent-gate", "call", "--help")):
            code, out, _ = await self.end(await self.program("KEDGE_CLI", *line))
            self.assertEqual(0, code)
            self.assertIn("kedge", out)
        for text in ("--url", "--ca", "--cert", "--key", "--timeout", "--after-loss", "--max-message", "--retry", "--json",
                     "--quiet", "--no-spool", "--token-file", "KEDGE_TOKEN", "KEDGE_URL", "KEDGE_CA", "9  outcome unknown", "130"):
            self.assertIn(text, out)


if __name__ == "__main__":
    unittest.main()

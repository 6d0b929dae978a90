"""The program kedge against an agent-gate server of another make: every documented exit code, and what is printed."""

import asyncio
import json
import os
import pathlib
import signal
import socket
import sys
import unittest

import agent_gate_server
import harness
from harness import Program, WAIT_S, bounded, upgrade_response

TOKEN = "tok-5e61f0a7-never-to-be-printed"
SERVER = pathlib.Path(__file__).with_name("agent_gate_server.py")


class Gate(Program):
    """agent_gate_server.py as a process."""

    @classmethod
    async def start(cls, *arguments):
        process = await asyncio.create_subprocess_exec(
            sys.executable, SERVER, *map(str, arguments), stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env={**os.environ, "GATE_TOKEN": TOKEN})
        gate = cls(process)
        gate.port = (await gate.event("listening"))["port"]
        return gate

    def order(self, text):
        self.process.stdin.write(text.encode() + b"\n")


class Cli(harness.Interop):
    async def gate(self, *options):
        certificate, key = self.certificate()
        gate = await Gate.start("--cert", certificate, "--key", key, *options)
        self.addAsyncCleanup(gate.kill)
        return gate

    async def kedge(self, verb, *arguments, port=None, url=None, ca="ca", token=TOKEN, timeout=None, options=(),
                    env=None):
        """Starts `kedge agent-gate VERB`. The token goes into the environment."""
        url = url or f"wss://localhost:{port}/"
        line = ["agent-gate", verb, *arguments, "--url", url, "--timeout", timeout or WAIT_S, *options]
        if ca:
            line += ["--ca", self.certificate(ca)[0]]
        return await self.program("KEDGE_CLI", *line, env={"KEDGE_TOKEN": token or "", **(env or {})})

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

    async def expect(self, code, words, *arguments, **options):
        """Runs it to a failure with this exit code, these words on standard error, and nothing on standard output."""
        got, out, errors = await self.run_kedge(*arguments, **options)
        self.assertEqual((code, ""), (got, out), errors)
        self.assertRegex(errors, words)
        return errors


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
        code, out, errors = await self.run_kedge("pending", port=gate.port, timeout=1)
        self.assertEqual(6, code, errors)
        self.assertEqual(["ask_door"], [row["tool"] for row in json.loads(out)], "the server has deleted it")

    async def test_help_and_version(self):
        for line in (("--help",), ("--version",), ("agent-gate", "--help"), ("agent-gate", "call", "--help")):
            code, out, _ = await self.end(await self.program("KEDGE_CLI", *line))
            self.assertEqual(0, code)
            self.assertIn("kedge", out)
        for text in ("--url", "--ca", "--timeout", "--retry", "--json", "--token-file", "KEDGE_TOKEN", "130"):
            self.assertIn(text, out)


class Failure(Cli):
    async def test_1_standard_output_is_full(self):
        gate = await self.gate()
        with open("/dev/full", "wb") as full:
            process = await asyncio.create_subprocess_exec(
                os.environ["KEDGE_LAUNCH"], os.environ["KEDGE_CLI"], "agent-gate", "call", "allow_light", "--url",
                f"wss://localhost:{gate.port}/", "--ca", self.certificate("ca")[0], stdout=full,
                stderr=asyncio.subprocess.PIPE, env={**os.environ, "KEDGE_TOKEN": TOKEN})
            _, errors = await bounded(process.communicate())
        self.assertEqual(1, process.returncode, errors)
        self.assertIn(b"standard output", errors)

    async def test_2_usage(self):
        for line in ((), ("nothing",), ("agent-gate",), ("agent-gate", "call"), ("agent-gate", "call", "x"),
                     ("agent-gate", "tools", "--url"), ("agent-gate", "tools", "--url", "ws://x/", "--timeout", "-1"),
                     ("agent-gate", "tools", "--url", "ws://x/", "--token", TOKEN),
                     ("agent-gate", "tools", "--url", "ws://x/", f"--token={TOKEN}"), ("agent-gate", "tools", TOKEN)):
            code, out, errors = await self.end(await self.program("KEDGE_CLI", *line, env={"KEDGE_TOKEN": "x"}))
            self.assertEqual((2, ""), (code, out), line)
            self.assertRegex(errors, r"^kedge: .*\(see --help\)\n$", line)

    async def test_2_an_unknown_option_is_named_without_its_value(self):
        _, _, errors = await self.end(await self.program("KEDGE_CLI", "agent-gate", "tools", "--url", "ws://x/", f"--token={TOKEN}"))
        self.assertEqual("kedge: not an option here: --token (see --help)\n", errors)

    async def test_2_configuration(self):
        rubbish = pathlib.Path(self.folder, "rubbish.pem")
        rubbish.write_text("no certificate", encoding="utf-8")
        empty = pathlib.Path(self.folder, "empty")
        empty.write_text("\n", encoding="utf-8")
        nowhere = "ws://127.0.0.1:1/"
        plain = {"url": nowhere, "ca": None}
        await self.expect(2, "scheme", "tools", url="http://localhost/", ca=None)
        await self.expect(2, "no token", "tools", token=None, **plain)
        await self.expect(2, "token file", "tools", token=None, options=("--token-file", "/nowhere"), **plain)
        await self.expect(2, "empty", "tools", token=None, options=("--token-file", empty), **plain)
        await self.expect(2, "JSON|object", "call", "x", "{broken", **plain)
        await self.expect(2, "JSON|object", "call", "x", "[1]", **plain)
        await self.expect(2, "rubbish|certificate", "tools", url="wss://localhost:1/", ca=None, options=("--ca", rubbish))

    async def test_3_nobody_listens(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        errors = await self.expect(3, "connection: .*refused", "tools", port=port)
        self.assertNotIn("retry", errors)

    async def test_3_wrong_ca(self):
        gate = await self.gate()
        await self.expect(3, "tls: ", "tools", port=gate.port, ca="other_ca")

    async def test_3_not_a_websocket_server(self):
        for status in (301, 404, 503):
            async def handler(reader, writer):
                await reader.readuntil(b"\r\n\r\n")
                writer.write(b"HTTP/1.1 %d Some\r\nContent-Length: 0\r\n\r\n" % status)

            port = await self.raw_server(handler)
            await self.expect(3, f"HTTP {status}", "tools", url=f"ws://127.0.0.1:{port}/", ca=None)

    async def test_3_another_agent_is_connected(self):
        gate = await self.gate()
        await self.kedge("call", "ask_door", port=gate.port)
        await gate.event("asked")
        await self.expect(3, "4000: Another agent", "tools", port=gate.port)

    async def test_3_closed_for_good_after_ready(self):
        gate = await self.gate()
        program = await self.kedge("call", "ask_door", port=gate.port)
        await gate.event("asked")
        gate.order("close 1008")
        code, out, errors = await self.end(program)
        self.assertEqual((3, ""), (code, out), errors)

    async def test_4_wrong_token(self):
        gate = await self.gate()
        await self.expect(4, "authentication: Invalid token", "tools", port=gate.port, token=TOKEN[:6])
        await self.expect(4, "authentication: Invalid token", "tools", port=gate.port, token=TOKEN[:6],
                          options=("--retry",))

    async def test_4_another_reply_to_auth(self):
        gate = await self.gate()
        await self.expect(4, "authentication: ", "tools", port=gate.port, token="odd")

    async def test_4_refused_at_the_upgrade(self):
        async def handler(reader, writer):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n")

        port = await self.raw_server(handler)
        await self.expect(4, "HTTP 401", "tools", url=f"ws://127.0.0.1:{port}/", ca=None)

    async def test_5_denied_by_policy(self):
        gate = await self.gate()
        await self.expect(5, "denied: Denied by policy .*-32003", "call", "deny_light", port=gate.port)

    async def test_5_denied_by_a_human(self):
        gate = await self.gate()
        for cut in (False, True):
            program = await self.kedge("call", "ask_door", port=gate.port)
            await gate.event("asked")
            if cut:
                gate.order("cut")
                await gate.event("gone")
            gate.order("deny")
            code, out, errors = await self.end(program)
            self.assertEqual((5, ""), (code, out), errors)
            self.assertIn("Denied by user", errors)

    async def test_6_no_answer_in_time(self):
        gate = await self.gate()
        await self.expect(6, "timeout: ", "call", "mute_light", port=gate.port, timeout=0.5)

    async def test_6_no_server_in_time(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        await self.expect(6, "timeout: ", "tools", port=port, timeout=0.3, options=("--retry",))

    async def test_6_the_approval_timed_out(self):
        gate = await self.gate()
        await self.expect(6, "timeout: Approval timed out", "call", "expire_light", port=gate.port)

    async def test_7_remote_errors(self):
        gate = await self.gate("--old")
        errors = await self.expect(7, "remote: Execution failed", "call", "fail_light", port=gate.port)
        self.assertNotIn("\x1b", errors, "a server cannot command the terminal")
        await self.expect(7, "remote: Rate limit", "call", "busy_light", port=gate.port)
        await self.expect(7, "remote: Method not found .*-32601", "tools", port=gate.port)

    async def test_8_the_server_breaks_its_protocol(self):
        gate = await self.gate()
        await self.expect(8, "protocol: ", "call", "odd_light", port=gate.port)

        async def handler(reader, writer):
            request = await reader.readuntil(b"\r\n\r\n")
            writer.write(upgrade_response(request, accept=b"AAAAAAAAAAAAAAAAAAAAAAAAAAA="))

        port = await self.raw_server(handler)
        await self.expect(8, "Sec-WebSocket-Accept", "tools", url=f"ws://127.0.0.1:{port}/", ca=None)

    async def test_8_too_large(self):
        gate = await self.gate()
        await self.expect(8, "too_large: ", "call", "huge_light", port=gate.port)
        program = await self.kedge("call", "allow_light", "-", port=gate.port)
        program.process.stdin.write(b'{"x": "' + b"y" * 300000 + b'"}')
        program.process.stdin.close()
        code, out, errors = await self.end(program)
        self.assertEqual((8, ""), (code, out), errors)
        self.assertIn("too_large: ", errors)

    async def test_130_interrupted(self):
        gate = await self.gate()
        for number in (signal.SIGINT, signal.SIGTERM):
            program = await self.kedge("call", "ask_door", port=gate.port)
            await gate.event("asked")
            program.signal(number)
            code, out, errors = await self.end(program)
            self.assertEqual((130, ""), (code, out), errors)
            self.assertEqual(1000, (await gate.event("gone"))["code"], "it said goodbye")
            gate.order("deny")

    async def end_without_goodbye(self, steps, **options):
        """Runs `tools` against a server that upgrades, then neither answers nor says goodbye. Its exit code."""
        started = asyncio.get_running_loop().create_future()

        async def handler(reader, writer):
            writer.write(upgrade_response(await reader.readuntil(b"\r\n\r\n")))
            await steps(reader, await started)
            await reader.read()

        port = await self.raw_server(handler)
        # Without memcheck: such an end leaves everything where it is, on purpose.
        started.set_result(await self.kedge("tools", url=f"ws://127.0.0.1:{port}/", ca=None,
                                            env={"KEDGE_TEST_LAUNCHER": ""}, **options))
        code, _, errors = await self.end(started.result())
        self.assertIn("closing", errors)
        self.assertNotIn("closed", errors, "it did not wait for the goodbye")
        return code

    async def test_130_the_second_signal_does_not_wait(self):
        async def steps(reader, program):
            await harness.read_frame(reader)
            program.signal(signal.SIGINT)
            await harness.read_close(reader)
            program.signal(signal.SIGINT)

        self.assertEqual(130, await self.end_without_goodbye(steps))

    async def test_6_a_signal_after_the_end_does_not_wait(self):
        async def steps(reader, program):
            await harness.read_close(reader)
            program.signal(signal.SIGINT)

        self.assertEqual(6, await self.end_without_goodbye(steps, timeout=0.5))

    async def test_json_lines(self):
        gate = await self.gate()
        code, out, errors = await self.run_kedge("call", "deny_light", port=gate.port, options=("--json",))
        self.assertEqual((5, ""), (code, out))
        events = [json.loads(line) for line in errors.splitlines()]
        states = [event["state"] for event in events if event["event"] == "state"]
        self.assertEqual(["connecting", "authenticating", "ready", "closing", "closed"], states)
        error, = (event["error"] for event in events if event["event"] == "error")
        self.assertEqual(("denied", "protocol", -32003, "Denied by policy"),
                         (error["kind"], error["layer"], error["code"], error["message"]))


if __name__ == "__main__":
    unittest.main()

"""The program kedge against servers that refuse, break or vanish: every documented exit code but 0."""

import asyncio
import json
import os
import pathlib
import signal
import socket
import subprocess
import time
import unittest

import harness
from cli import Cli, TOKEN
from harness import SHORT_S, bounded, upgrade_response


class Failure(Cli):
    async def test_2_wrong_usage_is_json_where_that_was_asked_for(self):
        for line in (("agent-gate", "tools", "--bogus"), ("agent-gate", "cal"), ()):
            program = await self.program("KEDGE_CLI", *line, "--json", env=self.environment())
            code, out, errors = await self.end(program)
            error, = self.events(errors, "error")
            self.assertEqual((2, "", "config"), (code, out, error["error"]["kind"]))
            self.assertRegex(error["error"]["message"], r"^kedge: .* \(see --help\)$")

    async def test_2_arguments_that_are_empty_run_no_tool(self):
        gate = await self.gate()
        empty = os.path.join(self.folder, "empty")
        open(empty, "wb").close()
        for given in "@" + empty, "@/dev/null", "-", "":
            program = await self.kedge("call", "allow_light", given, port=gate.port)
            program.process.stdin.close()
            code, out, errors = await self.end(program)
            self.assertEqual((2, ""), (code, out), errors)
            self.assertIn("nothing in it: a JSON object was expected, {} for no arguments", errors)

    async def test_arguments_may_begin_with_a_byte_order_mark(self):
        gate = await self.gate()
        path = os.path.join(self.folder, "marked")
        with open(path, "wb") as file:
            file.write(b'\xef\xbb\xbf{"level": 7}\r\n')
        code, out, errors = await self.run_kedge("call", "allow_light", "@" + path, port=gate.port)
        self.assertEqual((0, {"level": 7}), (code, json.loads(out)["args"]), errors)

    async def test_what_cannot_be_read_is_named_as_it_was_given(self):
        await self.expect(2, "JSON @/nonexistent/args: cannot be read", "call", "allow_light", "@/nonexistent/args", port=1)
        await self.expect(2, "KEDGE_CA /nonexistent/ca: cannot be read", "tools", port=1, ca=None, env={"KEDGE_CA": "/nonexistent/ca"})
        await self.expect(2, "no certificate was given: /dev/null", "tools", port=1, ca=None, options=("--ca", "/dev/null"))

    async def test_130_a_hangup_that_was_ignored_at_the_start_stays_so(self):
        gate = await self.gate()
        before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
        try:
            program = await self.kedge("call", "ask_door", port=gate.port)
        finally:
            signal.signal(signal.SIGHUP, before)
        await gate.event("asked")
        program.signal(signal.SIGHUP)
        gate.order("approve")
        code, _, errors = await self.end(program)
        self.assertEqual(0, code, errors)

    async def end_with_pipes(self, gate, tool, closed):
        """Runs a call whose `closed` (stdout or stderr) has no reader: exit code, and what the other one said."""
        reads, writes = os.pipe()
        os.close(reads)
        ends = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, closed: writes}
        process = await asyncio.create_subprocess_exec(
            os.environ["KEDGE_LAUNCH"], os.environ["KEDGE_CLI"], "agent-gate", "call", tool, "--url",
            f"wss://localhost:{gate.port}/", "--ca", self.certificate("ca")[0], **ends, env={**os.environ, **self.environment()})
        os.close(writes)
        out, errors = await bounded(process.communicate())
        return process.returncode, out or errors

    async def test_1_nobody_reads_standard_output(self):
        code, errors = await self.end_with_pipes(await self.gate(), "allow_light", "stdout")
        self.assertEqual(1, code, errors)
        self.assertIn(b"standard output", errors)

    async def test_nobody_reads_standard_error(self):
        gate = await self.gate()
        code, out = await self.end_with_pipes(gate, "allow_light", "stderr")
        self.assertEqual((0, "allow_light"), (code, json.loads(out)["tool"]), "a result is a result")
        self.assertEqual((5, None), await self.end_with_pipes(gate, "deny_light", "stderr"))

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
        self.assertEqual("kedge: not an option here: --token (did you mean --token-file?) (see --help)\n", errors)

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
        await self.expect(2, "cannot be read: .*directory", "tools", token=None, options=("--token-file", self.folder), **plain)
        await self.expect(2, "JSON|object", "call", "x", "{broken", **plain)
        await self.expect(2, "JSON|object", "call", "x", "[1]", **plain)
        await self.expect(2, "JSON @/nowhere: cannot be read: No such file", "call", "x", "@/nowhere", **plain)
        await self.expect(2, "JSON .*: cannot be read: Is a directory", "call", "x", f"@{self.folder}", **plain)
        await self.expect(2, "rubbish|certificate", "tools", url="wss://localhost:1/", ca=None, options=("--ca", rubbish))

    async def test_3_nobody_listens(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        errors = await self.expect(3, "connection: .*refused", "tools", port=port)
        self.assertNotIn("retry", errors)

    async def test_3_wrong_ca(self):
        gate = await self.gate()
        await self.expect(3, "tls: ", "tools", port=gate.port, ca="other_ca")

    async def test_3_the_system_does_not_know_the_ca(self):
        gate = await self.gate()
        for scheme in ("wss", "WSS"):  # upper and lower case are the same (RFC 3986 section 3.1)
            await self.expect(3, "unknown CA", "tools", url=f"{scheme}://localhost:{gate.port}/", ca=None)

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
        started = time.monotonic()
        errors = await self.expect(3, "4000: Another agent.*; with --retry", "tools", port=gate.port)
        self.assertGreater(time.monotonic() - started, 4, "it tried for some seconds")
        self.assertLess(errors.count("connecting"), 12, "and not too often")

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
        await self.expect(6, "timeout: ", "call", "mute_light", port=gate.port, timeout=0.5 * harness.SLOWNESS)

    async def test_3_no_server_in_time_and_why(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        for verb in ("tools",), ("pending",), ("call", "allow_light"):
            errors = await self.expect(3, "timeout: .*; the last attempt: .*refused", *verb, port=port, timeout=0.4 * harness.SLOWNESS, options=("--retry",))
            self.assertNotIn("kedge agent-gate pending", errors, "nothing was sent")

    async def test_6_9_and_130_say_how_a_later_result_is_fetched(self):
        gate = await self.gate()
        fetch = self.fetch(gate.port, "--retry ")
        url = f"wss://localhost:{gate.port}/?key=hunter2"
        errors = await self.expect(6, "timeout: ", "call", "mute_light", url=url, timeout=SHORT_S)
        self.assertIn(f"a result that comes later: {fetch}\n", errors)
        program = await self.kedge("call", "ask_door", url=url, options=("--json",))
        await gate.event("asked")
        program.signal(signal.SIGINT)
        code, _, errors = await self.end(program)
        error, = self.events(errors, "error")
        self.assertEqual((130, fetch, True), (code, error["fetch"], error["error"]["may_have_run"]), errors)
        for verb in ("call", "expire_light"), ("call", "deny_light"):
            _, _, errors = await self.run_kedge(*verb, port=gate.port)
            self.assertNotIn(fetch, errors, "the server has said how it ended")

    async def test_6_the_approval_timed_out(self):
        gate = await self.gate()
        await self.expect(6, "timeout: Approval timed out", "call", "expire_light", port=gate.port)

    async def test_7_remote_errors(self):
        gate = await self.gate("--old")
        errors = await self.expect(7, "remote: Execution failed", "call", "fail_light", port=gate.port)
        self.assertNotIn("\x1b", errors, "a server cannot command the terminal")
        await self.expect(7, "remote: Rate limit", "call", "busy_light", port=gate.port)
        await self.expect(7, "remote: Method not found .*-32601", "tools", port=gate.port)

    async def test_a_token_that_the_gateway_repeats_is_never_printed(self):
        # `end` looks for it in all that was said.
        gate = await self.gate()
        await self.expect(7, r"remote: not for \*\*\*", "call", "tell_light", port=gate.port)
        # Also the one of a line that is still there when its file has another.
        file = pathlib.Path(self.folder, "rotated")
        file.write_text(TOKEN, encoding="utf-8")
        program = await self.kedge("call", "ask_door", port=gate.port, token=None, options=("--token-file", file, "--json"))
        await gate.event("asked")
        file.write_text("another one", encoding="utf-8")
        gate.order("repeat")
        code, out, errors = await self.end(program)
        self.assertEqual("", out)
        self.assertIn("closed by the peer with 1011: who is ***?", errors)

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
        small = ("--max-message", "200000")
        await self.expect(8, "too_large: ", "call", "huge_light", port=gate.port, options=small)
        program = await self.kedge("call", "allow_light", "-", port=gate.port, options=small)
        program.process.stdin.write(b'{"x": "' + b"y" * 300000 + b'"}')
        program.process.stdin.close()
        code, out, errors = await self.end(program)
        self.assertEqual((8, ""), (code, out), errors)
        self.assertIn("too_large: ", errors)

    async def outcome_unknown(self, *arguments, gate, order=None, **options):
        """A call whose answer is lost: exit code 9, and what a script and a person are told."""
        program = await self.kedge("call", *arguments, port=gate.port, **options)
        if order:
            await gate.event("asked")
            gate.order(order)
        code, out, errors = await self.end(program)
        self.assertEqual((9, ""), (code, out), errors)
        error, = self.events(errors, "error")
        self.assertIs(True, error["error"]["may_have_run"], errors)
        self.assertIn("pending --retry --url", error["fetch"])

    async def test_9_the_answer_of_an_allowed_tool_is_lost(self):
        gate = await self.gate()
        await self.outcome_unknown("cut_light", gate=gate, options=("--json", "--after-loss", "0"))
        await self.outcome_unknown("cut_light", gate=gate, options=("--json",), timeout=SHORT_S)
        errors = await self.expect(9, "may have run", "call", "cut_light", port=gate.port, options=("--after-loss", "0.1"))
        self.assertEqual(1, errors.count("may have run"), errors)

    async def test_9_what_was_sent_whole_is_too_large_for_the_server(self):
        gate = await self.gate("--max", 1000)
        program = await self.kedge("call", "allow_light", json.dumps({"x": "y" * 2000}), port=gate.port, options=("--json",))
        code, out, errors = await self.end(program)
        self.assertEqual((9, ""), (code, out), errors)
        error, = self.events(errors, "error")
        self.assertEqual(("too_large", True), (error["error"]["kind"], error["error"]["may_have_run"]), errors)

    async def test_130_interrupted(self):
        gate = await self.gate()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
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

    async def test_3_a_signal_after_the_end_does_not_wait(self):
        async def steps(reader, program):
            await harness.read_close(reader)
            program.signal(signal.SIGINT)

        self.assertEqual(3, await self.end_without_goodbye(steps, timeout=SHORT_S / 4))

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

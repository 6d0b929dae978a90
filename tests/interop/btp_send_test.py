"""kedge btp send against kedge-hub: every exit code, what it prints, and a peer of another make behind the hub."""

import asyncio
import hashlib
import json
import os
import pathlib
import signal
import socket
import unittest

from agent import Connector, forms
from crosstown import var_octets
from harness import SHORT_S, SLOWNESS, WAIT_S, bounded
from hub import Peer, TOKEN, WithHub

ROUTES = [
    {"prefix": "test.hub"},
    {"prefix": "test.hub.with", "fulfill": {"data": "6f6b"}},
    {"prefix": "test.hub.wrong", "fulfill": {"fulfillment": "07" * 32}},
    {"prefix": "test.hub.poor", "reject": {"code": "T04", "message": "no \u001b[31mmoney \u00fc", "data": "00ff"}},
    {"prefix": "test.bob", "forward": "bob"},
    {"prefix": "test.hub.twice", "habit": "twice"}, {"prefix": "test.hub.silent", "habit": "silent"},
    {"prefix": "test.hub.empty", "habit": "empty"}, {"prefix": "test.hub.throw", "habit": "throw"},
    {"prefix": "test.hub.other", "habit": "wrong_id"}, {"prefix": "test.hub.cut", "habit": "cut"}]
DIALECTS = ("crosstown", "btp2")


def sha256(data):
    return hashlib.sha256(data).digest()


class Send(WithHub):
    routes = ROUTES

    async def send(self, *arguments, to="test.hub", amount=107, hub=None, dialect="crosstown", url=None, token=TOKEN,
                   timeout=WAIT_S):
        """Starts `kedge btp send`. The token goes into the environment."""
        url = url or (hub.where["btp"] if hub else self.urls)[dialect]
        return await self.program("KEDGE_CLI", "btp", "send", "--url", url, "--to", to, "--amount", amount, "--dialect",
                                  dialect, "--timeout", timeout, *arguments, env={"KEDGE_TOKEN": token or ""})

    async def end(self, program):
        """(exit code, standard output, standard error); the token is in neither."""
        code, out, errors = await program.finish()
        for form in forms(TOKEN):
            self.assertNotIn(form, (out + errors).replace("\\", ""))
        self.assertNotIn("runtime error", errors)
        self.assertNotIn("AddressSanitizer", errors)
        return code, out, errors

    async def connector(self, *options):
        """A connector of another make: its URL."""
        connector = await Connector.start(*options, secret=TOKEN)
        self.addAsyncCleanup(connector.kill)
        return f"ws://127.0.0.1:{connector.port}/"

    async def run_send(self, *arguments, **options):
        return await self.end(await self.send(*arguments, **options))

    async def expect(self, code, words, *arguments, **options):
        """Runs it to a failure with this exit code, these words on standard error, and nothing on standard output."""
        got, out, errors = await self.run_send(*arguments, **options)
        self.assertEqual((code, ""), (got, out), errors)
        self.assertRegex(errors, words)
        return errors


class Answered(Send):
    async def test_0_fulfilled(self):
        for dialect in DIALECTS:
            code, out, errors = await self.run_send("--data", "6F6b", to="test.hub.with", dialect=dialect)
            self.assertEqual(0, code, errors)
            self.assertEqual({"type": "fulfill", "fulfillment": sha256(b"ok").hex(), "data": "6f6b"}, json.loads(out))
            for state in ("connecting", "authenticating", "ready", "closed"):
                self.assertIn(state, errors)

    async def test_0_an_answer_that_comes_twice_is_printed_once(self):
        code, out, errors = await self.run_send(to="test.hub.twice")
        self.assertEqual((0, 1), (code, out.count("fulfill\"")), errors)

    async def test_0_the_largest_amount_and_data_of_a_file(self):
        data = bytes(range(256)) * 100
        path = pathlib.Path(self.folder, "data")
        path.write_bytes(data)
        code, out, errors = await self.run_send("--data", f"@{path}", amount=2 ** 64 - 1)
        self.assertEqual((0, sha256(data).hex()), (code, json.loads(out)["fulfillment"]), errors)

    async def test_0_data_from_standard_input(self):
        program = await self.send("--data", "@-")
        program.process.stdin.write(b"\0\xff")
        program.process.stdin.close()
        code, out, errors = await self.end(program)
        self.assertEqual((0, sha256(b"\0\xff").hex()), (code, json.loads(out)["fulfillment"]), errors)

    async def test_0_a_condition_that_is_given(self):
        condition = sha256(b"\7" * 32).hex()
        code, out, errors = await self.run_send("--condition", condition, to="test.hub.wrong")
        self.assertEqual((0, "07" * 32), (code, json.loads(out)["fulfillment"]), errors)

    async def test_0_over_tls_with_a_token_of_its_own_from_a_file(self):
        certificate, key = self.certificate()
        path = pathlib.Path(self.folder, "token")
        path.write_text(TOKEN + "\n", encoding="utf-8")
        hub = await self.hub(ROUTES, "--cert", certificate, "--key", key, peers={"alice": TOKEN})
        for dialect in DIALECTS:
            url = hub.where["btp"][dialect].replace("127.0.0.1", "localhost")
            code, _, errors = await self.run_send("--peer-id", "alice", "--token-file", path, "--ca", self.certificate("ca")[0],
                                                  url=url, token=None, dialect=dialect)
            self.assertEqual(0, code, errors)
        await self.end_hub(hub)

    async def test_0_retry_waits_for_a_hub_that_comes_later(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        program = await self.send("--retry", url=f"ws://127.0.0.1:{port}/btp")
        seen = b""
        while b"waiting" not in seen:
            line = await bounded(program.process.stderr.readline())
            self.assertTrue(line, "it ended without a retry")
            seen += line
        await self.hub(ROUTES, "--listen", f"127.0.0.1:{port}")
        code, _, errors = await self.end(program)
        self.assertEqual(0, code, errors)

    async def test_a_peer_of_another_make_answers_behind_the_hub(self):
        answers = {"test.bob.yes": lambda data: b"\x0d" + sha256(data) + var_octets(b"paid"),
                   "test.bob.no": lambda data: b"\x0eF99" + var_octets(b"test.bob") + var_octets(b"never") + b"\0"}
        hub = await self.hub(ROUTES)
        async with Peer(hub.where["btp"]["crosstown"], "bob", lambda _, to, data: answers[to](data)) as bob:
            served = asyncio.create_task(bob.serve(4))
            for dialect in DIALECTS:
                code, out, errors = await self.run_send("--data", "00" * 200, to="test.bob.yes", dialect=dialect, hub=hub)
                self.assertEqual((0, b"paid".hex()), (code, json.loads(out)["data"]), errors)
                code, out, errors = await self.run_send(to="test.bob.no", amount=0, dialect=dialect, hub=hub)
                self.assertEqual(7, code, errors)
                self.assertEqual({"type": "reject", "code": "F99", "triggered_by": "test.bob", "message": "never", "data": ""},
                                 json.loads(out))
            self.assertEqual([(107, "test.bob.yes", bytes(200)), (0, "test.bob.no", b"")] * 2, await served)
        code, out, _ = await self.run_send(to="test.bob.yes", hub=hub)
        self.assertEqual((7, "T01"), (code, json.loads(out)["code"]), "bob is gone")
        self.assertIn('"event":"authenticate","message":"bob"', await self.end_hub(hub))


class Failure(Send):
    async def test_1_standard_output_is_full(self):
        with open("/dev/full", "wb") as full:
            process = await asyncio.create_subprocess_exec(
                os.environ["KEDGE_LAUNCH"], os.environ["KEDGE_CLI"], "btp", "send", "--to", "test.hub", "--amount", "1",
                "--url", self.urls["crosstown"], stdout=full, stderr=asyncio.subprocess.PIPE,
                env={**os.environ, "KEDGE_TOKEN": TOKEN})
            _, errors = await bounded(process.communicate())
        self.assertEqual(1, process.returncode, errors)
        self.assertIn(b"the result could not be written to standard output; the packet was answered", errors)
        self.assertRegex(errors, rb"the answer: \{")

    async def test_2_usage(self):
        whole = ("btp", "send", "--url", "ws://x/", "--to", "test.a", "--amount", "1")
        for line in (("btp",), ("btp", "take"), ("btp", "send"), whole[:4], whole[:6], whole[:7],
                     whole + ("--amount", "2"), whole + (TOKEN,), whole + ("--token", TOKEN), whole + ("--dialect", "btp3"),
                     whole + ("--data", "0"), whole + ("--data", "xy"), whole + ("--data", "@"),
                     whole + ("--condition", "00"), whole + ("--condition", "0" * 65), whole + ("--timeout", "0"),
                     whole[:7] + ("-1",), whole[:7] + ("1.5",), whole[:7] + ("1e3",), whole[:7] + ("0x1",), whole[:7] + ("",),
                     whole[:7] + ("18446744073709551616",)):
            code, out, errors = await self.end(await self.program("KEDGE_CLI", *line, env={"KEDGE_TOKEN": "x", "KEDGE_URL": ""}))
            self.assertEqual((2, ""), (code, out), line)
            self.assertRegex(errors, r"^kedge: .*\(see --help\)\n$", line)

    async def test_2_configuration(self):
        nowhere = {"url": "ws://127.0.0.1:1/"}
        await self.expect(2, "no token", token=None, **nowhere)
        await self.expect(2, "token file", "--token-file", "/nowhere", token=None, **nowhere)
        await self.expect(2, "config: destination: ", to="test..a", **nowhere)
        await self.expect(2, "config: destination: ", to="g" * 1024, **nowhere)
        await self.expect(2, "config: destination: ", to="test.~a", **nowhere)
        await self.expect(2, "config: .*peer id", "--peer-id", "", **nowhere)
        await self.expect(2, "config: .*peer id", "--peer-id", "x" * 129, **nowhere)
        await self.expect(2, "--data @/nowhere: cannot be read: No such file", "--data", "@/nowhere", **nowhere)
        await self.expect(2, "--data .*: cannot be read: Is a directory", "--data", f"@{self.folder}", **nowhere)
        await self.expect(2, "scheme", url="http://localhost/")

    async def test_3_no_connection(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        errors = await self.expect(3, "connection: .*refused", url=f"ws://127.0.0.1:{port}/")
        self.assertNotIn("retry", errors)
        await self.expect(3, "HTTP 404", url=self.urls["crosstown"] + "x")

    async def test_9_the_line_is_lost_before_the_answer(self):
        for dialect in DIALECTS:
            errors = await self.expect(9, "error: connection: .*outcome is unknown", to="test.hub.cut", dialect=dialect)
            self.assertNotIn("pending", errors, "a packet's answer is lost for good")
            errors = await self.expect(9, '"may_have_run":true', "--retry", "--json", to="test.hub.cut", dialect=dialect)

    async def test_4_wrong_token(self):
        for dialect, words in zip(DIALECTS, ("F00 BTPError", "F00 NotAcceptedError: invalid auth_token")):
            await self.expect(4, "error: authentication: the secret was refused: " + words, token=TOKEN[:6], dialect=dialect)
            await self.expect(4, "error: authentication: the secret was refused: " + words, "--retry", token=TOKEN[:6], dialect=dialect)

    async def test_4_a_peer_that_is_not_known(self):
        hub = await self.hub(ROUTES, peers={"alice": TOKEN})
        await self.expect(4, "error: authentication: ", "--peer-id", "mallory", hub=hub)
        self.assertIn("invalid auth_token", await self.end_hub(hub))

    async def test_4_or_3_the_connector_says_nothing_to_our_token(self):
        closing, silent = await self.connector("--auth", "close"), await self.connector("--auth", "silent")
        await asyncio.gather(self.expect(4, "error: authentication: .*1008", url=closing),
                             self.expect(4, "error: authentication: .*1008", "--retry", url=closing),
                             self.expect(3, "error: timeout: ", url=silent))

    async def test_a_token_that_the_connector_repeats_is_never_printed(self):
        # `end` looks for it in all that was said.
        url = await self.connector()
        for how in ("plain", "json", "percent", "base64"):
            data = ("--data", how.encode().hex())
            self.assertIn("remote: F00 ***: ***", await self.expect(7, "error: ", *data, to="test.tell_error", url=url))
            self.assertIn("waiting: connection: closed by the peer with 1011: ***", await self.expect(9, "error: ", *data, to="test.tell_close", url=url))
            code, out, errors = await self.run_send(*data, to="test.tell_nobody", url=url)
            self.assertEqual(0, code, errors)
            code, out, errors = await self.run_send(*data, to="test.tell_reject", url=url)
            self.assertEqual((7, "because ***"), (code, json.loads(out)["message"]), errors)

    async def test_6_no_answer_in_time(self):
        for to in ("test.hub.silent", "test.hub.other"):
            await self.expect(6, "error: timeout: ", to=to, timeout=SHORT_S / 4)

    async def test_3_no_connection_in_time(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        await self.expect(3, "timeout: no connection in time; the last attempt: .*refused", "--retry", url=f"ws://127.0.0.1:{port}/", timeout=0.4 * SLOWNESS)

    async def test_a_dialect_that_is_not_spoken_there(self):
        # One server closes the line, the other answers what the client cannot decode.
        await self.expect(3, "error: connection: ", url=self.urls["btp2"])
        await self.expect(8, "error: protocol: the peer does not speak this dialect: offset ", url=self.urls["crosstown"],
                          dialect="btp2")

    async def test_7_rejected(self):
        for dialect in DIALECTS:
            code, out, errors = await self.run_send(to="test.hub.poor", dialect=dialect)
            self.assertEqual(7, code, errors)
            self.assertEqual({"type": "reject", "code": "T04", "triggered_by": "test.hub",
                              "message": "no \u001b[31mmoney \u00fc", "data": "00ff"}, json.loads(out))
            self.assertNotIn("\x1b", out, "a server cannot command the terminal")
        code, out, _ = await self.run_send("--condition", "00" * 32)
        self.assertEqual((7, "F05"), (code, json.loads(out)["code"]))

    async def test_7_an_error_instead_of_an_answer(self):
        await self.expect(7, "error: remote: F00 BTPError", to="test.hub.throw")
        await self.expect(7, "error: remote: F01 InvalidFieldsError", to="test.hub.throw", dialect="btp2")

    async def test_8_the_connector_breaks_its_protocol(self):
        for dialect in DIALECTS:
            await self.expect(8, "protocol: the answer holds no packet", to="test.hub.empty", dialect=dialect)
            await self.expect(8, "protocol: the fulfillment does not hash", to="test.hub.wrong", dialect=dialect)

    async def test_8_an_answer_that_is_too_large(self):
        await self.expect(8, "error: too_large: ", "--max-message", 200_000, to="test.huge", url=await self.connector())

    async def test_8_too_large(self):
        await self.expect(8, "too_large: ", "--data", "@/dev/zero")

    async def test_130_interrupted(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            program = await self.send(to="test.hub.silent")
            seen = b""
            while b"ready" not in seen:
                line = await bounded(program.process.stderr.readline())
                self.assertTrue(line, "it ended by itself")
                seen += line
            program.signal(number)
            code, out, errors = await self.end(program)
            self.assertEqual((130, ""), (code, out), errors)

    async def test_json_lines(self):
        code, out, errors = await self.run_send("--json", to="test.hub.throw")
        self.assertEqual((7, ""), (code, out))
        events = [json.loads(line) for line in errors.splitlines()]
        states = [event["state"] for event in events if event["event"] == "state"]
        self.assertEqual(["connecting", "authenticating", "ready", "closing", "closed"], states)
        error, = (event["error"] for event in events if event["event"] == "error")
        self.assertEqual(("remote", "protocol", "F00 BTPError"), (error["kind"], error["layer"], error["message"]))

    async def test_help(self):
        for line in (("btp", "--help"), ("btp", "send", "--help")):
            code, out, _ = await self.end(await self.program("KEDGE_CLI", *line))
            self.assertEqual(0, code)
        for text in ("--to", "--amount", "--data", "--condition", "--peer-id", "--dialect", "--url", "--ca", "--timeout",
                     "--retry", "--json", "--token-file", "KEDGE_TOKEN", "rejected", "130"):
            self.assertIn(text, out)


if __name__ == "__main__":
    unittest.main()

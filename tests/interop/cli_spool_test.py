"""The program kedge and results of earlier requests: none is lost, whoever asks, and whatever becomes of the printed ones."""

import asyncio
import json
import os
import pathlib
import signal
import unittest

from cli import Cli
from harness import SHORT_S, bounded

NOWHERE = {"XDG_STATE_HOME": "", "HOME": ""}


class Spool(Cli):
    def state(self):
        return os.path.join(self.folder, self.id())

    def rows_kept(self):
        return list(pathlib.Path(self.state(), "kedge").glob("*.json"))

    async def pending(self, gate, **options):
        """The results that `pending` prints: (tool, status) each."""
        code, out, errors = await self.run_kedge("pending", port=gate.port, **options)
        self.assertEqual(0, code, errors)
        return [(row["tool"], row["status"]) for row in json.loads(out)]

    async def test_a_call_keeps_them_for_pending_and_says_how_many(self):
        gate = await self.gate()
        for order, count in (("approve", 1), ("deny", 2)):
            await self.leave_a_result(gate, order)
            code, out, errors = await self.run_kedge("call", "allow_light", port=gate.port, options=("--json",))
            self.assertEqual((0, "allow_light"), (code, json.loads(out)["tool"]), errors)
            self.assertEqual([], self.events(errors, "unclaimed"), "not on standard error")
            note, = self.events(errors, "note")
            self.assertEqual(count, note["count"])
            self.assertRegex(note["message"], f"^{count} results? .*: XDG_STATE_HOME=[^ ]+ kedge agent-gate pending --url wss://localhost:{gate.port}/ --ca [^ ]+$")
        self.assertEqual([("ask_door", "executed"), ("ask_door", "denied")], await self.pending(gate))
        self.assertEqual([], await self.pending(gate))
        self.assertEqual([], self.rows_kept())

    async def test_those_kept_come_before_the_servers(self):
        gate = await self.gate()
        await self.leave_a_result(gate, "deny")
        await self.run_kedge("call", "allow_light", port=gate.port)
        await self.leave_a_result(gate, "approve")
        self.assertEqual([("ask_door", "denied"), ("ask_door", "executed")], await self.pending(gate))

    async def test_a_call_whose_words_nobody_reads_loses_none(self):
        gate = await self.gate()
        await self.leave_a_result(gate, "approve")
        code, out, errors = await self.run_kedge("call", "allow_light", port=gate.port, options=("--quiet",))
        self.assertEqual((0, ""), (code, errors), "as with 2>/dev/null")
        self.assertEqual([("ask_door", "executed")], await self.pending(gate))

    async def test_tools_take_none(self):
        gate = await self.gate()
        await self.leave_a_result(gate, "approve")
        code, _, errors = await self.run_kedge("tools", port=gate.port)
        self.assertEqual((0, []), (code, self.rows_kept()), errors)
        self.assertEqual([("ask_door", "executed")], await self.pending(gate), "they were left with the server")

    async def test_pending_prints_what_is_kept_though_nobody_listens(self):
        gate = await self.gate()
        await self.leave_a_result(gate, "approve")
        await self.run_kedge("call", "allow_light", port=gate.port)
        await gate.kill()
        code, out, errors = await self.run_kedge("pending", port=gate.port)
        self.assertEqual((3, ["ask_door"]), (code, [row["tool"] for row in json.loads(out)]), errors)
        self.assertEqual([], self.rows_kept(), "it was printed")

    async def test_pending_prints_what_it_has_though_it_fails(self):
        gate = await self.gate("--polls", 2)  # of the earlier process, and the first of the later one
        await self.leave_a_result(gate, "approve")
        code, out, errors = await self.run_kedge("pending", port=gate.port, timeout=SHORT_S)
        self.assertEqual(6, code, errors)
        self.assertEqual(["ask_door"], [row["tool"] for row in json.loads(out)], "the server has deleted it")

    async def test_what_pending_cannot_print_it_keeps(self):
        gate = await self.gate()
        await self.leave_a_result(gate, "approve")
        error, = self.events(await self.without_room(gate, "pending", "--json"), "error")
        self.assertIn("kedge agent-gate pending", error["fetch"], "they are there")
        self.assertEqual([("ask_door", "executed")], await self.pending(gate))

    async def test_what_a_call_cannot_print_it_keeps(self):
        gate = await self.gate()
        await self.without_room(gate, "call", "allow_light", '{"level": 7}')
        code, out, errors = await self.run_kedge("pending", port=gate.port)
        self.assertEqual(0, code, errors)
        row, = json.loads(out)
        self.assertEqual(("allow_light", {"level": 7}, "executed"), (row["tool"], row["args"], row["status"]))
        self.assertEqual({"tool": "allow_light", "args": {"level": 7}}, row["result"]["data"])

    async def test_what_a_call_keeps_of_its_own_looks_like_what_a_server_keeps(self):
        gate = await self.gate()
        await self.leave_a_result(gate, "approve")
        await self.without_room(gate, "call", "allow_light")
        code, out, errors = await self.run_kedge("pending", port=gate.port)
        of_server, own = json.loads(out)
        self.assertEqual((0, of_server.keys()), (code, own.keys()), errors)
        self.assertEqual(({}, {}), (of_server["args"], own["args"]), "none were given")
        self.assertRegex(own["request_id"], "^[1-9][0-9]*$")

    async def test_a_call_tells_its_own_result_from_those_of_others(self):
        gate = await self.gate()
        for words in (None, "1 result of an earlier request waits: ", "2 results of earlier requests wait: "):
            errors = await self.without_room(gate, "call", "allow_light", "--json")
            error, = self.events(errors, "error")
            self.assertIn("kedge agent-gate pending", error["fetch"], "its own is told of there")
            notes = [event["message"] for event in self.events(errors, "note")]
            self.assertEqual([f"{words}{error['fetch']}"] if words else [], notes)

    async def test_its_own_result_on_standard_error_is_not_of_an_earlier_request(self):
        gate = await self.gate()
        for options, env in ((("--no-spool",), None), ((), NOWHERE)):
            errors = await self.without_room(gate, "call", "allow_light", *options, env=env)
            self.assertRegex(errors, r"the result of this call: \{.*\"tool\":\"allow_light\"")
            self.assertNotIn("a result of an earlier request", errors)
            errors = await self.without_room(gate, "call", "allow_light", "--json", *options, env=env)
            shown, = self.events(errors, "unclaimed")
            self.assertEqual((True, "allow_light"), (shown["own"], shown["row"]["tool"]))

    async def test_what_a_second_command_took_from_the_first_is_fetched_as_the_first_says(self):
        gate = await self.gate()
        first = await self.kedge("call", "ask_door", port=gate.port, options=("--json", "--after-loss", "1"))
        await gate.event("asked")
        first.process.send_signal(signal.SIGSTOP)  # so that the second one gets in
        gate.order("cut")
        await gate.event("gone")
        gate.order("approve")
        await gate.event("decided")
        code, _, errors = await self.run_kedge("call", "allow_light", port=gate.port)
        self.assertEqual((0, 1), (code, len(self.rows_kept())), errors)
        first.process.send_signal(signal.SIGCONT)
        code, out, errors = await self.end(first)
        self.assertEqual((9, ""), (code, out), errors)
        self.assertIn("kedge agent-gate pending", self.events(errors, "error")[0]["fetch"])
        self.assertEqual([("ask_door", "executed")], await self.pending(gate))

    async def leave_a_large_result(self, gate):
        await self.leave_a_result(gate, "approve", json.dumps({"pad": "x" * 3000}))

    async def expect_too_large(self, gate, *options):
        """pending prints it and ends with 8, in words that its user knows."""
        code, out, errors = await self.run_kedge("pending", port=gate.port, options=("--json", *options))
        row, = json.loads(out)
        self.assertEqual((8, True), (code, row["too_large"]), errors)
        event, = self.events(errors, "error")
        self.assertNotIn("fetch", event, "what it said is lost")
        error = event["error"]
        self.assertEqual(("too_large", f"a result was larger than --max-message allows: {row['bytes']} bytes"),
                         (error["kind"], error["message"]))
        self.assertGreater(row["bytes"], 3000)
        self.assertEqual([], await self.pending(gate), "it was printed")

    async def test_pending_that_prints_what_was_too_large_ends_with_8(self):
        gate = await self.gate()
        for options in ((), ("--no-spool",)):
            await self.leave_a_large_result(gate)
            await self.expect_too_large(gate, "--max-message", "1024", *options)

    async def test_pending_tells_how_many_were_too_large(self):
        gate = await self.gate()
        small = ("--max-message", "1024")
        await self.leave_a_large_result(gate)
        await self.run_kedge("call", "allow_light", port=gate.port, options=small)
        await self.leave_a_large_result(gate)
        code, out, errors = await self.run_kedge("pending", port=gate.port, options=small)
        self.assertEqual((8, [True, True]), (code, ["too_large" in row for row in json.loads(out)]), errors)
        self.assertRegex(errors, "2 results were larger than --max-message allows, the largest of 3[0-9]{3} bytes")

    async def test_a_call_warns_of_what_was_too_large_and_pending_ends_with_8_later(self):
        gate = await self.gate()
        await self.leave_a_large_result(gate)
        options = ("--max-message", "1024", "--quiet", "--json")
        code, _, errors = await self.run_kedge("call", "allow_light", port=gate.port, options=options)
        warning, = self.events(errors, "warning")
        self.assertRegex(warning["message"], "^a result of an earlier request was larger than --max-message allows: 3[0-9]{3} bytes$")
        self.assertEqual(0, code, "its own answer came")
        await self.expect_too_large(gate)

    async def test_pending_that_fails_still_tells_what_was_too_large(self):
        gate = await self.gate()
        await self.leave_a_large_result(gate)
        await self.run_kedge("call", "allow_light", port=gate.port, options=("--max-message", "1024"))
        await gate.kill()
        code, out, errors = await self.run_kedge("pending", port=gate.port, options=("--json",))
        self.assertEqual((3, [True]), (code, [row["too_large"] for row in json.loads(out)]), errors)
        self.assertIn("larger than --max-message allows", self.events(errors, "warning")[0]["message"])

    async def test_what_a_killed_writer_left_is_printed_or_removed_and_does_not_fill_the_spool(self):
        gate = await self.gate()
        await self.leave_a_result(gate, "approve")
        await self.run_kedge("call", "allow_light", port=gate.port)
        kept, = self.rows_kept()
        for number in range(300):
            kept.with_name(f".new-{number}").write_text('{"half":', encoding="utf-8")
        kept.rename(kept.with_name(f".new-{kept.name}"))
        await self.leave_a_result(gate, "deny")
        code, _, errors = await self.run_kedge("call", "allow_light", port=gate.port, options=("--json",))
        self.assertEqual((0, [2]), (code, [note["count"] for note in self.events(errors, "note")]), errors)
        self.assertEqual([("ask_door", "executed"), ("ask_door", "denied")], await self.pending(gate))
        self.assertEqual([], list(kept.parent.iterdir()))

    async def test_what_cannot_be_read_is_counted_and_its_folder_named(self):
        gate = await self.gate()
        await self.leave_a_result(gate, "approve")
        await self.run_kedge("call", "allow_light", port=gate.port)
        kept, = self.rows_kept()
        for words in ("1 earlier result cannot be read, and was left in ", "2 earlier results cannot be read, and were left in "):
            kept.with_name(f"{kept.stem}-{words[0]}.json").write_text('{"half":', encoding="utf-8")
            code, _, errors = await self.run_kedge("pending", port=gate.port, options=("--json",))
            self.assertEqual((0, words + str(kept.parent)), (code, self.events(errors, "warning")[0]["message"]), errors)

    async def test_a_gateway_has_one_spool_however_its_url_is_spelled(self):
        gate = await self.gate()
        await self.leave_a_result(gate, "approve")
        await self.run_kedge("call", "allow_light", url=f"WSS://LocalHost:{gate.port}")
        self.assertEqual([("ask_door", "executed")], await self.pending(gate))

    async def test_pending_that_is_killed_before_it_prints_loses_none(self):
        gate = await self.gate("--polls", 2)
        await self.leave_a_result(gate, "approve")
        program = await self.kedge("pending", port=gate.port)  # its second poll gets no answer
        while not self.rows_kept():
            await asyncio.sleep(0.01)
        await program.kill()
        await gate.event("gone")
        code, out, errors = await self.run_kedge("pending", port=gate.port, timeout=SHORT_S)
        self.assertEqual(["ask_door"], [row["tool"] for row in json.loads(out)], errors)

    async def shown(self, words, *options, env=None):
        """A row that can be neither printed nor kept is on standard error, and a warning with these words says why."""
        gate = await self.gate()
        await self.leave_a_result(gate, "approve")
        errors = await self.without_room(gate, "pending", *options, env=env)
        self.assertEqual(["ask_door"], [event["row"]["tool"] for event in self.events(errors, "unclaimed")])
        self.assertRegex("".join(event["message"] for event in self.events(errors, "warning")), words)
        self.assertEqual([], self.events(errors, "note"), "nothing waits")

    async def test_what_cannot_be_kept_is_printed_on_standard_error_with_a_warning(self):
        json_lines = ("--json", "--quiet")
        await self.shown("^a result cannot be kept: /proc/kedge: ", *json_lines, env={"XDG_STATE_HOME": "/proc"})
        await self.shown("neither XDG_STATE_HOME nor HOME", *json_lines, env=NOWHERE)
        link = pathlib.Path(self.folder, "linked")
        link.mkdir()
        (link / "kedge").symlink_to(self.folder)
        await self.shown("symbolic link", *json_lines, env={"XDG_STATE_HOME": str(link)})

    async def test_a_call_leaves_with_the_server_what_it_can_neither_keep_nor_show(self):
        for env, options in ((NOWHERE, ()), ({"XDG_STATE_HOME": "/proc"}, ()), (None, ("--no-spool",))):
            gate = await self.gate()
            await self.leave_a_result(gate, "approve")
            process = await asyncio.create_subprocess_exec(
                os.environ["KEDGE_LAUNCH"], os.environ["KEDGE_CLI"], "agent-gate", "call", "allow_light", *options, "--url",
                f"wss://localhost:{gate.port}/", "--ca", self.certificate("ca")[0], stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL, env={**os.environ, **self.environment(more=env)})
            self.assertEqual(0, await bounded(process.wait()))
            self.assertEqual([("ask_door", "executed")], await self.pending(gate))

    async def test_a_quiet_pending_in_a_bare_environment_has_nothing_to_say(self):
        gate = await self.gate()
        code, out, errors = await self.run_kedge("pending", port=gate.port, options=("--quiet",), env=NOWHERE)
        self.assertEqual((0, "[]\n", ""), (code, out, errors))

    async def test_a_full_spool_drops_none_of_the_older(self):
        gate = await self.gate()
        await self.leave_a_result(gate, "approve")
        await self.run_kedge("call", "allow_light", port=gate.port)
        kept, = self.rows_kept()
        for number in range(255):
            kept.with_name(f"{number}.json").write_text("{}", encoding="utf-8")
        await self.leave_a_result(gate, "deny")
        code, _, errors = await self.run_kedge("call", "allow_light", port=gate.port, options=("--json",))
        self.assertEqual((0, []), (code, self.events(errors, "unclaimed")), "it stays with the server")
        self.assertIn("is full: 256 results", self.events(errors, "note")[0]["message"])
        errors = await self.without_room(gate, "pending", "--json")
        self.assertEqual(["denied"], [event["row"]["status"] for event in self.events(errors, "unclaimed")])
        self.assertIn("is full: 256 results", self.events(errors, "warning")[0]["message"])
        self.assertTrue(kept.exists())

    async def test_no_spool(self):
        await self.shown("^$", "--json", "--no-spool")
        self.assertEqual([], self.rows_kept())
        gate = await self.gate()
        await self.leave_a_result(gate, "approve")
        self.assertEqual([("ask_door", "executed")], await self.pending(gate, options=("--no-spool",)))

    async def test_no_name_tells_where_or_with_which_secret(self):
        gate = await self.gate()
        await self.leave_a_result(gate, "approve")
        await self.run_kedge("call", "allow_light", url=f"wss://localhost:{gate.port}/?key=hunter2")
        kept, = self.rows_kept()
        self.assertNotRegex(kept.name, f"hunter2|localhost|{gate.port}")
        self.assertEqual(0o600, kept.stat().st_mode & 0o777)
        self.assertEqual(0o700, kept.parent.stat().st_mode & 0o777)
        self.assertEqual([("ask_door", "executed")], await self.pending(gate), "the query does not count")


if __name__ == "__main__":
    unittest.main()

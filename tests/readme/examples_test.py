"""The examples against kedge-hub: what they print, and that they say why when it does not work."""

import json
import pathlib
import sys
import unittest

sys.path.append(str(pathlib.Path(__file__).parent.parent / "interop"))
import harness  # noqa: E402

TOKEN = "tok-0c4a11fe-never-to-be-printed"
POLICY = {
    "policy": [{"tool": "get_*", "decision": "allow"}, {"tool": "open_*", "decision": "allow"}],
    "tools": [{"name": "get_temperature", "result": {"celsius": 21.5}}, {"name": "open_window", "echo": True}],
}


class Examples(harness.Interop):
    async def hub(self, policy=None):
        """Starts kedge-hub; its URL."""
        file = pathlib.Path(self.folder, "policy.json")
        file.write_text(json.dumps(policy or POLICY), encoding="utf-8")
        certificate, key = self.certificate()
        hub = await self.program("KEDGE_HUB", "--policy", file, "--cert", certificate, "--key", key,
                                 env={"KEDGE_HUB_TOKEN": TOKEN})
        return (await hub.event("listening"))["url"]

    async def start(self, example, *arguments, token=TOKEN, ca="ca"):
        ca_file = ca if "/" in ca else self.certificate(ca)[0]
        return await self.program(example, *arguments, env={"KEDGE_TOKEN": token, "KEDGE_CA": ca_file})

    async def run_example(self, example, *arguments, **env):
        """(exit code, standard output, standard error)."""
        return await (await self.start(example, *arguments, **env)).finish()

    async def test_the_readmes_program_prints_the_result(self):
        url = await self.hub()
        ended = await self.run_example("KEDGE_TOOL_CALL", url)
        self.assertEqual((0, '{"celsius": 21.5}\n', ""), ended)

    async def test_coroutines_run_one_tool_after_the_other(self):
        url = await self.hub()
        ended = await self.run_example("KEDGE_TOOL_CALL_AWAIT", url)
        self.assertEqual((0, '{"celsius": 21.5}\n{"room":"kitchen"}\n', ""), ended)

    async def test_a_result_is_read_before_the_second_tool_runs(self):
        for result in ({"celsius": 18}, {"celsius": "21.5"}, {"kelvin": 294}):
            policy = {**POLICY, "tools": [{"name": "get_temperature", "result": result}, {"name": "open_window", "echo": True}]}
            ended = await self.run_example("KEDGE_TOOL_CALL_AWAIT", await self.hub(policy))
            self.assertEqual((0, json.dumps(result) + "\n", ""), ended)

    async def test_a_denied_request_says_so_and_is_the_last(self):
        for example in ("KEDGE_TOOL_CALL", "KEDGE_TOOL_CALL_AWAIT"):
            # One hub for both would turn the second away for as long as it takes the first one for connected.
            ended = await self.run_example(example, await self.hub({"policy": []}))
            self.assertEqual((1, "", "Denied by policy\n"), ended, example)

    async def test_what_is_wrong_at_once_ends_with_1_and_words(self):
        for arguments, ca, words in (((), "ca", "scheme"), (("wss://localhost:1/",), "/nowhere", "cannot be opened"),
                                     (("nonsense",), "ca", "scheme")):
            for example in ("KEDGE_TOOL_CALL", "KEDGE_TOOL_CALL_AWAIT"):
                code, out, errors = await self.run_example(example, *arguments, ca=ca)
                self.assertEqual((1, ""), (code, out), arguments)
                self.assertIn(words, errors)

    async def test_while_there_is_no_line_it_says_why(self):
        url = await self.hub()
        for words, token, ca in (("Invalid token", "wrong", "ca"), ("unknown CA", TOKEN, "rogue")):
            for example in ("KEDGE_TOOL_CALL", "KEDGE_TOOL_CALL_AWAIT"):
                program = await self.start(example, url, token=token, ca=ca)
                line = await harness.bounded(program.process.stderr.readline())
                self.assertIn(words, line.decode(), example)


if __name__ == "__main__":
    unittest.main()

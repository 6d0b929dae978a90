"""The page's commands for any WebSocket server, as they stand there, against one."""

import asyncio
import json
import os
import pathlib
import re
import subprocess
import sys
import unittest

sys.path.append(str(pathlib.Path(__file__).parent.parent / "interop"))
from cli import TOKEN  # noqa: E402
from cli_websocket import Websocket  # noqa: E402
from harness import bounded  # noqa: E402

URL = "wss://feed.example/"


def commands():
    """Those of the block that names the server."""
    page = pathlib.Path(os.environ["KEDGE_CLI_PAGE"]).read_text(encoding="utf-8")
    block, = (block for block in re.findall(r"```sh\n(.*?)```", page, re.DOTALL) if URL in block)
    return block.splitlines()


class Commands(Websocket):
    async def asyncSetUp(self):
        self.seen = []  # (headers, subprotocol, messages)

        async def feed(peer):
            messages = []
            self.seen.append((peer.request_headers, peer.subprotocol, messages))
            async for message in peer:
                messages.append(message)
                if message == "hello":
                    await peer.send("hello to you")
                if message == '{"subscribe":"weather"}':
                    await peer.send('{"celsius":\n21}')
                    await peer.send(b"\x00")
                    return

        port = await self.serve(feed, tls=True, subprotocols=["lines.v1"])
        self.url = f"wss://localhost:{port}/"
        self.place = pathlib.Path(self.folder)
        (self.place / "kedge").write_text(f'#!/bin/sh\nexec {os.environ["KEDGE_LAUNCH"]} {os.environ["KEDGE_CLI"]} "$@"\n',
                                          encoding="utf-8")
        (self.place / "kedge").chmod(0o755)

    async def run_command(self, words):
        """Runs the command that has these words: what it printed."""
        line, = (line for line in commands() if words in line)
        path = f"{self.place}:{os.environ['PATH']}"
        env = {**os.environ, **self.environment(TOKEN, {"KEDGE_CA": self.certificate("ca")[0], "PATH": path})}
        process = await asyncio.create_subprocess_shell(line.replace(URL, self.url), cwd=self.folder, env=env,
                                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        out, errors = await bounded(process.communicate())
        self.assertEqual(0, process.returncode, (line, errors))
        return out.decode()

    async def test_a_question_and_its_answer(self):
        self.assertEqual("hello to you\n", await self.run_command("--linger"))

    async def test_a_feed_as_json(self):
        await self.run_command("--listen --json")
        with open(self.place / "weather.jsonl", encoding="utf-8") as file:
            self.assertEqual([{"type": "text", "text": '{"celsius":\n21}'}, {"type": "binary", "base64": "AA=="}],
                             [json.loads(line) for line in file])

    async def test_lines_of_a_file_with_a_credential(self):
        (self.place / "lines.txt").write_text("one\ntwo\n", encoding="utf-8")
        await self.run_command("--bearer")
        (headers, subprotocol, messages), = self.seen
        self.assertEqual(("Bearer " + TOKEN, "https://feed.example", "lines.v1", ["one", "two"]),
                         (headers["Authorization"], headers["Origin"], subprotocol, messages))

    async def test_a_file_as_it_is(self):
        (self.place / "photo.jpg").write_bytes(bytes(range(256)) * 1000)
        await self.run_command("--binary")
        self.assertEqual(bytes(range(256)) * 1000, b"".join(self.seen[0][2]))


if __name__ == "__main__":
    unittest.main()

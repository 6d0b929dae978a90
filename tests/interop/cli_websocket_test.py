#!/usr/bin/env python3
"""kedge websocket: lines go out, messages come out, whatever standard input and output are, and across lines that are lost."""

import asyncio
import base64
import fcntl
import json
import os
import pty
import signal
import subprocess
import unittest

from cli import TOKEN
from cli_websocket import Collector, Websocket, echo
from harness import bounded


def lines(count):
    return "".join(f"line {number}\n" for number in range(count)).encode()


class Messages(Websocket):
    async def test_lines_go_out_and_messages_come_out_in_order(self):
        port = await self.serve(echo)
        given = b"one\n\n  two \t\nl\xc3\xa4st without a line end"
        out = await self.expect(0, "ready", port, given, "--linger", "1")
        self.assertEqual(given + b"\n", out)

    async def test_over_tls_with_the_ca_of_the_environment(self):
        port = await self.serve(echo, tls=True)
        out = await self.good(port, b"hello\n", "--linger", "1", url=f"wss://localhost:{port}/",
                                env={"KEDGE_CA": self.certificate("ca")[0]})
        self.assertEqual(b"hello\n", out)

    async def test_100000_lines_arrive_in_order(self):
        arrived = []

        async def keep(peer):
            async for message in peer:
                arrived.append(message)

        await self.good(await self.serve(keep), lines(100000))
        self.assertEqual(lines(100000).decode().splitlines(), arrived)

    async def test_linger_is_over_when_nothing_has_come_for_so_long(self):
        port = await self.serve(echo)
        self.assertEqual(lines(5000), await self.good(port, lines(5000), "--linger", "1"))

    async def test_the_end_of_input_closes_with_1000_once_all_is_sent(self):
        server = Collector()
        await self.expect(0, "closed", await self.serve(server), lines(1000))
        await server.has(lambda it: it.codes)
        self.assertEqual((1000, [1000]), (len(server.messages), server.codes))

    async def test_an_empty_input_tries_the_connection(self):
        port = await self.serve(echo)
        with open("/dev/null", "rb") as nothing:
            self.assertEqual(b"", await self.expect(0, "ready", port, None, stdin=nothing))

    async def test_input_may_be_a_file_or_a_fifo(self):
        server = Collector()
        port = await self.serve(server)
        path = os.path.join(self.folder, "input")
        with open(path, "wb") as file:
            file.write(lines(20000))
        with open(path, "rb") as file:
            await self.good(port, None, stdin=file)
        self.assertEqual(lines(20000).decode().splitlines(), server.messages)
        server.messages.clear()
        os.unlink(path)
        os.mkfifo(path)
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb", buffering=0) as fifo:
            os.set_blocking(fifo.fileno(), True)
            keeper = os.open(path, os.O_WRONLY)
            process = await self.start(port, stdin=fifo)
            with open(path, "wb", buffering=0) as writer:
                writer.write(b"early\nla")
                await server.has(lambda it: it.messages)
                writer.write(b"te\n")
            os.close(keeper)
            code, _, errors = await self.ended(process)
        self.assertEqual((0, ["early", "late"]), (code, server.messages), errors)

    async def test_shared_descriptors_stay_as_they_are(self):
        port = await self.serve(echo)
        reads, writes = os.pipe()
        out_reads, out_writes = os.pipe()
        process = await self.start(port, "--linger", "1", stdin=reads, stdout=out_writes)
        os.write(writes, b"hello\n")
        with open(out_reads, "rb") as out:
            self.assertEqual(b"hello\n", await asyncio.to_thread(out.readline))
            for descriptor in reads, out_writes:
                self.assertEqual(0, fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_NONBLOCK)
                os.close(descriptor)
            os.close(writes)
            await self.ended(process)

    async def test_what_is_binary_goes_and_comes_as_it_is(self):
        port = await self.serve(echo)
        given = bytes(number * 31 % 256 for number in range(3_000_000))
        self.assertEqual(given, await self.good(port, given, "--binary", "--linger", "1"))

    async def test_chunks_are_binary_messages_of_64_kib_at_most(self):
        server = Collector()
        path = os.path.join(self.folder, "chunks")
        with open(path, "wb") as file:
            file.write(bytes(100_000))
        port = await self.serve(server)
        for options, sizes in ((), [65536, 34464]), (("--max-message", 40000), [40000, 25536, 34464]):
            server.messages.clear()
            with open(path, "rb") as file:
                await self.good(port, None, "--binary", *options, stdin=file)
            self.assertEqual(sizes, [len(message) for message in server.messages])

    async def speaker(self, *messages):
        """A server that says these and closes with 1000."""
        async def speak(peer):
            for message in messages:
                await peer.send(message)
        return await self.serve(speak)

    async def test_with_json_each_message_is_an_object_on_its_line(self):
        port = await self.speaker("two\nlines", b"\x00\xff", "", ["in ", "frag", "ments"])
        out = await self.expect(0, '"event":"state"', port, b"", "--json", "--listen")
        self.assertEqual([{"type": "text", "text": "two\nlines"},
                          {"type": "binary", "base64": base64.b64encode(b"\x00\xff").decode()},
                          {"type": "text", "text": ""}, {"type": "text", "text": "in fragments"}],
                         [json.loads(line) for line in out.splitlines()])

    async def test_a_message_is_never_several_lines(self):
        port = await self.speaker("{\n  \"a\": 1\n}", b"\n\n", b"\n", "next")
        process = await self.start(port, "--listen")
        code, out, errors = await self.ended(process, b"")
        self.assertEqual((0, b'{   "a": 1 }\nnext\n'), (code, out), errors)
        self.assertIn("line ends in messages are not printed as such: see --json", errors)
        self.assertEqual(1, errors.count("a binary message was not printed, nor will others be"))

    async def test_a_terminal_gets_text_without_commands_and_no_bytes_as_they_are(self):
        port = await self.speaker("\x1b]0;title\x07\ntwo")
        ours, its = pty.openpty()
        process = await self.start(port, "--listen", stdin=its, stdout=its)
        got = b""
        while b"u000atwo" not in got:
            got += await bounded(asyncio.to_thread(os.read, ours, 1000))
        self.assertIn(b"\\u001b]0;title\\u0007\\u000atwo", got)
        code, _, errors = await self.ended(process)
        self.assertEqual(0, code, errors)
        await self.expect(2, "not on a terminal; see --json", port, b"", "--binary", stdout=its)
        os.close(its)
        os.close(ours)

    async def test_lines_are_typed_on_a_terminal_until_its_end_of_input(self):
        server = Collector()
        ours, its = pty.openpty()
        process = await self.start(await self.serve(server), stdin=its)
        os.write(ours, b"typed\n")
        await server.has(lambda it: it.messages)
        os.write(ours, b"\x04")
        code, _, errors = await self.ended(process)
        self.assertEqual((0, ["typed"]), (code, server.messages), errors)
        os.close(its)
        os.close(ours)

    async def test_messages_of_a_mebibyte_go_and_come_whole(self):
        port = await self.serve(echo)
        given = b"x" * (1024 * 1024) + b"\n"
        self.assertEqual(given * 3, await self.good(port, given * 3, "--linger", "2"))

    async def test_the_server_sees_headers_subprotocols_user_agent_and_credential(self):
        seen = []

        async def look(peer):
            seen.append((peer.request_headers, peer.subprotocol))
            await peer.close(1000, TOKEN)

        port = await self.serve(look, subprotocols=["chat.v1"])
        path = os.path.join(self.folder, "headers")
        with open(path, "w", encoding="utf-8") as file:
            file.write("Cookie: session=hush\r\n\nX-Room: kitchen\n")
        for kind, shown in ("--bearer", f"Bearer {TOKEN}"), ("--basic", None):
            token = TOKEN if kind == "--bearer" else f"user:{TOKEN}"
            process = await self.start(port, kind, "--header", "Origin: https://a.example", "--header", "@" + path,
                                       "--subprotocol", "chat.v2", "--subprotocol", "chat.v1", "--user-agent", "probe/1",
                                       "--log-level", "debug", "--listen", token=token)
            _, _, errors = await self.ended(process, b"")
            headers, subprotocol = seen[-1]
            shown = shown or "Basic " + base64.b64encode(token.encode()).decode()
            self.assertEqual([shown, "https://a.example", "session=hush", "kitchen", "probe/1", "chat.v1"],
                             [headers[name] for name in ("Authorization", "Origin", "Cookie", "X-Room", "User-Agent")] +
                             [subprotocol], errors)
            self.assertIn("the server chose the subprotocol chat.v1", errors)
            self.assertIn("closed by the peer with 1000: ***", errors)
            self.assertNotIn("hush", errors)

    async def test_without_bearer_and_basic_no_token_is_shown_or_needed(self):
        seen = []

        async def look(peer):
            seen.append(peer.request_headers.get("Authorization"))

        await self.good(await self.serve(look), b"", token=TOKEN)
        self.assertEqual([None], seen)

    async def test_through_the_proxy_of_the_environment(self):
        port = await self.serve(echo)
        asked = []

        async def proxy(reader, writer):
            asked.append((await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0])
            back_reader, back_writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")

            async def pass_on(source, sink):
                while data := await source.read(1 << 16):
                    sink.write(data)
                sink.close()
            await asyncio.gather(pass_on(reader, back_writer), pass_on(back_reader, writer))

        proxy_port = await self.raw_server(proxy)
        out = await self.good(port, b"hello\n", "--linger", "1", url="ws://server.test:1234/",
                                env={"http_proxy": f"http://127.0.0.1:{proxy_port}"})
        self.assertEqual((b"hello\n", [b"CONNECT server.test:1234 HTTP/1.1"]), (out, asked))

    async def test_after_the_end_of_input_listen_goes_on_until_a_signal(self):
        server = Collector()
        process = await self.start(await self.serve(server), "--listen")
        process.stdin.close()
        await server.has(lambda it: it.connections)
        await asyncio.sleep(0.3)
        self.assertIsNone(process.returncode)
        process.send_signal(signal.SIGTERM)
        code, _, errors = await self.ended(process)
        await server.has(lambda it: it.codes)
        self.assertEqual((130, [1000]), (code, server.codes), errors)

    async def test_listen_needs_no_standard_input(self):
        port = await self.speaker("hello")
        process = await asyncio.create_subprocess_exec(
            "/bin/sh", "-c", 'exec "$@" <&-', "sh", os.environ["KEDGE_LAUNCH"], os.environ["KEDGE_CLI"], "websocket",
            f"ws://127.0.0.1:{port}/", "--listen", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        out, errors = await bounded(process.communicate())
        self.assertEqual((0, b"hello\n"), (process.returncode, out), errors)


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
"""kedge websocket where something is in the way: a server that refuses, cuts, stalls or closes, input that cannot be sent, output that
nobody reads."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import unittest

import websockets

from cli import TOKEN
from cli_websocket import Collector, Websocket, echo
from harness import SHORT_S, bounded, upgrade_response


def lines(first, end):
    return "".join(f"line {number}\n" for number in range(first, end)).encode()


async def accept(reader, writer):
    """The upgrade, by hand."""
    request = await reader.readuntil(b"\r\n\r\n")
    writer.write(upgrade_response(request))
    await writer.drain()


class Refused(Websocket):
    async def test_3_no_server_and_a_status_and_4_a_credential_that_is_refused(self):
        with socket.create_server(("127.0.0.1", 0)) as unused:
            port = unused.getsockname()[1]
        await self.expect(3, "connection refused", port, b"hello\n")
        for code, status in (3, 404), (3, 503), (4, 401):
            async def refuse(reader, writer, status=status):
                await reader.readuntil(b"\r\n\r\n")
                writer.write(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode())
            port = await self.raw_server(refuse)
            await self.expect(code, f"HTTP {status}", port, b"hello\n", "--bearer", token=TOKEN)

    async def test_2_a_credential_that_is_missing_or_a_header_that_is_the_upgrades(self):
        await self.expect(2, "KEDGE_TOKEN", 1, b"", "--bearer")
        await self.expect(2, "a header that the upgrade", 1, b"", "--header", "Sec-WebSocket-Key: x")
        await self.expect(2, "--header @/nonexistent/f", 1, b"", "--header", "@/nonexistent/f")

    async def test_input_is_left_to_others_where_there_is_no_line(self):
        with socket.create_server(("127.0.0.1", 0)) as unused:
            port = unused.getsockname()[1]
        reads, writes = os.pipe()
        os.write(writes, b"hello\n")
        await self.expect(3, "connection refused", port, None, stdin=reads)
        self.assertEqual(b"hello\n", os.read(reads, 100))
        os.close(reads)
        os.close(writes)

    async def test_3_with_retry_until_there_was_no_line_for_the_timeout(self):
        with socket.create_server(("127.0.0.1", 0)) as unused:
            port = unused.getsockname()[1]
        await self.expect(3, "no connection in time; the last attempt: .*refused", port, b"", "--retry", "--timeout", SHORT_S)

    async def test_0_with_retry_once_the_server_is_there(self):
        with socket.create_server(("127.0.0.1", 0)) as unused:
            port = unused.getsockname()[1]
        process = await self.start(port, "--retry")
        await bounded(process.stderr.readuntil(b"waiting"))
        server = Collector()

        async def each(peer, _path=None):
            await server(peer)

        async with websockets.serve(each, "127.0.0.1", port):
            code, _, errors = await self.ended(process, b"hello\n")
        self.assertEqual((0, ["hello"]), (code, server.messages), errors)


class Lost(Websocket):
    async def test_0_lines_go_on_in_order_on_the_next_line(self):
        # What was taken by the system before the cut may be lost; nothing else is, and nothing comes twice.
        async def cut_the_first(peer, connection, server):
            if connection == 1:
                async for message in peer:
                    server.messages.append(message)
                    if message == "line 9":
                        peer.transport.abort()
                        return

        server = Collector(cut_the_first)
        process = await self.start(await self.serve(server))
        process.stdin.write(lines(0, 10))
        await server.has(lambda it: it.connections == 2)
        code, _, errors = await self.ended(process, lines(10, 5000))
        self.assertEqual((0, lines(0, 5000).decode().splitlines()), (code, server.messages), errors)

    async def test_3_when_there_is_no_line_again_within_the_timeout(self):
        async def go_away(peer):
            await peer.recv()
            server.close()
            peer.transport.abort()

        async def each(peer, _path=None):
            await go_away(peer)

        server = await websockets.serve(each, "127.0.0.1", 0)
        process = await self.start(server.sockets[0].getsockname()[1], "--timeout", SHORT_S)
        process.stdin.write(b"hello\n")
        await bounded(process.stderr.readuntil(b"waiting"))
        code, _, errors = await self.ended(process, lines(0, 3))
        self.assertEqual(3, code, errors)
        self.assertRegex(errors, "no connection in time")
        self.assertIn("input that was read and not sent: 3 lines", errors)

    async def cut_in_a_message(self, *options):
        """A line that is cut with a part of the second message out: (exit code, what the next line brought, standard error)."""
        read = asyncio.Event()
        server = Collector()

        async def handler(reader, writer):
            if not read.is_set():
                await accept(reader, writer)
                await reader.readexactly(100_000)
                read.set()
                writer.transport.abort()
                return
            back_reader, back_writer = await asyncio.open_connection("127.0.0.1", port)

            async def pass_on(source, sink):
                while data := await source.read(1 << 16):
                    sink.write(data)
                    await sink.drain()
                sink.close()
            await asyncio.gather(pass_on(reader, back_writer), pass_on(back_reader, writer))

        port = await self.serve(server)
        front = await self.raw_server(handler, limit=1024)
        large = b"x" * 8_000_000 + b"\n"
        code, _, errors = await self.run_it(front, b"first\n" + large + b"last\n", "--max-message", 16 << 20, *options)
        return code, server.messages, errors

    async def test_9_a_message_that_was_partly_out_is_told_of_and_not_sent_again(self):
        code, messages, errors = await self.cut_in_a_message()
        self.assertEqual((9, ["last"]), (code, messages), errors)
        self.assertIn("input line 2 was partly out when the line was lost: its outcome is unknown; see --resend", errors)

    async def test_0_with_resend_it_is_sent_again_whole(self):
        code, messages, errors = await self.cut_in_a_message("--resend")
        self.assertEqual((0, [8_000_000, 4]), (code, [len(message) for message in messages]), errors)


class Closed(Websocket):
    async def closing(self, code, count=1):
        """A server that takes so many messages and closes."""
        async def close(peer, connection, server):
            for _ in range(count):
                server.messages.append(await peer.recv())
            if connection == 1:
                await peer.close(code, "enough")
        server = Collector(close)
        return server, await self.serve(server, close_timeout=1)

    async def test_0_the_server_closes_with_1000_and_nothing_is_left_to_send(self):
        _, port = await self.closing(1000)
        process = await self.start(port)
        process.stdin.write(b"hello\n")  # and no end of input
        await bounded(process.wait())
        errors = (await process.stderr.read()).decode()
        self.assertEqual(0, process.returncode, errors)
        self.assertIn("closed by the peer with 1000", errors)

    async def test_3_the_server_closes_with_1000_before_all_was_sent(self):
        server, port = await self.closing(1000)
        code, _, errors = await self.run_it(port, lines(0, 200_000))
        self.assertEqual((3, 1), (code, server.connections), errors)
        self.assertIn("closed by the peer with 1000", errors)

    async def test_0_other_codes_and_with_retry_1000_too_are_a_line_that_is_lost(self):
        for code, options in (1001, ()), (4000, ()), (1000, ("--retry",)):
            server, port = await self.closing(code)
            process = await self.start(port, *options)
            process.stdin.write(b"one\n")
            await server.has(lambda it: it.connections == 2)
            got, _, errors = await self.ended(process, b"two\n")
            self.assertEqual((0, ["one", "two"]), (got, server.messages), errors)

    async def test_8_the_server_closes_with_1009_and_the_others_go_on(self):
        async def close(peer, connection, _server):
            if connection == 1:
                await peer.recv()
                await peer.close(1009)
        server = Collector(close)
        port = await self.serve(server)
        process = await self.start(port)
        process.stdin.write(b"x" * 100 + b"\n")
        await server.has(lambda it: it.connections == 2)
        code, _, errors = await self.ended(process, b"small\n")
        self.assertEqual((8, ["small"]), (code, server.messages), errors)
        self.assertIn("closed by the peer with 1009", errors)

    async def test_130_a_signal_closes_politely_and_says_what_was_not_sent(self):
        for number in signal.SIGINT, signal.SIGTERM:
            server = Collector()
            process = await self.start(await self.serve(server))
            process.stdin.write(b"hello\n")
            await server.has(lambda it: it.messages)
            process.send_signal(number)
            code, _, errors = await self.ended(process)
            await server.has(lambda it: it.codes)
            self.assertEqual((130, [1000]), (code, server.codes), errors)
            self.assertNotIn("not sent", errors)

    async def test_130_a_second_signal_does_not_wait_for_a_server_that_says_no_goodbye(self):
        async def stall(reader, writer):
            await accept(reader, writer)
            await asyncio.sleep(3600)

        process = await self.start(await self.raw_server(lambda r, w: asyncio.wait_for(stall(r, w), 15)))
        await bounded(process.stderr.readuntil(b"ready"))
        process.send_signal(signal.SIGINT)
        await bounded(process.stderr.readuntil(b"closing"))
        process.send_signal(signal.SIGINT)
        await asyncio.wait_for(process.wait(), SHORT_S)
        self.assertEqual(130, process.returncode)


    async def test_9_a_server_that_says_no_goodbye_may_not_have_read_all(self):
        async def listen(reader, writer):
            await accept(reader, writer)
            while await reader.read(1 << 16):
                pass

        port = await self.raw_server(listen)
        await self.expect(9, "the server said no goodbye: the outcome is unknown of what was sent last", port, b"hello\n",
                          "--timeout", SHORT_S)
        await self.expect(0, "closed", port, b"", "--timeout", SHORT_S)
        process = await self.start(port)
        process.stdin.write(b"hello\n")
        process.stdin.close()
        await bounded(process.stderr.readuntil(b"closing"))
        process.send_signal(signal.SIGINT)
        await asyncio.wait_for(process.wait(), SHORT_S)
        self.assertEqual(9, process.returncode)


class Unfit(Websocket):
    async def test_lines_that_cannot_be_sent_are_told_by_their_numbers_and_the_others_go(self):
        given = b"one\n\xff\n" + b"x" * 3000 + b"\nfour\n" + b"y" * 2000
        for code, start in (2, b""), (8, b"z" * 1025 + b"\n"):
            server = Collector()
            process = await self.start(await self.serve(server), "--max-message", "1024", "--json")
            got, _, errors = await self.ended(process, start + given)
            shift = 1 if start else 0
            self.assertEqual((code, ["one", "four"]), (got, server.messages), errors)
            told = [event["error"]["message"] for event in self.events(errors, "error")][shift:]
            self.assertEqual([f"input line {2 + shift} is not UTF-8, and was not sent; see --binary",
                              f"input line {3 + shift} is too long, and was not sent; see --max-message",
                              f"input line {5 + shift} is too long, and was not sent; see --max-message"], told)

    async def test_8_a_message_that_is_too_large_for_us(self):
        async def speak(peer):
            await peer.send("x" * 5000)
            await peer.send("next")
        out = await self.expect(8, "a message was not printed: it has more than 1024 bytes; see --max-message",
                                await self.serve(speak), b"", "--listen", "--max-message", "1024")
        self.assertEqual(b"next\n", out)


    async def test_2_standard_input_that_is_missing_or_no_input(self):
        port = await self.serve(echo)
        for redirection, why in ("<&-", "Bad file descriptor"), ("</", "Is a directory"):
            process = await asyncio.create_subprocess_exec(
                "/bin/sh", "-c", f'exec "$@" {redirection}', "sh", os.environ["KEDGE_LAUNCH"], os.environ["KEDGE_CLI"],
                "websocket", f"ws://127.0.0.1:{port}/", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            _, errors = await bounded(process.communicate())
            self.assertEqual(2, process.returncode, errors)
            self.assertIn(f"standard input cannot be read: {why}", errors.decode())


class Output(Websocket):
    async def test_a_reader_who_takes_his_time_slows_the_server_and_gets_all(self):
        sent = 0

        async def flood(peer):
            nonlocal sent
            for sent in range(1, 2001):
                await peer.send(f"{sent} " + "x" * 10_000)

        reads, writes = os.pipe()
        process = await self.start(await self.serve(flood), "--listen", stdout=writes)
        os.close(writes)
        process.stdin.close()
        before = -1
        while before != sent or not sent:
            before = sent
            await asyncio.sleep(0.3)
        self.assertLess(sent, 1500, "20 MB are in no buffer")
        with open(reads, "rb") as out:
            got = await bounded(asyncio.to_thread(out.read))
        code, _, errors = await self.ended(process)
        self.assertEqual((0, [str(number) for number in range(1, 2001)]),
                         (code, [line.split()[0].decode() for line in got.splitlines()]), errors)

    async def test_130_who_interrupts_does_not_wait_for_the_reader(self):
        async def flood(peer):
            with contextlib.suppress(websockets.ConnectionClosed):
                while True:
                    await peer.send("x" * 100_000)

        reads, writes = os.pipe()
        process = await self.start(await self.serve(flood), "--listen", stdout=writes)
        os.close(writes)
        process.stdin.close()
        await bounded(asyncio.to_thread(os.read, reads, 1))  # it has begun, and then the pipe is full
        await asyncio.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        code, _, errors = await self.ended(process)
        os.close(reads)
        self.assertEqual(130, code, errors)
        self.assertIn("the last message was not printed whole", errors)

    async def test_a_server_that_does_not_read_stops_the_input(self):
        async def stall(reader, writer):
            await accept(reader, writer)
            await released.wait()
            while await reader.read(1 << 20):
                pass

        released = asyncio.Event()
        process = await self.start(await self.raw_server(stall, limit=1024))
        process.stdin.write(b"x" * 63 + b"\n")
        taken, chunk = 0, (b"y" * 1023 + b"\n") * 64
        with self.assertRaises(asyncio.TimeoutError):
            while taken < 200_000_000:
                process.stdin.write(chunk)
                await asyncio.wait_for(process.stdin.drain(), 1)
                taken += len(chunk)
        self.assertLess(taken, 100_000_000)
        process.send_signal(signal.SIGTERM)
        released.set()
        code, _, errors = await self.ended(process)
        self.assertEqual(130, code, errors)
        self.assertRegex(errors, r"input that was read and not sent: \d+ lines")

    async def test_1_a_reader_that_goes_is_noticed_at_once_when_there_is_nothing_else_to_do(self):
        reads, writes = os.pipe()
        process = await self.start(await self.serve(echo), "--listen", stdout=writes)
        os.close(writes)
        process.stdin.write(b"hello\n")
        process.stdin.close()
        with open(reads, "rb") as out:
            self.assertEqual(b"hello\n", await asyncio.to_thread(out.readline))
        code, _, errors = await self.ended(process)
        self.assertEqual(1, code, errors)
        self.assertIn("nobody reads standard output any more", errors)

    async def test_1_output_that_cannot_be_written(self):
        port = await self.serve(echo)
        with open("/dev/full", "wb") as full:
            await self.expect(1, "standard output could not be written: No space left", port, b"hello\n", "--linger", "5",
                              stdout=full)
        process = await asyncio.create_subprocess_exec(
            "/bin/sh", "-c", 'exec "$@" >&-', "sh", os.environ["KEDGE_LAUNCH"], os.environ["KEDGE_CLI"], "websocket",
            f"ws://127.0.0.1:{port}/", "--linger", "5", stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        _, errors = await bounded(process.communicate(b"hello\n"))
        self.assertEqual(1, process.returncode, errors)

    async def test_0_a_command_that_only_sends_needs_no_reader(self):
        server = Collector()
        reads, writes = os.pipe()
        os.close(reads)
        await self.expect(0, "ready", await self.serve(server), lines(0, 100), stdout=writes)
        os.close(writes)
        self.assertEqual(100, len(server.messages))


if __name__ == "__main__":
    unittest.main()

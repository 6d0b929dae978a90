"""The programs started without standard input, output or error, and with a log that nobody reads."""

import asyncio
import itertools
import json
import os
import pathlib
import signal
import socket
import subprocess
import unittest

import harness
from cli import Cli, Gate, TOKEN
from harness import Http, WAIT_S, bounded, command
from hub import configure

COMBINATIONS = [tuple(number for number, is_closed in enumerate(closed) if is_closed)
                for closed in itertools.product((False, True), repeat=3)]


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


class Descriptors(Cli):
    async def without(self, closed, variable, *arguments, **env):
        """Starts a program without these descriptors."""
        operators = {0: "<&-", 1: ">&-", 2: "2>&-"}
        script = " ".join(["exec", '"$@"', *(operators[number] for number in closed)])
        process = await asyncio.create_subprocess_exec(
            "/bin/sh", "-c", script, "sh", *command(variable), *map(str, arguments), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, **env})
        program = harness.Program(process)
        self.addAsyncCleanup(program.kill)
        return program

    async def answers(self, port):
        """Waits until somebody listens there."""
        async def asked():
            while True:
                try:
                    return await Http.open(port)
                except ConnectionError:
                    await asyncio.sleep(0.01)
        return await bounded(asked())

    async def expect_result(self, closed, program, part):
        """A result is printed, or there was nowhere to print it: never an abort."""
        code, out, errors = await self.end(program)
        self.assertEqual((1, "") if 1 in closed else (0, out), (code, out), (closed, errors))
        if 1 not in closed:
            self.assertIn(part, out, closed)
        elif 2 not in closed:
            self.assertIn("standard output", errors, closed)

    async def test_call(self):
        gate = await Gate.start()
        self.addAsyncCleanup(gate.kill)
        for closed in COMBINATIONS:
            program = await self.without(closed, "KEDGE_CLI", "agent-gate", "call", "allow_light", "--retry", "--url",
                                         f"ws://127.0.0.1:{gate.port}/", "--timeout", WAIT_S, KEDGE_TOKEN=TOKEN)
            await self.expect_result(closed, program, "allow_light")

    async def test_send(self):
        files, env = configure(self.folder, [{"prefix": "test.hub"}], None)
        hub = await self.program("KEDGE_HUB", *files, env=env)
        url = (await hub.event("listening"))["btp"]["crosstown"]
        for closed in COMBINATIONS:
            program = await self.without(closed, "KEDGE_CLI", "btp", "send", "--url", url, "--to", "test.hub", "--amount", 1,
                                         "--timeout", WAIT_S, KEDGE_TOKEN=TOKEN)
            await self.expect_result(closed, program, "fulfill")

    async def test_agent(self):
        for closed in COMBINATIONS:
            port = free_port()
            program = await self.without(closed, "KEDGE_AGENT", HTTP_PORT=str(port), CONNECTOR_BTP_URL="", NOTIFY_SOCKET="")
            http = await self.answers(port)
            http.ask("GET", "/health")
            status, _, _ = await http.answer()
            http.close()
            program.signal(signal.SIGTERM)
            code, _, errors = await self.end(program)
            self.assertEqual((200, 0), (status, code), (closed, errors))

    async def test_hub(self):
        for closed in COMBINATIONS:
            port = free_port()
            program = await self.without(closed, "KEDGE_HUB", "--listen", f"127.0.0.1:{port}", KEDGE_HUB_TOKEN=TOKEN)
            (await self.answers(port)).close()
            program.signal(signal.SIGTERM)
            code, _, errors = await self.end(program)
            self.assertEqual(0, code, (closed, errors))

    async def test_help_that_has_nowhere_to_go_is_no_success(self):
        for variable in ("KEDGE_CLI", "KEDGE_AGENT", "KEDGE_HUB"):
            for option, closed, expected in (("--help", (), 0), ("--help", (1,), 1), ("--version", (1,), 1), ("--odd", (1,), 2)):
                code, _, errors = await self.end(await self.without(closed, variable, option))
                self.assertEqual(expected, code, (variable, option, errors))


    async def test_help_that_nobody_reads_is_no_success(self):
        for variable in ("KEDGE_CLI", "KEDGE_AGENT", "KEDGE_HUB"):
            for option, stream, expected in (("--help", "stdout", 1), ("--odd", "stderr", 2)):
                reads, writes = os.pipe()
                os.close(reads)
                ends = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, stream: writes}
                process = await asyncio.create_subprocess_exec(*command(variable), option, stdin=subprocess.DEVNULL, **ends)
                os.close(writes)
                self.assertEqual(expected, await bounded(process.wait()), (variable, option))


class Unread(Cli):
    async def test_a_log_that_nobody_reads_stops_no_daemon(self):
        """Its pipe is full before it starts: what it has to say is lost, and what it has to do is done."""
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        try:
            while True:
                os.write(writer, b"x" * 4096)
        except BlockingIOError:
            os.set_blocking(writer, True)
        port = free_port()
        env = {**os.environ, "HTTP_PORT": str(port), "CONNECTOR_BTP_URL": f"ws://127.0.0.1:{free_port()}/",
               "CONNECTOR_BTP_AUTH_TOKEN": TOKEN, "NOTIFY_SOCKET": ""}
        process = await asyncio.create_subprocess_exec(*command("KEDGE_AGENT"), stdin=subprocess.DEVNULL,
                                                       stdout=subprocess.PIPE, stderr=writer, env=env)
        program = harness.Program(process)
        self.addAsyncCleanup(program.kill)
        self.assertTrue(os.get_blocking(writer), "the flags that others share")
        os.close(writer)
        await program.event("listening")
        http = await Http.open(port)

        async def attempts():
            http.ask("GET", "/health")
            return json.loads((await http.answer())[2])["link"]["attempts"]

        while await bounded(attempts()) < 2:
            await asyncio.sleep(0.05)
        http.close()
        os.set_blocking(reader, False)
        with self.assertRaises(BlockingIOError):
            while os.read(reader, 1 << 20):
                pass
        program.signal(signal.SIGTERM)
        code = await bounded(process.wait())
        with open(reader, "rb") as log:
            lines = [json.loads(line) for line in log.read().decode().splitlines()]
        self.assertEqual(0, code)
        self.assertGreater(lines[0]["lost"], 1, lines)
        self.assertTrue(all("lost" not in line for line in lines[1:]), lines)


class Pipes(Cli):
    def fifo(self, name="fifo"):
        path = pathlib.Path(self.folder, f"{name}{len(os.listdir(self.folder))}")
        os.mkfifo(path)
        return path

    async def gate_url(self):
        gate = await Gate.start()
        self.addAsyncCleanup(gate.kill)
        return f"ws://127.0.0.1:{gate.port}/"

    async def bash(self, script, **env):
        """Runs a script of bash that knows the program as $KEDGE: (exit code, standard output, standard error)."""
        process = await asyncio.create_subprocess_exec(
            "/bin/bash", "-c", script, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, "KEDGE": " ".join(command("KEDGE_CLI")), "TOKEN": TOKEN, **env})
        return await self.end(harness.Program(process))

    async def test_0_token_and_ca_of_other_programs(self):
        gate = await self.gate()
        options = f"--url wss://localhost:{gate.port}/ --timeout {WAIT_S}"
        ca = self.certificate("ca")[0]
        for script in (
                f'$KEDGE agent-gate call allow_light {options} --ca {ca} --token-file <(echo "$TOKEN")',
                f'$KEDGE agent-gate call allow_light {options} --ca <(cat {ca}) --token-file <(sleep 0.1; echo "$TOKEN")',
                f'echo "$TOKEN" | $KEDGE agent-gate call allow_light {options} --ca {ca} --token-file /dev/stdin',
                f'$KEDGE agent-gate call allow_light {options} --ca {ca} --token-file /dev/stdin <<<"$TOKEN"',
                f'printf "\\xEF\\xBB\\xBF%s\\r\\n" "$TOKEN" | $KEDGE agent-gate call allow_light {options} --ca /dev/fd/3 '
                f'--token-file /dev/fd/0 3< <(cat {ca})'):
            code, out, errors = await self.bash(script)
            self.assertEqual((0, "allow_light"), (code, json.loads(out or "{}").get("tool")), (script, errors))

    async def test_0_a_token_of_a_pipe_is_kept_for_the_next_attempt(self):
        gate = await Gate.start()
        self.addAsyncCleanup(gate.kill)
        path = self.fifo()
        program = await self.kedge("call", "ask_door", url=f"ws://127.0.0.1:{gate.port}/", ca=None, token=None,
                                   options=("--token-file", path))
        await asyncio.to_thread(path.write_text, TOKEN + "\n")
        await gate.event("asked")
        gate.order("cut")
        await gate.event("gone")
        gate.order("approve")
        await gate.event("decided")
        code, out, errors = await self.end(program)
        self.assertEqual((0, {"approved": "ask_door"}), (code, json.loads(out)), errors)

    async def test_2_what_is_no_token(self):
        plain = {"url": "ws://127.0.0.1:1/", "ca": None, "token": None}
        for path, words in (("/dev/null", "is empty"), ("/dev/zero", "is larger than"), (self.folder, "cannot be read: Is a directory"),
                            ("/dev/fd/77", "cannot be read: No such file")):
            await self.expect(2, f"the token file {path}: {words}", "call", "x", options=("--token-file", path), **plain)
            if path != "/dev/null":
                await self.expect(2, f"--ca {path}: {words}", "call", "x", options=("--ca", path), **{**plain, "token": TOKEN})
        await self.expect(2, "KEDGE_TOKEN: holds U\\+00E9 at byte 2", "call", "x", **{**plain, "token": "t\u00e9"})

    async def test_3_and_130_a_fifo_that_nobody_writes(self):
        url = await self.gate_url()
        for options, token in ((("--token-file", self.fifo()), None), (("--ca", self.fifo()), TOKEN)):
            await self.expect(3, "timeout: .*nobody has written it in time", "call", "allow_light", url=url, ca=None, token=token,
                              timeout=0.2, options=options)
            errors = await self.expect(3, "timeout: .*nobody has written it in time", "call", "allow_light", url=url, ca=None,
                                       token=token, timeout=0.2, options=("--retry", *options))
            self.assertNotIn("kedge agent-gate pending", errors, "nothing was sent")
            for number in (signal.SIGINT, signal.SIGTERM):
                program = await self.kedge("call", "allow_light", url=url, ca=None, token=token, options=options)
                await self.waits(program)
                program.signal(number)
                code, out, errors = await self.end(program)
                self.assertEqual((130, ""), (code, out), errors)

    async def test_3_and_130_arguments_that_nobody_writes(self):
        url = await self.gate_url()
        fifo = f"@{self.fifo()}"
        await self.expect(3, "timeout: JSON .*: nobody has written it in time", "call", "allow_light", fifo, url=url, ca=None, timeout=0.2)
        for argument in (fifo, "-"):
            program = await self.kedge("call", "allow_light", argument, url=url, ca=None)
            await self.waits(program)
            program.signal(signal.SIGINT)
            self.assertEqual(130, await bounded(program.process.wait()), argument)

    async def waits(self, program):
        """Until it takes no more time: it waits for whoever writes."""
        async def looked():
            while "SigBlk:\t0000000000004002" not in pathlib.Path(f"/proc/{program.process.pid}/status").read_text():
                await asyncio.sleep(0.01)
        await bounded(looked())

    async def test_a_daemon_takes_its_secret_from_a_fifo_and_keeps_it(self):
        path = self.fifo()
        program = await self.program("KEDGE_AGENT", env={
            "HTTP_PORT": "0", "CONNECTOR_BTP_URL": "ws://127.0.0.1:1/", "CONNECTOR_BTP_AUTH_TOKEN": "",
            "CONNECTOR_BTP_AUTH_TOKEN_FILE": str(path), "NOTIFY_SOCKET": ""})
        await asyncio.to_thread(path.write_text, TOKEN + "\n")
        await program.event("listening")
        program.signal(signal.SIGHUP)
        program.signal(signal.SIGTERM)
        code, _, errors = await self.end(program)
        self.assertEqual(0, code, errors)
        self.assertNotIn('"level":"error"', errors)

    async def test_a_signal_ends_a_daemon_that_waits_for_a_fifo(self):
        path = self.fifo()
        agent = {"HTTP_PORT": "0", "NOTIFY_SOCKET": "", "CONNECTOR_BTP_URL": "ws://127.0.0.1:1/", "CONNECTOR_BTP_AUTH_TOKEN": ""}
        for variable, options, env in (
                ("KEDGE_AGENT", (), {**agent, "CONNECTOR_BTP_AUTH_TOKEN_FILE": str(path)}),
                ("KEDGE_AGENT", ("--config", path), agent), ("KEDGE_HUB", ("--token-file", path), {}),
                ("KEDGE_HUB", ("--policy", path), {}), ("KEDGE_HUB", ("--btp", path), {}),
                ("KEDGE_HUB", ("--cert", path, "--key", path), {"KEDGE_HUB_TOKEN": TOKEN})):
            program = await self.program(variable, *options, env=env)
            await self.waits(program)
            program.signal(signal.SIGTERM)
            code, out, errors = await self.end(program)
            self.assertEqual((0, ""), (code, out), (variable, options, errors))

    async def test_a_check_that_a_signal_ends_has_found_nothing_good(self):
        path = self.fifo()
        env = {"CONNECTOR_BTP_URL": "ws://127.0.0.1:1/", "CONNECTOR_BTP_AUTH_TOKEN": "", "CONNECTOR_BTP_AUTH_TOKEN_FILE": str(path)}
        program = await self.program("KEDGE_AGENT", "--check", env=env)
        await self.waits(program)
        program.signal(signal.SIGTERM)
        code, out, errors = await self.end(program)
        self.assertEqual((130, ""), (code, out), errors)

    async def test_a_hub_takes_all_its_files_from_pipes(self):
        certificate, key = self.certificate()
        script = (f'exec $HUB --token-file <(echo "$TOKEN") --policy <(echo "{{}}") --cert <(cat {certificate}) --key <(cat {key}) '
                  """--btp <(echo '{"routes":[{"prefix":"test"}]}') --btp-peers <(echo '{"*":"all"}')""")
        process = await asyncio.create_subprocess_exec(
            "/bin/bash", "-c", script, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, "HUB": " ".join(command("KEDGE_HUB")), "TOKEN": TOKEN})
        program = harness.Program(process)
        self.addAsyncCleanup(program.kill)
        self.assertIn("wss://", (await program.event("listening"))["url"])
        program.signal(signal.SIGTERM)
        code, _, errors = await self.end(program)
        self.assertEqual(0, code, errors)


if __name__ == "__main__":
    unittest.main()

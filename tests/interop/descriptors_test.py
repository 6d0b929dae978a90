#!/usr/bin/env python3
"""Where descriptors run out: nobody spins, nobody aborts, and all goes on when there is room again."""

import asyncio
import os
import pathlib
import re
import resource
import subprocess
import time
import unittest

import harness
from agent import AgentTest
from harness import Http, WAIT_S
from hub import TOKEN, WithHub

# What a program may take of a core while it waits for a descriptor.
BUSY = 0.1 * harness.SLOWNESS
TAKEN = 6 * harness.SLOWNESS


def exertion(pid):
    """Seconds on a processor, and how often it was taken from it: on a busy machine a process that spins gets little."""
    seconds = int(pathlib.Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[0]) / 1e9
    status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return seconds, int(re.search(r"^nonvoluntary_ctxt_switches:\s*(\d+)", status, re.MULTILINE)[1])


def limit(pid, count):
    _, most = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (count, most))


def lowest_free(pid):
    taken = {int(name) for name in os.listdir(f"/proc/{pid}/fd")}
    return next(number for number in range(len(taken) + 1) if number not in taken)


class Shortage(AgentTest, WithHub):
    secret = TOKEN
    policy = {"policy": [{"tool": "*", "decision": "allow"}]}

    async def expect_idle(self, pid, where):
        (seconds, taken), began = exertion(pid), time.monotonic()
        await asyncio.sleep(1)
        seconds, taken = exertion(pid)[0] - seconds, exertion(pid)[1] - taken
        self.assertLess(seconds / (time.monotonic() - began), BUSY, where)
        self.assertLess(taken, TAKEN, where)

    async def crowd(self, port, count):
        return [await asyncio.open_connection("127.0.0.1", port) for _ in range(count)]

    async def expect_rest(self, process, ports):
        """No descriptor is left; each port has more that want in than may: it rests. One of them is served when there is room."""
        limit(process.pid, lowest_free(process.pid))
        try:
            for port in ports:
                crowd = await self.crowd(port, 3)
                await self.expect_idle(process.pid, f"port {port}")
                for _, writer in crowd:
                    writer.close()
            limit(process.pid, lowest_free(process.pid) + 1)
            for port in ports:  # one goes in, the others wait
                crowd = await self.crowd(port, 3)
                await self.expect_idle(process.pid, f"port {port}, with one inside")
                for _, writer in crowd:
                    writer.close()
        finally:
            limit(process.pid, 1024)

    def port_of(self, url):
        return int(url.rstrip("/").rsplit(":", 1)[1].split("/")[0])

    async def test_the_hub_rests_and_serves_on(self):
        await self.expect_rest(self.process, [self.port_of(self.where["url"]), self.port_of(self.where["operator"])])
        self.assertEqual(200, (await self.operator("GET", "/status"))[0])
        http = await Http.open(self.port_of(self.where["url"]))
        http.ask("GET", "/nowhere")
        self.assertEqual(426, (await http.answer())[0])
        http.close()

    async def test_the_daemon_rests_and_serves_on(self):
        agent = await self.agent()
        await self.expect_rest(agent.process, [agent.port])
        self.assertEqual(200, (await agent.request("GET", "/health"))[0])
        await self.stop(agent)


class Start(unittest.TestCase):
    """With so few descriptors that there is none for a loop; the dynamic linker needs some before."""

    def start(self, count, variable, *arguments):
        line = ["sh", "-c", 'ulimit -n "$0"; exec "$@"', str(count), *harness.command(variable), *arguments]
        return subprocess.run(line, capture_output=True, text=True, timeout=WAIT_S, stdin=subprocess.DEVNULL, check=False,
                              env={**os.environ, "KEDGE_TOKEN": TOKEN, "KEDGE_HUB_TOKEN": TOKEN, "HTTP_PORT": "0", "ASAN_OPTIONS": "detect_leaks=0"})

    def test_a_program_that_cannot_make_its_loop_says_so_and_exits_1(self):
        for variable, arguments in (("KEDGE_CLI", ("agent-gate", "tools", "--url", "ws://127.0.0.1:1/")), ("KEDGE_AGENT", ()), ("KEDGE_HUB", ())):
            said = 0
            for count in range(4, 10):
                with self.subTest(variable, descriptors=count):
                    done = self.start(count, variable, *arguments)
                    if done.returncode == 127 and "shared librar" in done.stderr:
                        continue
                    self.assertEqual(1, done.returncode, done.stderr)
                    self.assertIn("cannot make an event loop: ", done.stderr)
                    said += 1
            self.assertGreater(said, 2, variable)


if __name__ == "__main__":
    unittest.main()

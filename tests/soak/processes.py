"""The programs of a soak: started, ordered, asked, measured in /proc, and ended by their ids."""

import http.client
import json
import os
import selectors
import subprocess
import time


class Failed(Exception):
    """What ends a soak before its time."""


class Program:
    """One of our programs, which tells of itself in lines of JSON. It ends when this process does."""

    def __init__(self, name, arguments, folder, env=None, launch=True):
        launcher = os.environ.get("KEDGE_LAUNCH")
        command = ["setpriv", "--pdeathsig", "KILL"] + ([launcher] if launch and launcher else []) + [str(a) for a in arguments]
        self.name = name
        self.log = os.path.join(folder, name + ".log")
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, bufsize=0,
                                            env={**os.environ, **(env or {})})
        self.unread = b""
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.process.stdout, selectors.EVENT_READ)

    def order(self, word):
        self.process.stdin.write(word.encode() + b"\n")

    def event(self, wait_s):
        """The next line of JSON, None when there is none within `wait_s`."""
        until = time.monotonic() + wait_s
        while b"\n" not in self.unread:
            if not self.selector.select(max(0, until - time.monotonic())):
                return None
            data = os.read(self.process.stdout.fileno(), 65536)
            if not data:
                raise Failed(f"{self.name} has ended: {self.words()}")
            self.unread += data
        line, self.unread = self.unread.split(b"\n", 1)
        return json.loads(line)

    def expect(self, name, wait_s):
        event = self.event(wait_s)
        if event is None or event["event"] != name:
            raise Failed(f"{self.name} did not tell of {name} within {wait_s} s but of {event}: {self.words()}")
        return event

    def words(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read()[-2000:]

    def check(self):
        if self.process.poll() is not None:
            raise Failed(f"{self.name} ended with {self.process.returncode}: {self.words()}")

    def measure(self):
        """(resident KiB, descriptors)"""
        with open(f"/proc/{self.process.pid}/statm", encoding="ascii") as statm:
            pages = int(statm.read().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") // 1024, len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def finish(self, wait_s, terminate=False):
        """Ends it in order; its exit code and what is left of its lines."""
        if terminate:
            self.process.terminate()
        try:
            rest, _ = self.process.communicate(timeout=wait_s)
        except subprocess.TimeoutExpired as error:
            raise Failed(f"{self.name} did not end within {wait_s} s") from error
        return self.process.returncode, [json.loads(line) for line in (self.unread + rest).splitlines()]

    def kill(self):
        self.selector.close()
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            stream.close()


class Hub(Program):
    """kedge-hub, with its operator's API on one connection that is kept."""

    def __init__(self, name, arguments, folder, token):
        super().__init__(name, arguments, folder, {"KEDGE_HUB_TOKEN": token})
        self.address = None
        self.port = None
        self.connection = None

    def listening(self, wait_s):
        event = self.expect("listening", wait_s)
        self.port = int(event["url"].rsplit(":", 1)[1].rstrip("/"))
        self.address = event["operator"].removeprefix("http://")

    def ask(self, path, method="GET"):
        """(status, JSON). The hub ends a connection that was idle for 10 s."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection(self.address, timeout=30)
        try:
            self.connection.request(method, path)
            response = self.connection.getresponse()
            return response.status, json.loads(response.read())
        except (OSError, http.client.HTTPException) as error:
            self.check()
            raise Failed(f"{self.name} does not answer its operator: {error!r}") from error

    def hang_up(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None

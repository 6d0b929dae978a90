#!/usr/bin/env python3
"""The programs when the Nth allocation fails, their own or that of any library they use: they carry on and are right, or
they end with a documented exit code and words about memory. Never a crash, a hang, a wrong or a half result.

Each case is run once to count its allocations, then with one N after another. A run takes a few N of each; with
KEDGE_NTH_EVERY=1 it takes all of them. Arguments: the cases to run, by name."""

import hashlib
import json
import os
import pathlib
import re
import signal
import struct
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

WAIT_S = 20
# Of another release of Debian: it starts the programs, and takes what to preload itself.
LOADER = os.environ.get("KEDGE_LOADER", "").split()
EVERY = os.environ.get("KEDGE_NTH_EVERY") == "1"
TOKEN = "tok-91c3-never-to-be-printed"
# In the middle of a handshake mbedTLS may forget why it failed, and kedge shows its code; or it goes on with what it had
# no memory to compute, and the other end refuses that.
WORDS = re.compile("memory|alloc|mbedTLS code|alert 51, decrypt error", re.IGNORECASE)
ROW = {"request_id": "7", "tool": "read", "args": {}, "status": "executed", "result": {"status": "executed", "data": 1}}
POLICY = {
    "policy": [{"tool": "*", "decision": "allow"}],
    "tools": [{"name": "read", "description": "reads", "result": {"state": 21.5}}],
    "pending_results": [{"request_id": str(id), "tool": "read", "args": {}, "status": "executed", "data": 1}
                        for id in (7, 8)],
}
BTP = {"routes": [{"prefix": "test.hub", "fulfill": {"data": "6f6b"}}]}
ARGUMENTS = {
    "call": ("agent-gate", "call", "read"), "tools": ("agent-gate", "tools"), "pending": ("agent-gate", "pending"),
    "send": ("btp", "send", "--to", "test.hub", "--amount", "107"),
}
PRINTED = {
    "send": json.dumps({"type": "fulfill", "fulfillment": hashlib.sha256(b"").hexdigest(), "data": "6f6b"},
                       separators=(",", ":")) + "\n",
    "call": '{"state":21.5}\n',
    "tools": '{"tools":[{"name":"read","description":"reads"}]}\n',
    "pending": json.dumps([ROW, {**ROW, "request_id": "8"}], separators=(",", ":")) + "\n",
}


class Failed(Exception):
    pass


def expect(condition, what, *shown):
    if not condition:
        raise Failed("expected: " + what + "".join(f"\n   {text}" for text in shown))


class Order:
    """Which allocation fails."""

    def __init__(self, folder, nth=0, onward=False, places=False):
        self.nth, self.onward, self.places = nth, onward, places
        self.report = pathlib.Path(folder, "report")

    def environment(self, program):
        self.report.write_bytes(bytes(16))
        environment = {
            "KEDGE_MALLOC_REPORT": str(self.report), "KEDGE_MALLOC_FAIL": str(self.nth),
            "KEDGE_MALLOC_ONWARD": str(int(self.onward)), "KEDGE_MALLOC_PLACES": str(int(self.places))}
        if LOADER:
            return environment
        environment["LD_PRELOAD"] = os.environ["KEDGE_FAIL_NTH_MALLOC"]
        libraries = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
        asan = re.search(r"(/\S*(?:libasan|libclang_rt\.asan)\S*\.so\S*)", libraries)
        if asan:
            environment["LD_PRELOAD"] += " " + asan.group(1)
            environment["ASAN_OPTIONS"] = "verify_asan_link_order=0:allocator_may_return_null=1"
        return environment

    def counted(self):
        return struct.unpack("QQ", self.report.read_bytes())[0]

    def __str__(self):
        what = "place that allocates" if self.places else "allocation"
        return f"{what} {self.nth} fails" + (" and all that follow" if self.onward else "")


def start(program, *arguments, order=None, variables, stderr=subprocess.PIPE):
    loader = LOADER + (["--preload", os.environ["KEDGE_FAIL_NTH_MALLOC"]] if LOADER and order else [])
    environment = {**os.environ, **variables, **(order.environment(program) if order else {})}
    return subprocess.Popen([*loader, program, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=stderr, text=True, env=environment)


def finish(process):
    """(exit code, standard output, standard error) of what ends by itself."""
    try:
        out, errors = process.communicate(timeout=WAIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        raise Failed(f"expected: an end within {WAIT_S} s\n" + "".join(process.communicate())) from None
    code = process.returncode
    if ": out of memory\n" in errors and "LeakSanitizer" in errors:
        # The program ended where it stood: what it held is no leak.
        code, errors = 1, errors[:errors.index("=====")]
    expect("Sanitizer" not in errors and "runtime error" not in errors, "no word of a sanitizer", errors)
    expect(TOKEN not in out + errors, "no token in the output")
    return code, out, errors


def expect_last_words(code, errors):
    expect(code in (1, 2, 3), "a documented exit code", f"it was {code}", errors)
    expect(WORDS.search(errors), "words about memory", f"with exit code {code}", errors)


class Hub:
    """kedge-hub; `url` is None when it ended before it listened."""

    def __init__(self, folder, order=None, tls=False):
        pathlib.Path(folder, "policy.json").write_text(json.dumps(POLICY, separators=(",", ":")))
        pathlib.Path(folder, "btp.json").write_text(json.dumps(BTP, separators=(",", ":")))
        options = ["--policy", f"{folder}/policy.json", "--btp", f"{folder}/btp.json"]
        if tls:
            options += ["--cert", f"{folder}/server.pem", "--key", f"{folder}/server.key"]
        # The log of one that serves many commands would fill its pipe, and nobody reads it.
        tokens = {"KEDGE_HUB_TOKEN": TOKEN, "KEDGE_HUB_BTP_TOKEN": TOKEN}
        self.process = start(os.environ["KEDGE_HUB"], *options, order=order, variables=tokens,
                             stderr=subprocess.PIPE if order else subprocess.DEVNULL)
        line = self.process.stdout.readline()
        self.url = json.loads(line)["url"].replace("127.0.0.1", "localhost") if line else None  # and /btp
        self.operator = json.loads(line)["operator"] if line else None

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        return finish(self.process)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


def run_kedge(folder, verb, url, order=None):
    url += "btp" if verb == "send" else ""
    trust = ["--ca", f"{folder}/ca.pem"] if url.startswith("wss:") else []
    return finish(start(os.environ["KEDGE_CLI"], *ARGUMENTS[verb], "--url", url, "--timeout", 5, *trust, order=order,
                        variables={"KEDGE_TOKEN": TOKEN}))


class Kedge:
    """A command against a hub that lacks nothing."""

    def __init__(self, folder, verb, tls=False):
        self.folder, self.verb, self.tls = folder, verb, tls
        self.hub = None

    def __str__(self):
        return f"kedge {self.verb}" + (" over TLS" if self.tls else "")

    def play(self, order):
        # A hub gives its rows away once.
        if self.hub and (self.verb == "pending" or self.hub.process.poll() is not None):
            self.close()
        self.hub = self.hub or Hub(self.folder, tls=self.tls)
        code, out, errors = run_kedge(self.folder, self.verb, self.hub.url, order)
        if code == 0:
            expect(out == PRINTED[self.verb], "the whole result", repr(out), errors)
            return
        expect_last_words(code, errors)
        if self.verb == "pending" and out:
            rows = json.loads(out)
            expect(all(row in json.loads(PRINTED["pending"]) for row in rows), "rows of the server's", out)
        else:
            expect(out in ("", PRINTED[self.verb]), "no half result", repr(out))

    def close(self):
        if self.hub:
            self.hub.__exit__()
        self.hub = None


class HubServes:
    """A hub, and a command that lacks nothing."""

    def __init__(self, folder, verb="call", tls=False):
        self.folder, self.verb, self.tls = folder, verb, tls

    def __str__(self):
        return "kedge-hub" + (" with TLS" if self.tls else "") + (" and a packet" if self.verb == "send" else "")

    def play(self, order):
        with Hub(self.folder, order, self.tls) as hub:
            if hub.url is None:
                return expect_last_words(*finish(hub.process)[::2])
            served = [run_kedge(self.folder, self.verb, hub.url) for _ in range(2)]
            asked = [self.ask(hub.operator) for _ in range(2)]
            code, _, errors = hub.end()
            if code != 0:
                expect(order.onward, "a hub that listens not to end by one failure", errors)
                return expect_last_words(code, errors)
            good = [out for code, out, _ in served if code == 0]
            expect(all(out == PRINTED[self.verb] for out in good), "right results", good)
            expect(order.onward or good, "a second connection to be served", served, errors)
            expect(order.onward or any(asked), "a second question of the operator's to be answered", errors)
        return None

    @staticmethod
    def ask(operator):
        try:
            with urllib.request.urlopen(operator + "/status", timeout=WAIT_S) as answer:
                return "connections" in json.load(answer)
        except OSError:
            return False

    def close(self):
        pass


class AgentSends:
    """A daemon, with a connector that lacks nothing."""
    tls = False

    def __init__(self, folder):
        self.folder = folder
        self.connector = None

    def __str__(self):
        return "kedge-agent"

    def play(self, order):
        self.connector = self.connector or self.connect()
        process = start(os.environ["KEDGE_AGENT"], order=order, variables={
            "CONNECTOR_BTP_URL": f"ws://127.0.0.1:{self.port}/", "CONNECTOR_BTP_AUTH_TOKEN": TOKEN, "HTTP_PORT": "0",
            "SHUTDOWN_GRACE_MS": "1000"})
        try:
            line = process.stdout.readline()
            if not line:
                return expect_last_words(*finish(process)[::2])
            answers = self.ask_until_sent(process, json.loads(line)["url"])
            process.send_signal(signal.SIGTERM)
            code, _, errors = finish(process)
            if code != 0:
                return expect_last_words(code, errors)
            expect(order.onward or 200 in answers, "a packet to be sent after one failure", answers, errors)
        finally:
            if process.poll() is None:
                process.kill()
            process.communicate()
        return None

    def connect(self):
        process = subprocess.Popen([sys.executable, os.environ["KEDGE_BTP_CONNECTOR"], "--quiet"], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**os.environ, "BTP_SECRET": TOKEN})
        self.port = json.loads(process.stdout.readline())["port"]
        return process

    @staticmethod
    def ask_until_sent(process, url):
        """Until a packet is fulfilled, but not for ever: the statuses (0: no answer)."""
        body = b'{"destination":"test.fulfil.bob","amount":"1","data":"aGk="}'
        statuses = []
        end = time.monotonic() + 5
        while 200 not in statuses and process.poll() is None and time.monotonic() < end:
            request = urllib.request.Request(url + "/ilp/send", body, {"Content-Type": "application/json"})
            try:
                with urllib.request.urlopen(request, timeout=WAIT_S) as answer:
                    expect('"fulfilled":true' in answer.read().decode(), "a packet that was sent to be fulfilled")
                    statuses.append(answer.status)
            except urllib.error.HTTPError as error:
                statuses.append(error.code)
                expect(error.code in (408, 429, 502, 503), "an error that is told", error.code)
            except OSError:
                statuses.append(0)
            time.sleep(0.01)
        return statuses

    def close(self):
        if self.connector:
            self.connector.kill()
            self.connector.communicate()
        self.connector = None


def numbers(count, wanted):
    if EVERY:
        return range(1, count + 1)
    return sorted({1 + index * count // wanted for index in range(wanted)})


def sweep(folder, case, wanted, onward, places=False):
    counting = Order(folder, places=places)
    case.play(counting)
    count = counting.counted()
    expect(count > 0, "allocations to be seen")
    chosen = numbers(count, wanted)
    faults = 0
    for nth in chosen:
        order = Order(folder, nth, onward, places)
        try:
            case.play(order)
        except Failed as failure:
            faults += 1
            print(f"FAILED {case}: {order}\n{failure}", flush=True)
            case.close()
    print(f"{case}: {count} {'places' if places else 'allocations'}, of which {len(chosen)} failed"
          f"{', and all that followed' if onward else ''}: {faults} faults", flush=True)
    return faults


def main():
    if os.environ.get("KEDGE_TEST_LAUNCHER"):
        print("skipped: under a launcher memory is the launcher's")
        return 0
    begin = time.monotonic()
    faults = 0
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([os.environ["KEDGE_LAUNCH"], os.environ["KEDGE_MAKE_CERTIFICATES"], folder], check=True, timeout=WAIT_S)
        cases = [Kedge(folder, verb) for verb in ("call", "tools", "pending", "send")]
        cases += [Kedge(folder, "call", tls=True), HubServes(folder), HubServes(folder, "send"), HubServes(folder, tls=True)]
        cases += [AgentSends(folder)]
        for case in (case for case in cases if not sys.argv[1:] or str(case) in sys.argv[1:]):
            for onward in (False, True):
                # A full handshake allocates 26,000 times from some 1,500 places.
                faults += sweep(folder, case, 3 if onward else 7, onward, places=case.tls)
            case.close()
    print(f"{time.monotonic() - begin:.1f} s")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

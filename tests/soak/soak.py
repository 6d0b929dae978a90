#!/usr/bin/env python3
"""A soak: real clients over libuv and TLS against kedge-hub, through a proxy that spoils their lines, under random work.

Each client has a hub of its own, as a hub takes one agent at a time. At the end every request is accounted for at both ends
(ledger.py), and memory and descriptors must have been constant (gauges.py). Loopback only; ends by itself.

Exit codes: 0 no breach, 1 a breach, 2 the command line is wrong."""

import argparse
import collections
import datetime
import json
import os
import pathlib
import random
import secrets
import signal
import sys
import tempfile
import time

import gauges
import ledger
import processes

SLOWLY = int(os.environ.get("KEDGE_TEST_SLOWNESS", "1")) > 1  # under valgrind, in an emulator
WAIT_S = 120 if SLOWLY else 20
APPROVAL_S = 8
# soak_clients' keepalive gives a silent line up after 3 s.
NOTICE_MS = 30_000 if SLOWLY else 5_000
# The proxy stalls for 0.8 s at most.
TRANSIT_MS = 30_000 if SLOWLY else 2_000
SLACK_MS = 10_000 if SLOWLY else 1_000
TICK_S = 0.25
POLICY = {
    "requests_per_minute": 0,
    "keep_results": "all",  # so that each run of a tool has an account
    "policy": [{"tool": "get_*", "decision": "allow"}, {"tool": "ask_*", "decision": "ask"}],
    "tools": [
        {"name": "get_echo", "echo": True}, {"name": "get_large", "result_bytes": 40000},
        {"name": "get_huge", "result_bytes": 100000}, {"name": "get_slow", "echo": True, "delay_ms": 1500},
        {"name": "get_late", "echo": True, "delay_ms": 1500}, {"name": "get_broken", "error": "Execution failed: broken"},
        {"name": "get_silent", "habit": "silent"}, {"name": "get_twice", "echo": True, "habit": "twice"},
        {"name": "get_wrong", "echo": True, "habit": "wrong_id"}, {"name": "get_cut", "echo": True, "habit": "cut"},
        {"name": "ask_door", "echo": True},
    ],
}


def request_of(args):
    """The request that the arguments name; they may be cut."""
    head = args.removeprefix('{"n":').split(",", 1)[0]
    return int(head) if head.isdigit() else 0


def milliseconds(rfc3339):
    return round(datetime.datetime.fromisoformat(rfc3339.replace("Z", "+00:00")).timestamp() * 1000)


class Human:
    """The operator of all hubs: approves, denies, or looks away until the approval times out."""

    def __init__(self, hubs, rng):
        self.hubs = hubs
        self.rng = rng
        self.decided = {}  # (hub, approval): (when, verb)
        self.counts = {"approve": 0, "deny": 0, "ignore": 0, "too_late": 0}

    def turn(self, now):
        pending = 0
        for number, hub in enumerate(self.hubs):
            for approval in hub.ask("/approvals")[1]["approvals"]:
                pending += 1
                self.judge(number, hub, approval["id"], now)
        return pending

    def judge(self, number, hub, approval, now):
        key = number, approval
        if key not in self.decided:
            verb = self.rng.choices(("approve", "deny", "ignore"), (70, 25, 5))[0]
            self.decided[key] = now + self.rng.expovariate(1 / 1.0), verb
            if verb == "ignore":
                self.counts["ignore"] += 1
        when, verb = self.decided[key]
        if verb != "ignore" and now >= when:
            status, _ = hub.ask(f"/approvals/{approval}/{verb}", "POST")
            self.counts[verb if status == 200 else "too_late"] += 1


class Soak:
    def __init__(self, options, folder):
        self.options = options
        self.folder = pathlib.Path(folder)
        self.journal_path = self.folder / "journal"
        self.rng = random.Random(options.seed)
        self.ledger = ledger.Ledger(NOTICE_MS, TRANSIT_MS, SLACK_MS)
        self.programs = []
        self.hubs = []
        self.settled = [0] * options.clients  # executions up to this number have their last fate
        self.totals = {}
        self.hub_counters = {}

    # ---- begin

    def start(self):
        build = pathlib.Path(self.options.build)
        token = secrets.token_hex(16)
        maker = processes.Program("certificates", [build / "tests/interop/interop_make_certificates", self.folder], self.folder)
        self.programs.append(maker)
        if maker.finish(WAIT_S)[0] != 0:
            raise processes.Failed("no certificates: " + maker.words())
        (self.folder / "policy.json").write_text(json.dumps(POLICY), encoding="utf-8")
        for number in range(self.options.clients):
            self.hubs.append(self.start_hub(build, number, token))
        for hub in self.hubs:
            hub.listening(WAIT_S)
        self.proxy = processes.Program(
            "proxy", [sys.executable, pathlib.Path(__file__).with_name("proxy.py"), "--seed", self.options.seed,
                      "--life-s", self.options.life_s, "--hold-s", 4, *(f"127.0.0.1:{hub.port}" for hub in self.hubs)],
            self.folder, launch=False)
        self.programs.append(self.proxy)
        ports = self.proxy.expect("listening", WAIT_S)["ports"]
        self.clients = processes.Program(
            "clients", [build / "tests/soak/soak_clients", "--journal", self.journal_path, "--ca", self.folder / "ca.pem",
                        "--seed", self.options.seed, "--pace-ms", self.options.pace_ms, "--patience-ms", self.options.patience_ms,
                        *(f"wss://localhost:{port}/" for port in ports)],
            self.folder, {"KEDGE_TOKEN": token})
        self.programs.append(self.clients)
        self.clients.expect("started", WAIT_S)
        self.journal = open(self.journal_path, encoding="ascii")
        self.begin_to_measure()

    def start_hub(self, build, number, token):
        """Every other one is of the older generation."""
        hub = processes.Hub(f"hub{number}", [
            build / "src/kedge-hub", "--policy", self.folder / "policy.json", "--cert", self.folder / "server.pem", "--key", self.folder / "server.key",
            "--approval-timeout", APPROVAL_S, "--generation", "older" if number % 2 else "newer"], self.folder, token)
        self.programs.append(hub)
        return hub

    def begin_to_measure(self):
        # A client has a socket, the one before it that is closing, and a lookup's files; a hub's limits are its own.
        self.gauges = {"clients": gauges.Gauge("clients", 4 * self.options.clients)}
        for hub in self.hubs:
            hub.ask("/status")
            hub.hang_up()
            self.gauges[hub.name] = gauges.Gauge("hub", 16)
        time.sleep(0.2)
        for name, sample in self.measure().items():
            self.gauges[name].begin(sample)

    def measure(self):
        return {program.name: program.measure() for program in (self.clients, *self.hubs)}

    # ---- meanwhile

    def read_journal(self):
        while line := self.journal.readline():
            if not line.endswith("\n"):  # half written: again, when there is more
                self.journal.seek(self.journal.tell() - len(line))
                return
            self.ledger.feed(line)

    def read_executions(self):
        for number, hub in enumerate(self.hubs):
            answer = hub.ask(f"/executions?after={self.settled[number]}")[1]
            self.totals[number] = answer["total"]
            settled = True
            for run in answer["executions"]:
                self.ledger.feed_run(number, run, request_of(run["args"]), milliseconds(run["changed_at"]))
                settled = settled and run["fate"] not in ("running", "kept")
                if settled:
                    self.settled[number] = run["number"]

    def turn(self, human):
        """One look at everything; the approvals that wait."""
        for program in (self.clients, self.proxy, *self.hubs):
            program.check()
        pending = human.turn(time.monotonic())
        self.read_journal()
        return pending

    def run(self, human):
        self.clients.order("run")
        begin = time.monotonic()
        next_sample, next_words = begin + 1, begin + 10
        while (now := time.monotonic()) < begin + self.options.seconds:
            self.turn(human)
            if now >= next_sample:
                next_sample += 1
                self.sample()
            if now >= next_words:
                next_words += 10
                self.say(f"{now - begin:5.0f} s")
            time.sleep(TICK_S)
        self.sample()  # on a slow machine a short run may have had none

    def sample(self):
        self.read_executions()
        for name, sample in self.measure().items():
            self.gauges[name].add(sample)

    def say(self, head):
        counts = self.ledger.counts
        samples = {name: gauge.samples[-1] for name, gauge in self.gauges.items()}
        kib, descriptors = samples.pop("clients")
        hub_kib = [sample[0] for sample in samples.values()]
        hub_descriptors = [sample[1] for sample in samples.values()]
        lost = sum(len(line.losses) for line in self.ledger.lines.values())
        print(f"{head}  {counts['started']} started, {counts['completed']} completed, {sum(self.totals.values())} ran,"
              f" {lost} lines lost; clients {kib} KiB, {descriptors} descriptors; hubs {min(hub_kib)} to {max(hub_kib)} KiB,"
              f" {min(hub_descriptors)} to {max(hub_descriptors)}", flush=True)

    # ---- end

    def drain(self, human):
        """The lines are well again: every request ends, every approval is over, and the rows that are left are fetched."""
        self.proxy.order("heal")
        self.clients.order("stop")
        self.wait(human, "idle", 2 * self.options.patience_ms / 1000 + WAIT_S)
        until = time.monotonic() + APPROVAL_S + WAIT_S
        while self.turn(human) > 0:
            if time.monotonic() > until:
                raise processes.Failed("approvals are still pending")
            time.sleep(TICK_S)
        time.sleep(1.6)  # the slowest tool
        self.clients.order("fetch")
        self.wait(human, "fetched", WAIT_S + 30)
        self.clients.order("close")
        self.wait(human, "closed", WAIT_S)
        self.read_journal()
        self.read_executions()
        for hub in self.hubs:
            status = hub.ask("/status")[1]
            for name, value in status["counters"].items():
                self.hub_counters[name] = self.hub_counters.get(name, 0) + value
            if status["results_kept"] or status["approvals_pending"]:
                self.ledger.breach(0, f"{hub.name} keeps {status['results_kept']} results after the last was fetched")
            hub.hang_up()

    def wait(self, human, event, seconds):
        until = time.monotonic() + seconds
        while (told := self.clients.event(TICK_S)) is None:
            self.turn(human)
            if time.monotonic() > until:
                raise processes.Failed(f"the clients were not {event} within {seconds:.0f} s of well lines")
        if told["event"] != event:
            raise processes.Failed(f"the clients told of {told} instead of {event}")

    def finish(self):
        """Ends the programs in order, and judges. Gives the summary."""
        time.sleep(3)  # what closes, closes; the proxy holds nothing back any more
        breaches = []
        for name, last in self.measure().items():
            breaches += [f"{name}: {words}" for words in self.gauges[name].judge(last, not self.options.no_memory)]
        self.clients.order("quit")
        faults = {}
        for program in (self.clients, *self.hubs, self.proxy):
            code, lines = program.finish(WAIT_S, terminate=program in self.hubs)
            if code != 0:
                breaches.append(f"{program.name} exited with {code}: {program.words()}")
            if program is self.proxy:
                faults = lines[-1]
        if words := self.clients.words():
            breaches.append("the clients wrote to standard error: " + words)
        breaches += self.ledger.close(self.totals)
        return self.summary(faults, breaches)

    def summary(self, faults, breaches):
        faults.pop("event")
        lost = sum(len(line.losses) for line in self.ledger.lines.values())
        counters = self.hub_counters
        if counters["executions"] != self.ledger.counts["executed"]:
            breaches.append(f"the hubs count {counters['executions']} executions, the ledger {self.ledger.counts['executed']}")
        if counters["tool_requests"] > self.ledger.counts["started"]:
            breaches.append(f"the hubs were asked {counters['tool_requests']} times, the clients asked"
                            f" {self.ledger.counts['started']} times")
        return {"seed": self.options.seed, "seconds": self.options.seconds, "clients": self.options.clients, "lines_lost": lost,
                "requests": dict(sorted(self.ledger.counts.items())), "hubs": counters,
                "lost_because": dict(self.ledger.reasons.most_common()), "faults": dict(sorted(faults.items())),
                "gauges": {name: gauge.summary() for name, gauge in self.gauges.items()}, "breaches": breaches}

    def kill(self):
        for program in self.programs:
            program.kill()


def readable(summary):
    """The summary for a person."""
    clients = summary["gauges"]["clients"]
    hubs = [gauge for name, gauge in summary["gauges"].items() if name != "clients"]

    def group(prefix):
        return ", ".join(f"{count} {name.removeprefix(prefix).replace('_', ' ')}" for name, count in summary["requests"].items()
                         if name.startswith(prefix))

    requests = collections.Counter(summary["requests"])
    yield f"{summary['clients']} clients for {summary['seconds']} s, seed {summary['seed']}: {summary['lines_lost']} lines lost"
    yield "faults: " + ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in summary["faults"].items())
    yield "lost because: " + "; ".join(f"{count} {why}" for why, count in summary["lost_because"].items())
    yield f"requests: {requests['started']} started, {requests['completed']} completed: {group('end_')}"
    yield f"at the hubs: {summary['hubs']['tool_requests']} arrived, {requests['executed']} ran: {group('run_')}"
    yield f"timed out without having run: {group('timeout_') or 'none'}; rows that nobody waited for: {requests.get('rows_unclaimed', 0)}"
    yield (f"clients: {clients['kib_first']} KiB at first, {clients['kib_middle']:.0f} in the middle, {clients['kib_end']:.0f} at the"
           f" end; descriptors {clients['descriptors_first']}, then {clients['descriptors_median']:.0f},"
           f" at most {clients['descriptors_max']}")
    yield (f"largest hub: {max(h['kib_first'] for h in hubs)} KiB at first, {max(h['kib_middle'] for h in hubs):.0f} in the middle,"
           f" {max(h['kib_end'] for h in hubs):.0f} at the end; descriptors at most {max(h['descriptors_max'] for h in hubs)}")
    for breach in summary["breaches"][:20]:
        yield "BREACH " + breach
    yield f"{len(summary['breaches'])} breaches"


def within(least, most):
    """For argparse: a whole number in these bounds."""

    def read(text):
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"a number from {least} to {most} is wanted, not '{text}'")
        return int(text)

    return read


def build_folder(text):
    """For argparse: a folder with everything that runs."""
    for program in ("src/kedge-hub", "tests/soak/soak_clients", "tests/interop/interop_make_certificates"):
        if not os.access(pathlib.Path(text) / program, os.X_OK):
            raise argparse.ArgumentTypeError(f"{text} has no {program}: build the targets kedge_hub_program, soak_clients and"
                                             " interop_make_certificates")
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, type=build_folder, help="folder of the build whose programs run")
    parser.add_argument("--clients", type=within(1, 200), default=16, help="each with a hub (16)")
    parser.add_argument("--seconds", type=within(5, 10**6), default=600, help="of work; some 30 more follow (600)")
    parser.add_argument("--seed", type=within(0, 2**32), default=1, help="of the work and the faults (1)")
    parser.add_argument("--pace-ms", type=within(1, 10**5), default=200 if SLOWLY else 40, help="from one request to the next of a client")
    parser.add_argument("--no-memory", action="store_true", help="do not judge resident memory: of builds with sanitizers")
    options = parser.parse_args()
    brief = options.seconds < 60
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the programs are ended then, too
    options.patience_ms = 4000 if brief else 10_000
    options.life_s = 4 if brief else 8
    with tempfile.TemporaryDirectory() as folder:
        soak = Soak(options, folder)
        try:
            human = Human(soak.hubs, soak.rng)
            soak.start()
            soak.run(human)
            soak.drain(human)
            summary = soak.finish()
        except processes.Failed as error:
            print("\n".join(f"BREACH {words}" for words in [*soak.ledger.breaches[:20], error]))
            return 1
        finally:
            soak.kill()
    summary["operator"] = human.counts
    print(json.dumps(summary))
    print("\n".join(readable(summary)))
    return 1 if summary["breaches"] else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""A proxy that spoils TCP lines: it delays, splits, stalls, corrupts a bit, cuts (reset, clean, one side only) and black-holes, from a seed.

proxy.py --seed N [--life-s S] [--hold-s S] HOST:PORT...    listens once for each, on ports of 127.0.0.1 that a line of JSON names.
Orders on standard input: `heal` ends the faults; its end ends the proxy, and another line of JSON counts what was done."""

import argparse
import asyncio
import collections
import json
import random
import socket
import struct
import sys

QUEUED_BYTES_MAX = 256 * 1024
CUTS = (("reset", 40), ("clean", 25), ("one_side", 10), ("black_hole", 20), ("corrupted", 5))


def pick(rng, weighted):
    return rng.choices([name for name, _ in weighted], [weight for _, weight in weighted])[0]


class End(asyncio.Protocol):
    """One side of a line. What it reads goes to the other side, later and in other pieces."""

    def __init__(self, line):
        self.line = line
        self.transport = None
        self.other = None
        self.queue = collections.deque()  # what waits to be delivered, in order: timers due at once run in any
        self.queued = 0
        self.due = 0.0
        self.ended = False

    def connection_made(self, transport):
        self.transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.line.on_open(self)

    def data_received(self, data):
        self.line.on_data(self, data)

    def eof_received(self):
        self.line.on_end(self)
        return True  # half-open until the line says otherwise

    def connection_lost(self, error):
        self.ended = True
        self.line.on_lost(self, error)

    def reset(self):
        if self.transport is not None and not self.ended:
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.transport.abort()

    def close(self):
        if self.transport is not None and not self.ended:
            self.transport.close()


class Line:
    """A client's connection and the one to the server that belongs to it."""

    def __init__(self, proxy, upstream):
        self.proxy = proxy
        self.rng = random.Random(proxy.rng.getrandbits(64))
        self.upstream = upstream
        self.client = End(self)
        self.server = End(self)
        self.client.other, self.server.other = self.server, self.client
        self.waiting = []  # what came before the server was there
        self.latency = self.rng.uniform(0, 0.02)
        self.forwarded = 0
        self.cut_at_bytes = None
        self.corrupt = False
        self.black = False
        self.over = False
        self.timers = []

    def later(self, seconds, call, *arguments):
        self.timers.append(asyncio.get_running_loop().call_later(seconds, call, *arguments))

    def on_open(self, end):
        if end is self.server:
            waiting, self.waiting = self.waiting, []
            for data in waiting:
                self.forward(self.client, data)
            return
        self.proxy.lines.add(self)
        self.proxy.counts["connections"] += 1
        if self.proxy.healed:
            return self.connect()
        dice = self.rng.random()
        if dice < 0.04:
            return self.cut("refused")
        if dice < 0.07:
            self.cut("black_hole")  # before the first byte
            return None
        if self.rng.random() < 0.3:  # in a handshake, or in the middle of a frame
            self.cut_at_bytes = int(10 ** self.rng.uniform(1.5, 5.3))
        self.later(self.rng.expovariate(1 / self.proxy.options.life_s), self.cut, pick(self.rng, CUTS))
        return self.connect()

    def connect(self):
        self.proxy.start(asyncio.get_running_loop().create_connection(lambda: self.server, *self.upstream), self)

    def on_data(self, end, data):
        if self.black:
            self.proxy.counts["bytes_swallowed"] += len(data)
            return
        if end is self.client and self.server.transport is None:
            self.waiting.append(data)
            return
        pieces = [data]
        if not self.proxy.healed and self.rng.random() < 0.15:
            self.proxy.counts["split"] += 1
            places = sorted(self.rng.randrange(len(data)) for _ in range(self.rng.randint(1, 4)))
            pieces = [data[i:j] for i, j in zip([0] + places, places + [len(data)]) if j > i]
        for piece in pieces:
            self.forward(end, piece)

    def forward(self, end, data):
        """Queues `data` for the other side; the order is kept."""
        now = asyncio.get_running_loop().time()
        delay = self.latency + self.rng.uniform(0, 0.005)
        if not self.proxy.healed and self.rng.random() < 0.003:
            self.proxy.counts["stalled"] += 1
            delay += self.rng.uniform(0.2, 0.8)
        end.due = max(end.due, now + delay)
        end.queue.append(data)
        end.queued += len(data)
        if end.queued > QUEUED_BYTES_MAX:
            end.transport.pause_reading()
        asyncio.get_running_loop().call_at(end.due, self.deliver, end)

    def deliver(self, end):
        data = end.queue.popleft()
        if end.queued > QUEUED_BYTES_MAX >= end.queued - len(data) and not end.ended and not end.transport.is_closing():
            end.transport.resume_reading()
        end.queued -= len(data)
        if self.black or self.over or end.other.ended:
            self.proxy.counts["bytes_swallowed"] += len(data)
            return
        if self.cut_at_bytes is not None and self.forwarded + len(data) > self.cut_at_bytes and not self.proxy.healed:
            end.other.transport.write(data[:self.cut_at_bytes - self.forwarded])
            return self.cut("mid_message")
        if self.corrupt:
            self.corrupt = False
            place = self.rng.randrange(len(data))
            data = data[:place] + bytes([data[place] ^ 1 << self.rng.randrange(8)]) + data[place + 1:]
        self.forwarded += len(data)
        self.proxy.counts["bytes"] += len(data)
        end.other.transport.write(data)

    def on_end(self, end):
        if self.black or self.over:
            return self.release(end)
        self.proxy.counts["ended_by_peers"] += 1
        asyncio.get_running_loop().call_at(max(end.due, asyncio.get_running_loop().time()), self.pass_end, end)

    def pass_end(self, end):
        if not self.black and not self.over and end.other.transport is not None and not end.other.ended:
            end.other.close()
        end.close()

    def on_lost(self, end, error):
        if self.black:
            self.release(end)
        elif not self.over:
            if error is not None:
                end.other.reset()
            else:
                self.pass_end(end)
        if self.client.ended and (self.server.ended or self.server.transport is None):
            self.forget()

    def release(self, end):
        """A peer has given up a dead line. The hub hears of it much later; a client has to notice by itself."""
        end.close()
        if end is self.server:
            return
        hold = 0 if self.proxy.healed else self.rng.uniform(0.1, 1) ** 3 * self.proxy.options.hold_s
        self.later(hold, self.finish)

    def cut(self, how):
        if self.over or self.black or self.proxy.healed:
            return
        self.proxy.counts[how] += 1
        if how == "black_hole":
            self.black = True
            self.later(self.proxy.options.hold_s * 2, self.finish)  # a bound, should nobody give up
        elif how == "corrupted":
            self.corrupt = True
        elif how == "clean":
            self.over = True
            self.client.close()
            self.server.close()
        elif how == "one_side":  # the other one hears of it later
            first = self.rng.choice((self.client, self.server))
            self.black = True
            first.reset()
        else:
            self.finish()

    def finish(self):
        self.over = True
        self.client.reset()
        self.server.reset()
        if self.server.transport is None and self.client.ended:
            self.forget()

    def forget(self):
        self.over = True
        for timer in self.timers:
            timer.cancel()
        self.timers.clear()
        self.proxy.lines.discard(self)


class Proxy:
    def __init__(self, options):
        self.options = options
        self.rng = random.Random(options.seed)
        self.counts = collections.Counter()
        self.lines = set()
        self.tasks = set()
        self.healed = False

    def start(self, coroutine, line):
        async def guarded():
            try:
                await coroutine
                if line.over:
                    line.server.reset()
            except OSError:
                self.counts["server_unreachable"] += 1
                line.finish()

        task = asyncio.ensure_future(guarded())
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def run(self):
        loop = asyncio.get_running_loop()
        ports = []
        for name in self.options.upstreams:
            host, port = name.rsplit(":", 1)
            server = await loop.create_server(lambda upstream=(host, int(port)): Line(self, upstream).client, "127.0.0.1", 0)
            ports.append(server.sockets[0].getsockname()[1])
        print(json.dumps({"event": "listening", "ports": ports}), flush=True)
        orders = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
        while order := await orders.readline():
            if order.strip() == b"heal":
                self.healed = True
                for line in [line for line in self.lines if line.black and line.client.ended]:
                    line.finish()
        print(json.dumps({"event": "counts", **self.counts}), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--life-s", type=float, default=10, help="of a connection, on average")
    parser.add_argument("--hold-s", type=float, default=4, help="how long a black hole is kept from the side that did not give up")
    parser.add_argument("upstreams", nargs="+")
    asyncio.run(Proxy(parser.parse_args()).run())


if __name__ == "__main__":
    main()

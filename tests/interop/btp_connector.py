#!/usr/bin/env python3
"""A crosstown connector of another make, on python-websockets.

btp_connector.py [--cert FILE --key FILE] [--port N] [--quiet] (packets are no events); the secret is in BTP_SECRET. The first part of a destination behind "test." says
what becomes of a packet: fulfil, reject, error (twice, the second of no request), silent, wrong (another fulfillment), empty (no packet),
rubbish, stranger (an answer to another request as well), hold (fulfilled at the order "release"), cut (the line is). Orders on standard
input, one a line: release, cut, ask (a PREPARE of its own). Events are JSON lines."""

import argparse
import asyncio
import json
import os
import ssl
import sys

import websockets

import crosstown
from crosstown import ERROR, MESSAGE, RESPONSE, sha256


def tell(event, **more):
    print(json.dumps({"event": event, **more}), flush=True)


def fulfilled(request_id, prepare):
    """Our agents' fulfillment is the data's hash, or the data when they name a condition."""
    data = prepare["data"]
    fulfillment = sha256(data) if sha256(sha256(data)) == prepare["condition"] else data
    return crosstown.encode_message(RESPONSE, request_id, crosstown.encode_fulfill(fulfillment, b"done: " + data[:64]))


class Connector:
    def __init__(self, quiet):
        self.quiet = quiet
        self.agent = None
        self.held = []  # (request id, prepare)

    async def serve(self, peer, _path=None):
        try:
            await self.talk(peer)
        except websockets.ConnectionClosed:
            pass
        if self.agent is peer:
            self.agent = None
        tell("gone", code=peer.close_code)

    async def talk(self, peer):
        request_id, peer_id, secret = crosstown.decode_auth(await peer.recv())
        if secret != os.environ["BTP_SECRET"]:
            tell("refused")
            # A connector that knows no better than to repeat what it was told.
            await peer.send(crosstown.encode_error(request_id, data=f"who is {secret}?".encode()))
            await asyncio.sleep(0.1)
            return await peer.close(1008)
        await peer.send(crosstown.encode_message(RESPONSE, request_id))
        self.agent = peer
        tell("agent", peer=peer_id)
        async for data in peer:
            await self.take(peer, data)

    async def take(self, peer, data):
        kind, request_id, parts, packet = crosstown.decode_message(data)
        if kind == MESSAGE:
            await self.answer(peer, request_id, crosstown.decode_prepare(packet))
        elif kind == ERROR:
            tell("error", id=request_id, code=parts[0].decode())
        else:
            tell("answer", id=request_id, packet=packet.hex())

    async def answer(self, peer, request_id, prepare):
        verb = prepare["destination"].split(".")[1]
        if not self.quiet:
            tell("packet", verb=verb, amount=str(prepare["amount"]), expires=prepare["expires"],
                 bytes=len(prepare["data"]), condition=prepare["condition"].hex())
        answers = {
            "fulfil": [fulfilled(request_id, prepare)],
            "reject": [crosstown.encode_message(RESPONSE, request_id, crosstown.encode_reject(b"F02", b"no route \xff", b"why"))],
            "error": [crosstown.encode_error(request_id), crosstown.encode_error(0)],
            "wrong": [crosstown.encode_message(RESPONSE, request_id, crosstown.encode_fulfill(bytes(32)))],
            "empty": [crosstown.encode_message(RESPONSE, request_id)],
            "rubbish": [crosstown.encode_message(RESPONSE, request_id, b"\x0d" + bytes(7))],
            "stranger": [fulfilled(request_id + 77, prepare), b"\x01", fulfilled(request_id, prepare)]}
        if verb == "cut":
            peer.transport.abort()
        if verb == "hold":
            self.held.append((request_id, prepare))
        for answer in answers.get(verb, []):
            await peer.send(answer)

    async def obey(self, order):
        if order == "release":
            held, self.held = self.held, []
            for request_id, prepare in held:
                await self.agent.send(fulfilled(request_id, prepare))
        elif order == "cut":
            self.agent.transport.abort()
        elif order == "ask":
            prepare = crosstown.encode_prepare(1, bytes(32), b"test.agent")
            await self.agent.send(crosstown.encode_message(MESSAGE, 0xFFFFFFFF, prepare))


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cert")
    parser.add_argument("--key")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--quiet", action="store_true")
    options = parser.parse_args()
    tls = None
    if options.cert:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(options.cert, options.key)
    connector = Connector(options.quiet)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async with websockets.serve(connector.serve, "127.0.0.1", options.port, ssl=tls, max_size=1 << 20) as server:
        tell("listening", port=server.sockets[0].getsockname()[1])
        while line := await reader.readline():
            await connector.obey(line.decode().strip())


if __name__ == "__main__":
    asyncio.run(main())

#!/usr/bin/env python3
"""A crosstown connector of another make, on python-websockets.

btp_connector.py [--cert FILE --key FILE [--client-ca FILE]] [--port N] [--quiet] (packets are no events) [--auth answer|close|silent];
the secret is in BTP_SECRET. The first part of a destination behind "test." says what becomes of a packet: fulfil, reject, error (twice, the
second of no request), silent, wrong (another fulfillment), empty (no packet), rubbish, huge (300,000 bytes), stranger (an answer to another
request as well), hold (fulfilled at the order "release"), cut (the line is). Those that repeat the secret, spelled as the packet's data
names it (plain, json, percent, base64): tell_error, tell_nobody (an ERROR of no request), tell_reject, tell_close. Orders on standard input,
one a line: release, cut, ask (a PREPARE of its own). Events are JSON lines."""

import argparse
import asyncio
import base64
import json
import os
import ssl
import sys
import urllib.parse

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


def spelled(secret, how):
    """A secret as it may come back."""
    return {"plain": lambda: secret, "json": lambda: "".join(f"\\u{ord(character):04x}" for character in secret),
            "percent": lambda: urllib.parse.quote(secret, safe=""),
            "base64": lambda: base64.b64encode(secret.encode()).decode()}[how]().encode()


class Connector:
    def __init__(self, quiet, auth):
        self.quiet, self.auth = quiet, auth
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
        if self.auth == "close":
            return await peer.close(1008)
        if self.auth == "silent":
            return await peer.wait_closed()
        if secret != os.environ["BTP_SECRET"]:
            tell("refused")
            # A connector that knows no better than to repeat what it was told.
            await peer.send(crosstown.encode_error(request_id, data=f"who is {secret}?".encode()))
            await asyncio.sleep(0.1)
            return await peer.close(1008)
        await peer.send(crosstown.encode_message(RESPONSE, request_id))
        self.agent = peer
        certificate = peer.transport.get_extra_info("peercert") or {}
        names = dict(name for names in certificate.get("subject", ()) for name in names)
        tell("agent", peer=peer_id, certificate=names.get("commonName"))
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
            "huge": [crosstown.encode_message(RESPONSE, request_id, crosstown.encode_fulfill(bytes(32), bytes(300_000)))],
            "rubbish": [crosstown.encode_message(RESPONSE, request_id, b"\x0d" + bytes(7))],
            "stranger": [fulfilled(request_id + 77, prepare), b"\x01", fulfilled(request_id, prepare)]}
        if verb == "cut":
            peer.transport.abort()
        if verb.startswith("tell_"):
            await self.tell_secret(peer, verb, request_id, prepare)
        if verb == "hold":
            self.held.append((request_id, prepare))
        for answer in answers.get(verb, []):
            await peer.send(answer)

    async def tell_secret(self, peer, verb, request_id, prepare):
        words = spelled(os.environ["BTP_SECRET"], prepare["data"].decode())
        if verb == "tell_close":
            return await peer.close(1011, words[:100].decode())
        answers = {
            "tell_error": [crosstown.encode_error(request_id, name=words[:255], data=words)],
            "tell_nobody": [crosstown.encode_error(0, name=words[:255], data=words), fulfilled(request_id, prepare)],
            "tell_reject": [crosstown.encode_message(RESPONSE, request_id, crosstown.encode_reject(b"F99", b"because " + words))]}
        for answer in answers[verb]:
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
    parser.add_argument("--client-ca")
    parser.add_argument("--auth", choices=("answer", "close", "silent"), default="answer")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--quiet", action="store_true")
    options = parser.parse_args()
    tls = None
    if options.cert:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(options.cert, options.key)
    if options.client_ca:
        tls.load_verify_locations(options.client_ca)
        tls.verify_mode = ssl.CERT_REQUIRED
    connector = Connector(options.quiet, options.auth)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async with websockets.serve(connector.serve, "127.0.0.1", options.port, ssl=tls, max_size=1 << 20) as server:
        tell("listening", port=server.sockets[0].getsockname()[1])
        while line := await reader.readline():
            await connector.obey(line.decode().strip())


if __name__ == "__main__":
    asyncio.run(main())

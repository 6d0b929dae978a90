#!/usr/bin/env python3
"""An agent-gate server of another make: the protocol page in some hundred lines of python-websockets.

agent_gate_server.py [--cert FILE --key FILE [--client-ca FILE]] [--port N] [--old] [--polls N] (further polls get no answer) [--hold S] (the slot, after an
agent has gone) [--max BYTES] (of a message: 1009 beyond); the token is in GATE_TOKEN. The tool's name is the policy: allow_*, deny_*, ask_*, fail_*,
expire_*, busy_*, tell_* (an error that holds the token), mute_* (no answer), noise_* (rubbish before it), huge_* (too large), odd_* (no status), cut_* (the line is cut instead of an
answer), and those of SPELLED. Orders on standard input, one a line: approve, deny, expire, cut, close CODE, repeat (closes in words
that hold the token). Events are JSON lines."""

import argparse
import asyncio
import json
import os
import ssl
import sys

import websockets

ERRORS = {"deny": (-32003, "Denied by policy"), "fail": (-32004, "Execution failed: \u001b[31mno such device"),
          "expire": (-32002, "Approval timed out"), "busy": (-32006, "Rate limit exceeded")}

# What no client may stumble over, before the answer that counts.
NOISE = ("", "{", "nul", '{"id":01}', '{"id":1}x', '{"id":1,"id":1,"result":{}}', '{"id":"\\ud800","result":{}}', '"\0"', "[]",
         "[" * 10000, "[" * (1 << 20), '{"jsonrpc":"2.0","result":' + "9" * 400 + ',"id":5}', b"\x00\xff",
         '{"jsonrpc":"2.0","result":{"status":"executed","data":"of nobody"},"id":7}',
         '{"jsonrpc":"2.0","result":{"status":"executed","data":"of nobody"},"id":true}',
         '{"jsonrpc":"2.0","result":{"status":"executed","data":"of nobody"},"id":"7"}',
         '{"jsonrpc":"2.0","result":{},"error":{"code":1,"message":"both"},"id":7}',
         '{"jsonrpc":"2.0","error":{"code":-32700,"message":"Parse error"},"id":null}')

# Answers as real servers spell them; %s is the id.
SPELLED = {
    "nan": '{"jsonrpc":"2.0","result":{"status":"executed","data":{"value":NaN}},"id":%s}',
    "infinity": '{"jsonrpc":"2.0","result":{"status":"executed","data":{"value":-Infinity}},"id":%s}',
    "surrogate": '{"jsonrpc":"2.0","result":{"status":"executed","data":{"value":"\\ud83d"}},"id":%s}',
    "nanfirst": '{"id":%s,"jsonrpc":"2.0","result":{"status":"executed","data":{"value":NaN}}}',
    "deep": '{"jsonrpc":"2.0","result":{"status":"executed","data":' + "[" * 300 + "]" * 300 + '},"id":%s}',
    "both": '{"jsonrpc":"2.0","result":{"status":"executed","data":1},"error":{"code":1,"message":"both"},"id":%s}',
    "nullerror": '{"jsonrpc":"2.0","result":{"status":"executed","data":{"fine":true}},"error":null,"id":%s}',
    "nullresult": '{"jsonrpc":"2.0","result":null,"error":{"code":-32003,"message":"Denied by policy"},"id":%s}',
}


def tell(event, **more):
    print(json.dumps({"event": event, **more}), flush=True)


class Gate:
    def __init__(self, old, polls, hold):
        self.old = old
        self.hold = hold
        self.polls = polls
        self.agent = None  # the one that is connected
        self.held = False  # its slot, after it has gone
        self.asked = []  # (id, tool, args) that wait for a human
        self.rows = []  # results that nobody was there for

    async def serve(self, peer, _path=None):
        try:
            await self.talk(peer)
        except websockets.ConnectionClosed:
            pass
        if self.agent is peer:
            self.held = self.hold > 0
            self.agent = None
            if self.held:
                asyncio.get_running_loop().call_later(self.hold, self.let_go)
        tell("gone", code=peer.close_code)

    def let_go(self):
        self.held = False

    async def talk(self, peer):
        first = json.loads(await asyncio.wait_for(peer.recv(), 10))
        if first["params"].get("token") == "odd":
            return await self.send(peer, first["id"], {"status": "maybe"})
        if first.get("method") != "auth" or first["params"].get("token") != os.environ["GATE_TOKEN"]:
            await self.send(peer, first.get("id"), error=(-32005, "Invalid token"))
            return await peer.close(1000)
        if self.agent or self.held:
            return await peer.close(4000, "Another agent is already connected")
        self.agent = peer
        await self.send(peer, first["id"], {"status": "authenticated"})
        tell("agent")
        async for text in peer:
            await self.answer(peer, json.loads(text))

    async def send(self, peer, request_id, result=None, error=None):
        body = {"result": result} if error is None else {"error": {"code": error[0], "message": error[1]}}
        await peer.send(json.dumps({"jsonrpc": "2.0", **body, "id": request_id}))

    async def answer(self, peer, request):
        method, params = request["method"], request.get("params", {})
        if method == "get_pending_results":
            self.polls -= 1
            if self.polls >= 0:
                rows, self.rows = self.rows, []
                await self.send(peer, request["id"], {"results": rows})
        elif method == "list_tools" and not self.old:
            await self.send(peer, request["id"], {"tools": [{"name": "allow_light"}]})
        elif method == "tool_request":
            tell("request", tool=params["tool"], args=params["args"])
            await self.run(peer, request["id"], params["tool"], params["args"])
        else:
            await self.send(peer, request["id"], error=(-32601, "Method not found"))

    async def run(self, peer, request_id, tool, args):
        policy = tool.split("_")[0]
        if policy in ERRORS:
            await self.send(peer, request_id, error=ERRORS[policy])
        elif policy == "ask":
            self.asked.append((request_id, tool, args))
            tell("asked")
        elif policy in ("allow", "noise"):
            for rubbish in NOISE if policy == "noise" else ():
                await peer.send(rubbish)
            await self.send(peer, request_id, {"status": "executed", "data": {"tool": tool, "args": args}})
        elif policy in SPELLED:
            await peer.send(SPELLED[policy] % json.dumps(request_id))
        elif policy == "huge":
            await self.send(peer, request_id, {"status": "executed", "data": "x" * args.get("size", 300000)})
        elif policy == "odd":
            await self.send(peer, request_id, {"data": 1})
        elif policy == "tell":
            await self.send(peer, request_id, error=(-32004, f"not for {os.environ['GATE_TOKEN']}"))
        elif policy == "cut":
            peer.transport.abort()

    async def decide(self, verdict):
        request_id, tool, args = self.asked.pop(0)
        result = {"status": "executed", "data": {"approved": tool}}
        code, words = {"approve": (0, ""), "deny": (-32001, "Denied by user"), "expire": ERRORS["expire"]}[verdict]
        if self.agent and not code:
            await self.send(self.agent, request_id, result)
        elif self.agent:
            await self.send(self.agent, request_id, error=(code, words))
        else:
            result = {"status": "denied", "data": words} if code else result
            self.rows.append({"request_id": str(request_id), "tool_name": tool, "args": json.dumps(args),
                              "signature": f"{tool}()", "result": json.dumps(result), "created_at": 1, "expires_at": 2})
        tell("decided", offline=self.agent is None)

    async def obey(self, order):
        if order[0] in ("approve", "deny", "expire"):
            await self.decide(order[0])
        elif order[0] == "cut":
            self.agent.transport.abort()
        elif order[0] == "close":
            await self.agent.close(int(order[1]))
        elif order[0] == "repeat":
            await self.agent.close(1011, f"who is {os.environ['GATE_TOKEN']}?")


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cert")
    parser.add_argument("--key")
    parser.add_argument("--client-ca")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--old", action="store_true")
    parser.add_argument("--polls", type=int, default=1 << 30)
    parser.add_argument("--hold", type=float, default=0)
    parser.add_argument("--max", type=int, default=1 << 20)
    options = parser.parse_args()
    tls = None
    if options.cert:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(options.cert, options.key)
        if options.client_ca:
            tls.load_verify_locations(options.client_ca)
            tls.verify_mode = ssl.CERT_REQUIRED
    gate = Gate(options.old, options.polls, options.hold)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async with websockets.serve(gate.serve, "127.0.0.1", options.port, ssl=tls, max_size=options.max) as server:
        tell("listening", port=server.sockets[0].getsockname()[1])
        while line := await reader.readline():
            await gate.obey(line.decode().split())


if __name__ == "__main__":
    asyncio.run(main())

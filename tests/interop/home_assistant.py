"""Home Assistant's WebSocket API on python3-websockets, as far as a client can see: the server speaks first, a wrong token is told
and then closed, identifiers rise on each connection, and what was subscribed ends with its connection."""

import asyncio
import json

import websockets

TOKEN = "long-lived-token-never-printed"


class Home:
    def __init__(self):
        self.connection = None  # that was accepted last
        self.connections = 0
        self.subscribed = asyncio.Event()  # on the connection in use
        self.calls = []  # (service, entity)
        self.subscription = None
        self.mute = False  # takes calls and answers none
        self.refusing = None  # the code and words with which calls are refused

    async def start(self):
        self.server = await websockets.serve(self.serve, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def stop(self):
        self.server.close()
        await self.server.wait_closed()

    async def serve(self, peer, _path=None):
        try:
            if not await self.accept(peer):
                return await peer.close()
            await self.talk(peer)
        except websockets.ConnectionClosed:
            pass

    async def accept(self, peer):
        await self.say(peer, type="auth_required", ha_version="2026.11.3")
        hello = json.loads(await peer.recv())
        if hello.get("type") != "auth" or hello.get("access_token") != TOKEN:
            await self.say(peer, type="auth_invalid",
                           message=f"Invalid access token or password: {hello.get('access_token')}")
            return False
        await self.say(peer, type="auth_ok", ha_version="2026.11.3")
        self.connection, self.connections = peer, self.connections + 1
        self.subscribed.clear()
        return True

    async def talk(self, peer):
        last = 0
        async for text in peer:
            message = json.loads(text)
            number, kind = message["id"], message["type"]
            if number <= last:
                await self.refuse(peer, number, "id_reuse", "Identifier values have to increase.")
                continue
            last = number
            if kind == "subscribe_events":
                self.subscription = number
                self.subscribed.set()
                await self.say(peer, id=number, type="result", success=True, result=None)
            elif kind == "call_service":
                self.calls.append((message["service"], message["target"]["entity_id"]))
                if self.refusing:
                    await self.refuse(peer, number, *self.refusing)
                elif not self.mute:
                    await self.say(peer, id=number, type="result", success=True, result={"context": {"id": "01J"}})
            else:
                await self.refuse(peer, number, "unknown_command", "Unknown command.")

    async def refuse(self, peer, number, code, words):
        await self.say(peer, id=number, type="result", success=False, error={"code": code, "message": words})

    @staticmethod
    async def say(peer, **message):
        await peer.send(json.dumps(message))

    async def change(self, entity, state):
        """Tells whoever has subscribed."""
        await self.say(self.connection, id=self.subscription, type="event",
                       event={"event_type": "state_changed", "data": {"entity_id": entity, "new_state": {"state": state}}})

    def cut(self):
        """Without a goodbye."""
        self.connection.transport.abort()

"""Two peers of kedge-hub as processes: alice, who is kedge-agent, and bob, the receiver of examples/btp-two-peers."""

import hashlib
import signal

from agent import AgentTest, b64, bounded
from hub import TOKEN, WithHub

TOKENS = {"alice": TOKEN + "-of-alice", "bob": TOKEN + "-of-bob", "carol": TOKEN + "-of-carol"}
DIALECTS = ("crosstown", "btp2")
PACKET = {"destination": "test.bob.thermometer", "amount": "1000", "data": b64(b"hello")}
FULFILLED = {"accepted": True, "fulfilled": True, "fulfillment": b64(hashlib.sha256(b"hello").digest()),
             "data": b64(b'{"celsius":21.5}')}


def rejected(code, message):
    return {"accepted": False, "fulfilled": False, "code": code, "message": message}


class TwoPeers(AgentTest, WithHub):
    secret = TOKENS["alice"]
    routes = [{"prefix": "test.bob", "forward": "bob"}, {"prefix": "test.carol", "forward": "carol"}]
    peers = TOKENS

    async def alice(self, dialect="crosstown"):
        agent = await self.agent(CONNECTOR_BTP_URL=self.urls[dialect], CONNECTOR_BTP_AUTH_TOKEN=TOKENS["alice"],
                                 CONNECTOR_BTP_PEER_ID="alice", CONNECTOR_BTP_DIALECT=dialect,
                                 CONNECTOR_BTP_CA_FILE=self.certificate("ca")[0])
        await agent.healthy(btpConnected=True)
        return agent

    async def receiver(self, *arguments, token=TOKENS["bob"]):
        return await self.program("KEDGE_RECEIVER", *arguments, env={"KEDGE_TOKEN": token})

    async def bob(self, dialect="crosstown", url=None):
        bob = await self.receiver(url or self.urls[dialect], "bob", dialect, self.certificate("ca")[0])
        self.assertEqual(b"ready\n", await bounded(bob.process.stdout.readline()))
        return bob

    async def stop_receiver(self, receiver, number=signal.SIGTERM):
        """What it has seen; it ends well, and says nothing else, its token least of all."""
        receiver.signal(number)
        code, out, errors = await receiver.finish()
        self.assertEqual((0, ""), (code, errors))
        self.assertNotIn(TOKEN[:12], out)
        return out.splitlines()

    async def cut(self, peer):
        self.assertEqual(200, (await self.operator("POST", f"/btp/cut?peer={peer}&how=abrupt"))[0])

#!/usr/bin/env python3
"""What kedge-agent's metrics tell of the time that its certificates have left."""

import datetime
import json
import pathlib
import signal
import unittest

from agent import AgentTest, bounded

PEER = "kedge_tls_peer_certificate_expiry_seconds"
OWN = "kedge_tls_client_certificate_expiry_seconds"
# As make_certificates has it.
EXPIRED = datetime.datetime(2021, 1, 1, tzinfo=datetime.timezone.utc)
EXPIRES = datetime.datetime(2099, 12, 31, 23, 59, 59, tzinfo=datetime.timezone.utc)


def seconds_until(moment):
    return (moment - datetime.datetime.now(datetime.timezone.utc)).total_seconds()


class Expiry(AgentTest):
    async def assert_expiry(self, agent, name, moment):
        """The metric lies between what a clock says before and after."""
        most = seconds_until(moment)
        value = await agent.metric(name)
        self.assertLessEqual(seconds_until(moment) - 1, value)
        self.assertLessEqual(value, most)

    async def test_the_connectors_and_ours_are_told_in_seconds(self):
        certificate, key = self.certificate()
        connector = await self.connector("--cert", certificate, "--key", key, "--client-ca", self.certificate("ca")[0])
        agent = await self.agent(connector=connector, CONNECTOR_BTP_URL=f"wss://localhost:{connector.port}/",
                                 CONNECTOR_BTP_CA_FILE=self.certificate("ca")[0], CONNECTOR_BTP_CERT_FILE=certificate,
                                 CONNECTOR_BTP_KEY_FILE=key)
        await self.assert_expiry(agent, PEER, EXPIRES)
        await self.assert_expiry(agent, OWN, EXPIRES)
        # A resumed session, and a line that is gone, tell what was told before.
        connector.order("cut")
        await connector.event("agent")
        await agent.healthy(btpConnected=True)
        await self.assert_expiry(agent, PEER, EXPIRES)
        await connector.kill()
        await agent.healthy(btpConnected=False)
        await self.assert_expiry(agent, PEER, EXPIRES)

    async def test_one_that_has_expired_is_negative_until_sighup_brings_another(self):
        files = {name: pathlib.Path(self.folder, f"own.{name}") for name in ("pem", "key")}
        for name, source in zip(files, self.certificate("expired")):
            files[name].write_bytes(pathlib.Path(source).read_bytes())
        agent = await self.agent(CONNECTOR_BTP_CERT_FILE=files["pem"], CONNECTOR_BTP_KEY_FILE=files["key"])
        await self.assert_expiry(agent, OWN, EXPIRED)
        for name, source in zip(files, self.certificate()):
            files[name].write_bytes(pathlib.Path(source).read_bytes())
        agent.signal(signal.SIGHUP)
        while json.loads(await bounded(agent.process.stderr.readline()))["event"] != "reload":
            pass
        await self.assert_expiry(agent, OWN, EXPIRES)
        self.assertNotIn(PEER, (await agent.request("GET", "/metrics"))[1])

    async def test_without_tls_nothing_is_told(self):
        _, agent = await self.pair()
        self.assertNotIn("kedge_tls_", (await agent.request("GET", "/metrics"))[1])


if __name__ == "__main__":
    unittest.main()

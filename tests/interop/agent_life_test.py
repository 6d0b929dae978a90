#!/usr/bin/env python3
"""kedge-agent's life: how it starts or refuses to, what signals do, what systemd hears, how it ends."""

import asyncio
import json
import os
import pathlib
import signal
import socket
import tempfile
import unittest

from agent import AgentTest, Http, JSON, SECRET, bounded, forms, packet


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as ears:
            ears.bind(("::1", 0))
        return True
    except OSError:
        return False


class Start(AgentTest):
    async def test_every_problem_of_the_configuration_is_told_at_once(self):
        agent = await self.start(CONNECTOR_BTP_URL="http://h/", CONNECTOR_BTP_DIALECT="x", CONNECTOR_BTP_MAX_RETRIES="-1",
                                 CONNECTOR_BTP_PACKET_TIMEOUT_MS="0", CONNECTOR_BTP_CA_FILE="/no/ca", CONNECTOR_BTP_CERT_FILE="/no/cert",
                                 HTTP_PORT="70000", HTTP_HOST="nowhere.example", SHUTDOWN_GRACE_MS="soon")
        code, log = await self.end(agent)
        self.assertEqual(2, code)
        told = {record["message"].split(":")[0] for record in log if record["event"] == "configuration"}
        self.assertEqual({"CONNECTOR_BTP_URL", "CONNECTOR_BTP_AUTH_TOKEN", "CONNECTOR_BTP_DIALECT", "CONNECTOR_BTP_MAX_RETRIES",
                          "CONNECTOR_BTP_PACKET_TIMEOUT_MS", "CONNECTOR_BTP_CA_FILE", "CONNECTOR_BTP_CERT_FILE", "CONNECTOR_BTP_KEY_FILE", "HTTP_PORT", "HTTP_HOST",
                          "SHUTDOWN_GRACE_MS"}, told)

    async def test_a_url_without_a_secret_is_refused(self):
        code, log = await self.end(await self.start(CONNECTOR_BTP_URL="ws://127.0.0.1:1/"))
        self.assertEqual(2, code)
        self.assertIn("CONNECTOR_BTP_AUTH_TOKEN: required when CONNECTOR_BTP_URL is set", log[0]["message"])

    async def test_a_file_configures_it_and_the_environment_wins(self):
        connector = await self.connector()
        file = pathlib.Path(self.folder, "agent.json")
        file.write_text(json.dumps({"CONNECTOR_BTP_URL": f"ws://127.0.0.1:{connector.port}/", "CONNECTOR_BTP_AUTH_TOKEN": SECRET,
                                    "CONNECTOR_BTP_PEER_ID": "pi", "NODE_ID": "of the file", "HTTP_PORT": 1}), encoding="utf-8")
        agent = await self.agent("--config", file, NODE_ID="of the environment")
        self.assertEqual("pi", (await connector.event("agent"))["peer"])
        self.assertEqual("of the environment", (await agent.healthy(btpConnected=True))["nodeId"])
        file.write_text(json.dumps({"NODE_IDS": SECRET, "HTTP_PORT": 1.5}), encoding="utf-8")
        code, log = await self.end(await self.start("--config", file))
        self.assertEqual((2, 2), (code, len(log)))

    async def listens(self, address, hosts, name, stranger):
        """Starts one at the address: whoever asks there for `name` is answered, for another site so."""
        agent = await self.agent(HTTP_HOST=address)
        for host in hosts:
            http = await Http.open(agent.port, host)
            for asked, status in ((name, 200), ("evil.example", stranger)):
                http.ask("GET", "/health", headers={"Host": asked})
                self.assertEqual(status, (await http.answer())[0], (address, asked))
            http.close()

    async def test_it_listens_where_it_is_told(self):
        await self.listens("127.0.0.1", ["127.0.0.1"], "localhost", 403)
        await self.listens("127.0.0.2", ["127.0.0.2"], "127.0.0.2:80", 403)
        await self.listens("0.0.0.0", ["127.0.0.1"], "127.0.0.1", 200)

    @unittest.skipUnless(has_ipv6(), "this machine has no IPv6")
    async def test_it_listens_where_it_is_told_of_ipv6(self):
        await self.listens("::1", ["::1"], "[::1]", 403)
        await self.listens("::", ["::1", "127.0.0.1"], "[::1]", 200)
        await self.listens("::ffff:127.0.0.1", ["127.0.0.1"], "127.0.0.1", 403)

    async def test_a_port_that_is_taken_ends_it_with_3(self):
        agent = await self.agent()
        code, log = await self.end(await self.start(HTTP_PORT=agent.port))
        self.assertEqual(3, code)
        self.assertIn(f"127.0.0.1:{agent.port}: the HTTP API cannot listen: Address already in use", log[-1]["message"])

    async def test_a_secret_in_the_place_of_a_files_name_is_not_told(self):
        names = {f"CONNECTOR_BTP_{name}_FILE": SECRET for name in ("AUTH_TOKEN", "CA", "CERT", "KEY")}
        code, log = await self.end(await self.start(CONNECTOR_BTP_URL="wss://127.0.0.1:1/", **names))
        self.assertEqual((2, 4), (code, len(log)))


    async def test_what_the_environment_has_and_is_not_taken_is_a_warning(self):
        # The file's port holds instead: the default may be somebody's.
        file = pathlib.Path(self.folder, "port.json")
        file.write_text('{"HTTP_PORT": 0}', encoding="utf-8")
        agent = await self.agent("--config", file, HTTP_PORT="tcp://10.0.0.1:80", CONNECTOR_BTP_TOKEN="s3cret")
        code, log = await self.stop(agent)
        self.assertEqual(0, code)
        told = [record["message"] for record in log if record["level"] == "warning"]
        self.assertEqual(["HTTP_PORT: the URL of a service, as Kubernetes sets it, and no port: not taken",
                          "CONNECTOR_BTP_TOKEN: not known"], told)

    async def test_a_connector_that_asks_for_no_secret_is_shown_an_empty_one(self):
        connector = await self.connector(secret="")
        agent = await self.agent(CONNECTOR_BTP_URL=f"ws://127.0.0.1:{connector.port}/", CONNECTOR_BTP_AUTH_NONE="1")
        await connector.event("agent")
        await agent.healthy(btpConnected=True)
        code, log = await self.end(await self.start(CONNECTOR_BTP_URL="ws://h/", CONNECTOR_BTP_AUTH_NONE="1",
                                                    CONNECTOR_BTP_AUTH_TOKEN=SECRET))
        self.assertEqual((2, 1), (code, len(log)))
        self.assertEqual("CONNECTOR_BTP_AUTH_NONE: given as well as CONNECTOR_BTP_AUTH_TOKEN: which of them is it?", log[0]["message"])

    async def test_ready_is_a_200_while_the_line_is_and_a_503_with_the_reason_else(self):
        connector = await self.connector()
        agent = await self.agent(connector=connector)
        self.assertEqual((200, {"status": "ready", "link": "ready"}), await agent.request("GET", "/ready"))
        await connector.kill()
        await agent.healthy(btpConnected=False)
        status, answer = await agent.request("GET", "/ready")
        self.assertEqual((503, "Service unavailable"), (status, answer["error"]))
        self.assertIn("the line is ", answer["message"])


class Check(AgentTest):
    async def check(self, *arguments, **variables):
        """(exit code, standard output, lines of standard error)."""
        agent = await self.start("--check", *arguments, **variables)
        code, out, errors = await agent.finish()
        agent.ended = True
        for form in forms(SECRET):
            self.assertNotIn(form, out + errors)
        return code, out, errors.splitlines()

    async def test_a_good_configuration_is_said_to_be_good(self):
        secret = pathlib.Path(self.folder, "check.token")
        secret.write_text(SECRET, encoding="utf-8")
        ca = self.certificate("ca")[0]
        # The address is somebody's, and nobody is to hear of it.
        running = await self.agent()
        code, out, errors = await self.check(CONNECTOR_BTP_URL="wss://127.0.0.1:1/", CONNECTOR_BTP_AUTH_TOKEN_FILE=secret,
                                             CONNECTOR_BTP_CA_FILE=ca, HTTP_PORT=running.port)
        self.assertEqual((0, f"kedge-agent: the configuration is good; the HTTP API would listen on 127.0.0.1:{running.port}, sending is on\n", []),
                         (code, out, errors))

    async def test_everything_wrong_is_said_a_line_each(self):
        file = pathlib.Path(self.folder, "check.json")
        file.write_text(json.dumps({"NODE_IDS": SECRET, "SHUTDOWN_GRACE_MS": 5e3}), encoding="utf-8")
        code, out, errors = await self.check("--config", file, CONNECTOR_BTP_URL="http://h/", CONNECTOR_BTP_AUTH_TOKEN_FILE="/no/token",
                                             CONNECTOR_BTP_CA_FILE=file, HTTP_HOST="nowhere.example", CONNECTOR_BTP_PEERID="pi")
        self.assertEqual((2, ""), (code, out))
        self.assertEqual(["warning", "configuration file", "configuration file", "CONNECTOR_BTP_URL", "HTTP_HOST",
                          "CONNECTOR_BTP_AUTH_TOKEN_FILE", "CONNECTOR_BTP_CA_FILE"], [line.split(": ")[1] for line in errors])
        self.assertEqual("kedge-agent: warning: CONNECTOR_BTP_PEERID: not known", errors[0])


class Reload(AgentTest):
    async def test_sighup_rotates_the_secret_and_the_line_is_tried_at_once(self):
        connector = await self.connector()
        file = pathlib.Path(self.folder, "secret")
        file.write_text("wrong", encoding="utf-8")
        agent = await self.agent(connector=connector, ready=False, CONNECTOR_BTP_AUTH_TOKEN="", CONNECTOR_BTP_AUTH_TOKEN_FILE=file)
        await connector.event("refused")
        file.write_text(SECRET + "\n", encoding="utf-8")
        agent.signal(signal.SIGHUP)
        await connector.event("agent")
        await agent.healthy(status="healthy", btpConnected=True)
        # What is wrong with a file leaves what was read before; the line is not touched.
        file.write_text("", encoding="utf-8")
        agent.signal(signal.SIGHUP)
        self.assertEqual(200, (await agent.send(packet()))[0])
        connector.order("cut")
        await connector.event("agent")
        code, log = await self.stop(agent)
        self.assertEqual(0, code)
        self.assertEqual(["info", "error"], [record["level"] for record in log if record["event"] == "reload"])

    async def test_sighup_reads_the_certificates_again(self):
        connector = await self.connector("--cert", self.certificate()[0], "--key", self.certificate()[1])
        file = pathlib.Path(self.folder, "trusted.pem")
        file.write_bytes(pathlib.Path(self.certificate("other_ca")[0]).read_bytes())
        agent = await self.agent(connector=connector, ready=False, CONNECTOR_BTP_CA_FILE=file,
                                 CONNECTOR_BTP_URL=f"wss://localhost:{connector.port}/")
        while (await agent.health())["link"]["state"] != "waiting":
            await asyncio.sleep(0.01)
        file.write_bytes(pathlib.Path(self.certificate("ca")[0]).read_bytes())
        agent.signal(signal.SIGHUP)
        await connector.event("agent")
        await agent.healthy(btpConnected=True)

    async def tls_pair(self, **names):
        """A connector that asks for a certificate, and an agent with files of its own, the contents of those of these names."""
        certificate, key = self.certificate()
        connector = await self.connector("--cert", certificate, "--key", key, "--client-ca", self.certificate("ca")[0])
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        files = {setting: folder / setting for setting in names}
        for setting, name in names.items():
            files[setting].write_bytes(pathlib.Path(name).read_bytes())
        agent = await self.agent(connector=connector, ready=False, CONNECTOR_BTP_URL=f"wss://localhost:{connector.port}/",
                                 **{f"CONNECTOR_BTP_{setting}_FILE": file for setting, file in files.items()})
        return connector, agent, files

    async def reload(self, agent, level, words):
        """SIGHUP, and what the log says of it."""
        agent.signal(signal.SIGHUP)
        while (record := json.loads(await bounded(agent.process.stderr.readline())))["event"] != "reload":
            pass
        self.assertEqual(level, record["level"], record)
        self.assertRegex(record["message"], words)

    async def test_sighup_rotates_our_certificate_and_what_is_wrong_leaves_the_one_before(self):
        one, another = self.certificate("server"), self.certificate("stranger")
        connector, agent, files = await self.tls_pair(CA=self.certificate("ca")[0], CERT=one[0], KEY=one[1])
        self.assertEqual("localhost", (await connector.event("agent"))["certificate"])
        # A key of another certificate, and a CA that is none: neither comes into force, nor half of them.
        files["KEY"].write_bytes(pathlib.Path(another[1]).read_bytes())
        await self.reload(agent, "error", "CONNECTOR_BTP_CERT_FILE: the private key does not belong to the certificate")
        connector.order("cut")
        self.assertEqual("localhost", (await connector.event("agent"))["certificate"])
        files["CERT"].write_bytes(pathlib.Path(another[0]).read_bytes())
        files["CA"].write_bytes(b"no CA")
        await self.reload(agent, "error", "CONNECTOR_BTP_CA_FILE: the certificate file is not valid PEM or DER$")
        connector.order("cut")
        self.assertEqual("localhost", (await connector.event("agent"))["certificate"])
        # All is well again: the next connection has the new one.
        files["CA"].write_bytes(pathlib.Path(self.certificate("ca")[0]).read_bytes())
        await self.reload(agent, "info", "read again")
        connector.order("cut")
        self.assertEqual("other.example", (await connector.event("agent"))["certificate"])
        await agent.healthy(btpConnected=True)
        self.assertEqual(200, (await agent.send(packet()))[0])

    async def test_a_line_that_was_given_up_is_tried_again_at_sighup(self):
        connector = await self.connector()
        await connector.kill()
        agent = await self.agent(connector=connector, ready=False, CONNECTOR_BTP_MAX_RETRIES=0)
        while (await agent.health())["link"]["state"] != "closed":
            await asyncio.sleep(0.01)
        await self.expect(503, "closed", agent, packet())
        again = await self.connector("--port", connector.port)
        agent.signal(signal.SIGHUP)
        await again.event("agent")
        await agent.healthy(btpConnected=True)
        self.assertEqual(200, (await agent.send(packet()))[0])


class End(AgentTest):
    async def deaf(self, agent):
        """Waits until it listens no more: it has heard the signal."""
        async def asked():
            while True:
                await agent.health()
        with self.assertRaises(OSError):
            await bounded(asked())

    async def test_sigterm_lets_a_request_in_flight_finish(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            connector, agent = await self.pair()
            kept = await Http.open(agent.port)
            kept.ask("GET", "/health")
            await kept.answer()
            held = asyncio.create_task(agent.send(packet("hold")))
            await connector.event("packet")
            agent.signal(number)
            await self.deaf(agent)
            kept.ask("POST", "/ilp/send", json.dumps(packet()).encode(), JSON)
            status, headers, answer = await kept.answer()
            self.assertEqual((503, "close", "shutting down"), (status, headers.get("connection"), json.loads(answer)["message"]))
            connector.order("release")
            self.assertEqual(200, (await bounded(held))[0])
            code, _ = await self.end(agent)
            self.assertEqual(0, code)
            self.assertEqual(1000, (await connector.event("gone"))["code"])
            kept.close()

    async def test_what_does_not_finish_in_the_grace_period_is_a_502(self):
        connector, agent = await self.pair(SHUTDOWN_GRACE_MS=100)
        held = [asyncio.create_task(agent.send(packet("hold"))) for _ in range(20)]
        await agent.healthy(activeSessions=20)
        agent.signal(signal.SIGTERM)
        for status, answer in await bounded(asyncio.gather(*held)):
            self.assertEqual((502, "Outcome unknown"), (status, answer["error"]))
            self.assertIn("the daemon ended", answer["message"])
        self.assertEqual(0, (await self.end(agent))[0])
        self.assertEqual(1000, (await connector.event("gone"))["code"])

    async def test_a_second_signal_ends_it_at_once(self):
        _, agent = await self.pair(SHUTDOWN_GRACE_MS=60000)
        held = asyncio.create_task(agent.send(packet("hold")))
        await agent.healthy(activeSessions=1)
        agent.signal(signal.SIGTERM)
        await self.deaf(agent)
        agent.signal(signal.SIGTERM)
        self.assertEqual(130, (await self.end(agent))[0])
        with self.assertRaises(ConnectionError):
            await held

    async def test_without_a_connector_it_ends_as_well(self):
        connector = await self.connector()
        await connector.kill()
        self.assertEqual(0, (await self.stop(await self.agent()))[0])
        self.assertEqual(0, (await self.stop(await self.agent(connector=connector, ready=False)))[0])

    async def test_idle_connections_do_not_delay_the_end(self):
        agent = await self.agent(SHUTDOWN_GRACE_MS=60000)
        idle = [await Http.open(agent.port) for _ in range(10)]
        idle[0].say(b"POST /ilp/send HTTP/1.1\r\n")
        await agent.health()
        self.assertEqual(0, (await self.stop(agent))[0])
        for http in idle:
            http.close()


class Systemd(AgentTest):
    def manager(self, name):
        """A service manager's socket."""
        systemd = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        systemd.setblocking(False)
        systemd.bind(name)
        self.addCleanup(systemd.close)
        return systemd

    async def heard(self, systemd):
        return (await bounded(asyncio.get_running_loop().sock_recv(systemd, 4096))).decode()

    async def but_the_watchdog(self, systemd):
        for _ in range(1000):
            if (word := await self.heard(systemd)) != "WATCHDOG=1":
                return word
        raise AssertionError("the watchdog alone is heard")

    async def test_a_manager_that_is_behind_hears_of_it_later(self):
        name = os.path.join(self.folder, "behind")
        systemd = self.manager(name)
        unread = 0
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other, self.assertRaises(BlockingIOError):
            other.setblocking(False)
            while True:
                other.sendto(b"another's", name)
                unread += 1
        agent = await self.agent(NOTIFY_SOCKET=name, SHUTDOWN_GRACE_MS=60000)
        self.assertEqual("healthy", (await agent.health())["status"])
        self.assertEqual(["another's"] * unread, [await self.heard(systemd) for _ in range(unread)])
        self.assertEqual("READY=1\nSTATUS=listening; sending is off", await self.heard(systemd))
        code, log = await self.stop(agent)
        self.assertEqual((0, []), (code, [record for record in log if record["event"] == "notify"]))
        self.assertEqual("STOPPING=1\nEXTEND_TIMEOUT_USEC=66000000", await self.heard(systemd))

    async def test_it_tells_when_it_is_ready_alive_reloading_and_stopping(self):
        for name in (os.path.join(self.folder, "notify"), f"\0kedge-agent-test-{os.getpid()}"):
            systemd = self.manager(name)
            agent = await self.agent(NOTIFY_SOCKET=name.replace("\0", "@"), WATCHDOG_USEC=300000)
            self.assertEqual("READY=1\nSTATUS=listening; sending is off", await self.heard(systemd))
            self.assertEqual("WATCHDOG=1", await self.heard(systemd))
            self.assertEqual("WATCHDOG=1", await self.heard(systemd))
            agent.signal(signal.SIGHUP)
            word = await self.but_the_watchdog(systemd)
            self.assertRegex(word, r"^RELOADING=1\nMONOTONIC_USEC=\d+$")
            self.assertTrue((await self.but_the_watchdog(systemd)).startswith("READY=1\n"))
            agent.signal(signal.SIGTERM)
            self.assertEqual("STOPPING=1\nEXTEND_TIMEOUT_USEC=11000000", await self.but_the_watchdog(systemd))
            self.assertEqual(0, (await self.end(agent))[0])

    async def test_its_status_is_that_of_the_link(self):
        systemd = self.manager(os.path.join(self.folder, "status"))
        await self.pair(NOTIFY_SOCKET=os.path.join(self.folder, "status"))
        words = [await self.heard(systemd) for _ in range(4)]
        self.assertEqual(["READY=1\nSTATUS=listening", "STATUS=connecting", "STATUS=authenticating", "STATUS=ready"], words)

    async def test_a_manager_that_is_not_there_is_a_warning(self):
        agent = await self.agent(NOTIFY_SOCKET="/no/such/socket")
        code, log = await self.stop(agent)
        self.assertEqual((0, "warning"), (code, log[0]["level"]))
        self.assertEqual("notify", log[0]["event"])


if __name__ == "__main__":
    unittest.main()

"""Our client against TLS servers that it cannot talk to: each error names what is wrong and what to do."""

import asyncio
import pathlib
import ssl
import subprocess
import unittest

import harness
from harness import bounded


class TlsServers(harness.Interop):
    async def refused(self, port, *options, ca="ca"):
        """Connects once: the error of the attempt."""
        program, _ = await self.client(f"wss://localhost:{port}/", ["end"], "--ca", self.certificate(ca)[0], *options)
        return program.named("end")[0]["error"]

    async def python_server(self, context):
        async def handler(reader, writer):
            await reader.read()

        return await self.raw_server(handler, ssl=context)

    async def openssl_server(self, *options):
        """openssl's s_server, which has habits that python's ssl has not. Its port."""
        certificate, key = self.certificate()
        process = await asyncio.create_subprocess_exec(
            "openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", certificate, "-key", key, *options,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

        async def stop():
            if process.returncode is None:
                process.kill()
            await process.wait()

        self.addAsyncCleanup(stop)
        while line := (await bounded(process.stdout.readline())).decode():
            if line.startswith("ACCEPT "):
                return int(line.rsplit(":", 1)[1])
        raise AssertionError("openssl s_server does not listen")

    async def test_tls_1_3_alone(self):
        context = self.server_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        # asyncio loses the alert, s_server sends it and speaks no HTTP.
        for port in (await self.python_server(context), await self.openssl_server("-tls1_3")):
            error = await self.refused(port)
            if error["layer"] == "tls":  # mbedTLS 2.28
                self.assertIn("1.3, which this mbedTLS lacks", error["message"])

    async def test_a_certificate_that_the_server_wants_is_named_however_fast_it_goes(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = self.server_context()
            context.maximum_version = version
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.certificate("ca")[0])
            port = await self.python_server(context)
            for _ in range(10):
                error = await self.refused(port)
                self.assertEqual("tls", error["layer"], error)
                self.assertRegex(error["message"], "certificate of ours")

    async def test_a_handshake_message_in_several_records(self):
        port = await self.openssl_server("-max_send_frag", "512", "-tls1_2", "-cert_chain", self.certificate("ca")[0])
        error = await self.refused(port)
        if error["layer"] == "tls":  # mbedTLS before 3.6.3
            self.assertIn("several records, or above 16384 bytes", error["message"])

    async def test_a_handshake_message_above_the_limit(self):
        chain = pathlib.Path(self.folder, "long.pem")
        ca = pathlib.Path(self.certificate("ca")[0]).read_text(encoding="utf-8")
        own = pathlib.Path(self.certificate()[0]).read_text(encoding="utf-8")
        chain.write_text(own + ca * 60, encoding="utf-8")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(chain, self.certificate()[1])
        error = await self.refused(await self.python_server(context))
        self.assertEqual("tls", error["layer"], error)
        self.assertIn("16384 bytes", error["message"])

    async def test_a_chain_without_its_intermediate_and_one_out_of_order(self):
        folder = pathlib.Path(self.folder)
        text = {name: (folder / (name + ".pem")).read_text(encoding="utf-8") for name in ("chained", "lower", "upper")}
        cases = {
            ("chained", "lower", "upper"): None,
            ("chained",): "may not send it or sends it in the wrong order: lower",
            ("chained", "lower"): "may not send it or sends it in the wrong order: upper",
            ("chained", "upper", "lower"): "in the wrong order, this issuer too early: upper",
        }
        for names, words in cases.items():
            with self.subTest(names):
                chain = folder / "chain.pem"
                chain.write_text("".join(text[name] for name in names), encoding="utf-8")
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(chain, folder / "chained.key")
                error = await self.refused(await self.python_server(context))
                if words is None:
                    self.assertEqual("http", error["layer"], error)
                else:
                    self.assertEqual("tls", error["layer"], error)
                    self.assertIn(words, error["message"])

    async def test_a_ca_file_of_which_one_cannot_be_read(self):
        ca = pathlib.Path(self.certificate("ca")[0]).read_text(encoding="utf-8")
        mixed = pathlib.Path(self.folder, "mixed.pem")
        mixed.write_text("-----BEGIN CERTIFICATE-----\nMAAA\n-----END CERTIFICATE-----\n" + ca, encoding="utf-8")
        error = await self.refused(await self.python_server(self.server_context()), ca="mixed")
        self.assertEqual("http", error["layer"], "the other one counts: " + str(error))

    async def test_plain_text_where_tls_should_be(self):
        async def handler(reader, writer):
            for byte in b"SSH-2.0-OpenSSH_9.2\r\n":
                writer.write(bytes([byte]))
                await writer.drain()
            await reader.read()

        error = await self.refused(await self.raw_server(handler))
        self.assertEqual("the server does not speak TLS: check the port, or use ws://", error["message"])


if __name__ == "__main__":
    unittest.main()

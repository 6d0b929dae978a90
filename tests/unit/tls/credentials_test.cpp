// Certificates and keys from bytes and files, good and bad.

#include "fixture.hpp"

using namespace kedge;
using namespace kedge::test;

namespace {

struct Client {
  tls::ClientStorage<64> storage;
  ClockPort port;
  tls::Client* operator->() { return &storage.client; }
};

void expect_config(const Result<void>& result, std::string_view message) {
  EXPECT(!result.ok() && result.error().kind() == ErrorKind::config, "a config error");
  EXPECT_TEXT(result.error().message(), message);
}

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

}  // namespace

static void trust_is_read_as_pem_with_and_without_nul_and_as_der(void**) {
  Client client;
  const Certificate& ca = World::the_ca();
  EXPECT(client->trust(ca.pem_bytes()).ok(), "PEM without a NUL");
  EXPECT(client->trust(bytes_of(std::string_view(ca.pem.c_str(), ca.pem.size() + 1))).ok(), "PEM with a NUL");
  EXPECT(client->trust(ca.der).ok(), "DER");
  const std::string two = ca.pem + make_ca("second").pem;
  EXPECT(client->trust(bytes_of(two)).ok(), "two in one");
}

static void unreadable_trust_is_refused_by_name(void**) {
  Client client;
  expect_config(client->trust({}), "no certificate was given");
  expect_config(client->trust(bytes_of("not a certificate")),
                "the certificate is neither PEM nor DER, or is damaged");
  const Certificate& ca = World::the_ca();
  expect_config(client->trust(std::span(ca.der).first(ca.der.size() / 2)),
                "the certificate is neither PEM nor DER, or is damaged");
  std::string damaged = ca.pem;
  damaged[60] = damaged[60] == 'A' ? 'B' : 'A';
  EXPECT(!client->trust(bytes_of(damaged.substr(0, 200))).ok(), "a cut PEM to be refused");
  EXPECT(!client->trust_warning(), "no warning of what was refused");
}

constexpr std::string_view odd = "-----BEGIN CERTIFICATE-----\nMAAA\n-----END CERTIFICATE-----\n";

static void one_of_many_that_cannot_be_read_is_named_and_the_others_count(void**) {
  const Certificate& ca = World::the_ca();
  const std::string cut = ca.pem.substr(0, 200) + "\n";
  struct {
    std::string list;
    const char* words;
  } const cases[] = {
      {"# ours\n" + std::string(odd) + ca.pem,
       "certificates that cannot be read: 1, the first is number 1 in line 2"},
      {std::string(odd) + std::string(odd) + ca.pem + std::string(odd),
       "certificates that cannot be read: 3, the first is number 1 in line 1"},
      {cut + ca.pem, "certificates that cannot be read: 1, the first is number 1 in line 1"},
      {ca.pem + cut, "certificates that cannot be read: 1, the first is number 2 in line "},
      {ca.pem + "-----BEGIN CERTIFICATE-----",
       "certificates that cannot be read: 1, the first is number 2 in line "},
      {ca.pem, ""},
  };
  for (const auto& test : cases) {
    for (const bool file : {false, true}) {
      World world;
      std::string logged;
      tls::Client& client = world.client();
      if (file) client.set_log([&logged](const LogRecord& record) noexcept { logged += record.message; });
      const std::string path = write_temporary_file(test.list);
      EXPECT((file ? client.trust_file(path.c_str()) : client.trust(bytes_of(test.list))).ok(),
             test.list.c_str());
      if (!file) client.set_log([&logged](const LogRecord& record) noexcept { logged += record.message; });
      EXPECT(client.trust_warning().message().starts_with(test.words), test.words);
      EXPECT(bool(client.trust_warning()) == (*test.words != '\0'), "a warning, or none");
      EXPECT_TEXT(logged, client.trust_warning().message());
      Connection line(client, world.server, world.port);
      EXPECT(line.open(), "the others to count");
      EXPECT_TEXT(logged, client.trust_warning().message());
    }
  }
}

static void where_every_one_must_be_read_the_one_that_cannot_is_named(void**) {
  World world;
  const Certificate own = make_server_certificate(World::the_ca());
  const std::string certificates = own.pem + std::string(odd);
  const std::string expected = "certificates that cannot be read: 1, the first is number 2 in line ";
  const auto taken =
      world.client().set_client_certificate(bytes_of(certificates), own.key_bytes(), world.port);
  EXPECT(!taken && taken.error().message().starts_with(expected), "a certificate of ours with its chain");
  tls::Server server(world.port);
  const std::string cas = World::the_ca().pem + std::string(odd);
  const auto configured =
      server.configure({.certificate = own.pem_bytes(), .key = own.key_bytes(), .client_ca = bytes_of(cas)});
  EXPECT(!configured && configured.error().message().starts_with(expected), "the CAs of a server's clients");
}

static void a_list_of_which_none_can_be_read_is_refused(void**) {
  Client client;
  const std::string none = std::string(odd) + std::string(odd);
  expect_config(client->trust(bytes_of(none)), "the certificate is neither PEM nor DER, or is damaged");
  const std::string path = write_temporary_file(none);
  expect_config(client->trust_file(path.c_str()), "the certificate file is not valid PEM or DER: " + path);
}

static void keys_are_checked_against_their_certificate(void**) {
  Client client;
  const Certificate own = make_certificate({.name = "device"});
  const Certificate other = make_certificate({.name = "device"});
  EXPECT(!client->client_certificate_expires(), "none yet");
  EXPECT(client->set_client_certificate(own.pem_bytes(), own.key_bytes(), client.port).ok(), "a pair");
  const WallTime expires = std::chrono::sys_days{std::chrono::year{2100} / 1 / 1} - std::chrono::seconds{1};
  EXPECT(client->client_certificate_expires() == expires, "its date, before it is used");
  expect_config(client->set_client_certificate(own.pem_bytes(), other.key_bytes(), client.port),
                "the private key does not belong to the certificate");
  expect_config(client->set_client_certificate(own.pem_bytes(), bytes_of("nonsense"), client.port),
                "the private key is neither PEM nor DER, or is damaged");
  expect_config(client->set_client_certificate(own.pem_bytes(), {}, client.port),
                "the private key is neither PEM nor DER, or is damaged");
  expect_config(client->set_client_certificate(bytes_of("nonsense"), own.key_bytes(), client.port),
                "the certificate is neither PEM nor DER, or is damaged");
  const auto encrypted = bytes_of(
      "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"
      "DEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\nAAAAAAAAAAAAAAAAAAAAAA==\n"
      "-----END EC PRIVATE KEY-----\n");
  expect_config(client->set_client_certificate(own.pem_bytes(), encrypted, client.port),
                "the private key is encrypted: give it decrypted");
  client->clear_client_certificate();
  EXPECT(!client->client_certificate_expires(), "none any more");
}

static void files_are_read_and_missing_ones_named(void**) {
  World world;
  const Certificate own = make_certificate({.name = "device", .issuer = &World::the_ca()});
  const std::string ca = write_temporary_file(World::the_ca().pem);
  const std::string certificate = write_temporary_file(own.pem);
  const std::string key = write_temporary_file(own.key_pem);
  tls::Client& client = world.client();
  EXPECT(client.trust_file(ca.c_str()).ok(), "a CA file");
  EXPECT(client.set_client_certificate_files(certificate.c_str(), key.c_str(), world.port).ok(), "a pair");
  {
    Connection line(client, world.server, world.port);
    EXPECT(line.open(), "both to be used");
  }
  expect_config(client.trust_file("/nonexistent.pem"),
                "the certificate file cannot be opened: /nonexistent.pem");
  expect_config(client.trust_system_bundle("/nonexistent"),
                "the certificate file cannot be opened: /nonexistent");
  EXPECT(!client.trust_file(key.c_str()).ok(), "a key is no certificate");
  const std::string empty = write_temporary_file("");
  expect_config(client.trust_file(empty.c_str()), "no certificate was given: " + empty);
  expect_config(client.trust_file("/tmp"), "the certificate file cannot be opened: /tmp");
  int ends[2];
  EXPECT(pipe(ends) == 0, "a pipe");
  const std::string name = "/dev/fd/" + std::to_string(ends[0]);
  expect_config(client.trust_file(name.c_str()), "the certificate file cannot be opened: " + name);
  close(ends[0]);
  close(ends[1]);
  expect_config(client.set_client_certificate_files(certificate.c_str(), "/nonexistent", world.port),
                "the key file cannot be opened: /nonexistent");
  expect_config(client.set_client_certificate_files(certificate.c_str(), "/tmp", world.port),
                "the key file cannot be opened: /tmp");
  expect_config(client.set_client_certificate_files("/nonexistent", key.c_str(), world.port),
                "the certificate file cannot be opened: /nonexistent");
  const std::string mixed = write_temporary_file(World::the_ca().pem + std::string(odd));
  EXPECT(client.trust_system_bundle(mixed.c_str()).ok(), "a bundle with one odd certificate");
  Connection line(client, world.server, world.port);
  EXPECT(line.open(), "the bundle to be in use");
}

static void trust_that_failed_leaves_the_last_in_use(void**) {
  World world;
  {
    Connection line(world.client(), world.server, world.port);
    EXPECT(line.open(), "good trust");
  }
  EXPECT(!world.client().trust(bytes_of("nonsense")).ok(), "bad trust");
  Connection line(world.client(), world.server, world.port);
  EXPECT(line.open(), "the trust before to stay in force");
}

static void server_reads_files_once(void**) {
  World world;
  const Certificate own = make_server_certificate(World::the_ca());
  const std::string ca = write_temporary_file(World::the_ca().pem);
  const std::string certificate = write_temporary_file(own.pem);
  const std::string key = write_temporary_file(own.key_pem);
  tls::Server server(world.port);
  EXPECT(!server.configure_files("/nonexistent", key.c_str(), nullptr).ok(), "a missing certificate");
  EXPECT(!server.configure_files(certificate.c_str(), key.c_str(), "/nonexistent").ok(), "a missing CA");
  EXPECT(server.configure_files(certificate.c_str(), key.c_str(), ca.c_str()).ok(), "files");
  EXPECT(!server.configure_files(certificate.c_str(), key.c_str(), nullptr).ok(), "not a second time");
  EXPECT(!server.configure({.certificate = own.pem_bytes(), .key = own.key_bytes()}).ok(), "nor from bytes");
  EXPECT(world.client().set_client_certificate(own.pem_bytes(), own.key_bytes(), world.port).ok(), "a pair");
  Connection line(world.client(), server, world.port);
  EXPECT(line.open(), "the server to work");
}

static void server_that_could_not_be_configured_serves_nobody_and_may_be_configured_again(void**) {
  World world;
  const Certificate own = make_server_certificate(World::the_ca());
  const tls::ServerConfig config{
      .certificate = own.pem_bytes(), .key = own.key_bytes(), .client_ca = World::the_ca().pem_bytes()};
  tls::Server server(world.port);
  world.port.random_left = 0;  // for the tickets' keys
  EXPECT(!server.configure(config).ok(), "no configuration without randomness");
  world.port.random_left = 1'000'000;
  {
    // Half a configuration would let in clients without a certificate.
    Connection line(world.client(), server, world.port);
    EXPECT(line.client.opens == 0, "nobody to be served");
    EXPECT(line.server.stream == nullptr, "an error by name");
  }
  EXPECT(server.configure(config).ok(), "another try");
  Connection line(world.client(), server, world.port);
  EXPECT(!line.open() && line.server.errors == 1, "a client without a certificate to be refused");
}

static void server_refuses_bad_bytes(void**) {
  ClockPort port;
  tls::Server server(port);
  const Certificate own = make_server_certificate(World::the_ca());
  EXPECT(!server.configure({}).ok(), "no certificate");
  EXPECT(!server
              .configure(
                  {.certificate = own.pem_bytes(), .key = own.key_bytes(), .client_ca = bytes_of("nonsense")})
              .ok(),
         "a bad client CA");
  port.random_left = 0;
  const auto failed = server.configure({.certificate = own.pem_bytes(), .key = own.key_bytes()});
  EXPECT_TEXT(failed.error().message(),
              "the port's source of randomness failed: TLS cannot go on without it");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(trust_is_read_as_pem_with_and_without_nul_and_as_der),
      cmocka_unit_test(unreadable_trust_is_refused_by_name),
      cmocka_unit_test(one_of_many_that_cannot_be_read_is_named_and_the_others_count),
      cmocka_unit_test(where_every_one_must_be_read_the_one_that_cannot_is_named),
      cmocka_unit_test(a_list_of_which_none_can_be_read_is_refused),
      cmocka_unit_test(keys_are_checked_against_their_certificate),
      cmocka_unit_test(files_are_read_and_missing_ones_named),
      cmocka_unit_test(trust_that_failed_leaves_the_last_in_use),
      cmocka_unit_test(server_reads_files_once),
      cmocka_unit_test(server_that_could_not_be_configured_serves_nobody_and_may_be_configured_again),
      cmocka_unit_test(server_refuses_bad_bytes),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

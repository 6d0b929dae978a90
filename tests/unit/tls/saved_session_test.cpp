// A session that does not fit is not saved, and leaves no key behind.

#include "tls/saved_session.hpp"

#include "fixture.hpp"
#include "tls/credentials.hpp"
#include "tls/stream.hpp"

#include <algorithm>

using namespace kedge;
using namespace kedge::test;

namespace {

/// A server certificate for localhost that is larger than the room for a session, which holds it.
Certificate make_large_certificate() {
  CertificateSpec spec{.dns_names = {"localhost"}, .issuer = &World::the_ca()};
  for (int i = 0; i < 100; ++i)
    spec.dns_names.push_back(std::string(50, 'x') + std::to_string(i) + ".example");
  return make_certificate(spec);
}

/// Saves the session of each handshake.
struct Saver final : tls::HandshakeWatcher {
  tls::SavedSession session;
  int saves = 0;
  void on_handshake_done(const mbedtls_ssl_context& ssl, bool) noexcept override {
    session.save(ssl, "localhost", 443, WallTime::max());
    ++saves;
  }
  void on_handshake_failed() noexcept override {}
  void on_new_ticket(const mbedtls_ssl_context&) noexcept override {}
};

}  // namespace

// TLS 1.2's session holds the server's certificate; a ticket of TLS 1.3's does not.
const tls::ServerConfig tls_1_2{.tls_1_3 = false};

static void session_that_does_not_fit_is_not_saved(void**) {
  World world(tls_1_2, make_large_certificate());
  Connection line(world.client(), world.server, world.port);
  EXPECT(line.open(), "the connection to open");
  EXPECT(world.client().saved_session_bytes() == 0, "no session");
}

static void ticket_of_tls_1_3_fits_however_large_the_certificate(void**) {
  if (!tls::compat::has_tls_1_3) {
    print_message("skipped: this mbedTLS has no TLS 1.3\n");
    skip();
  }
  World world({}, make_large_certificate());
  Connection line(world.client(), world.server, world.port);
  EXPECT(line.open() && world.client().saved_session_bytes() != 0, "a session");
}

static void session_that_does_not_fit_leaves_nothing_in_memory(void**) {
  World world(tls_1_2, make_large_certificate());
  mbedtls_ssl_config config;
  mbedtls_ssl_config_init(&config);
  EXPECT(tls::compat::start_library() &&
             mbedtls_ssl_config_defaults(&config, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
                                         MBEDTLS_SSL_PRESET_DEFAULT) == 0,
         "a configuration");
  mbedtls_ssl_conf_authmode(&config, MBEDTLS_SSL_VERIFY_OPTIONAL);
  mbedtls_ssl_conf_rng(&config, tls::random_from_port, &world.port);
  {
    StreamPipe pipe;
    std::array<std::byte, 4096> buffer, server_buffer;
    End user, peer;
    Saver saver;
    tls::TlsStream client(tls::Role::client, buffer, saver);
    tls::ServerStream server(world.server, server_buffer);
    EXPECT(server.start(pipe.b(), peer).ok(), "the server to wait");
    tls::VerifyRules rules;
    rules.skip = true;
    EXPECT(client
               .start({.below = pipe.a(),
                       .events = user,
                       .config = config,
                       .server_name = "localhost",
                       .host = "localhost",
                       .rules = rules})
               .ok(),
           "a handshake to begin");
    user.stream = &client;
    pipe.run();
    EXPECT(saver.saves == 1 && saver.session.size() == 0, "a session that does not fit");
    const auto* bytes = reinterpret_cast<const unsigned char*>(&saver.session);
    EXPECT(std::all_of(bytes, bytes + tls::session_bytes_max, [](unsigned char byte) { return byte == 0; }),
           "no part of it, such as the master secret, to stay");
    client.close();
    pipe.b().close();
    pipe.run();
  }
  mbedtls_ssl_config_free(&config);
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(session_that_does_not_fit_is_not_saved),
      cmocka_unit_test(ticket_of_tls_1_3_fits_however_large_the_certificate),
      cmocka_unit_test(session_that_does_not_fit_leaves_nothing_in_memory),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

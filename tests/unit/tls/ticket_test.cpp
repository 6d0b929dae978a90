// Tickets of TLS 1.3, which come after the handshake, whatever else the line is doing.

#include "fixture.hpp"
#include "tls/credentials.hpp"
#include "tls/stream.hpp"

using namespace kedge;
using namespace kedge::test;

namespace {

/// A server that sends as many tickets as it is told to; `tls::Server` sends one.
class TicketServer final : private tls::HandshakeWatcher {
 public:
  TicketServer(Stream& below, StreamEvents& events, Port& port, std::uint16_t tickets) {
    mbedtls_ssl_config_init(&config_);
    mbedtls_ssl_ticket_init(&tickets_);
    const Certificate own = make_server_certificate(World::the_ca());
    EXPECT(identity_.parse(own.pem_bytes(), own.key_bytes(), port).ok(), "a certificate");
    int result = mbedtls_ssl_config_defaults(&config_, MBEDTLS_SSL_IS_SERVER, MBEDTLS_SSL_TRANSPORT_STREAM,
                                             MBEDTLS_SSL_PRESET_DEFAULT);
    result |= mbedtls_ssl_conf_own_cert(&config_, identity_.certificates(), identity_.key());
    result |=
        mbedtls_ssl_ticket_setup(&tickets_, tls::random_from_port, &port, MBEDTLS_CIPHER_AES_256_GCM, 3600);
    EXPECT(result == 0, "mbedTLS to take a server's configuration");
    mbedtls_ssl_conf_rng(&config_, tls::random_from_port, &port);
    mbedtls_ssl_conf_session_tickets_cb(&config_, mbedtls_ssl_ticket_write, mbedtls_ssl_ticket_parse,
                                        &tickets_);
    tls::compat::set_versions(config_, true);
    tls::compat::set_ticket_count(config_, tickets);
    EXPECT(stream_.start({.below = below, .events = events, .config = config_}).ok(), "the server to wait");
  }
  TicketServer(const TicketServer&) = delete;
  TicketServer& operator=(const TicketServer&) = delete;
  ~TicketServer() {
    mbedtls_ssl_config_free(&config_);
    mbedtls_ssl_ticket_free(&tickets_);
  }
  [[nodiscard]] Stream& stream() { return stream_; }

 private:
  void on_handshake_done(const mbedtls_ssl_context&, bool) noexcept override {}
  void on_handshake_failed() noexcept override {}
  void on_new_ticket(const mbedtls_ssl_context&) noexcept override {}

  tls::Identity identity_;
  mbedtls_ssl_config config_;
  mbedtls_ssl_ticket_context tickets_;
  std::array<std::byte, 4096> buffer_;
  tls::TlsStream stream_{tls::Role::server, buffer_, *this};
};

/// Says something as soon as it may.
struct Talker : End {
  explicit Talker(std::string words) : greeting(std::move(words)) {}
  void on_open() noexcept override {
    End::on_open();
    send(greeting);
  }
  std::string greeting;
};

/// A client of ours and such a server.
struct Line {
  Line(std::uint16_t tickets, std::string from_client, std::string from_server, std::size_t capacity)
      : pipe({.capacity = capacity}),
        client(std::move(from_client)),
        server(std::move(from_server)),
        server_side(pipe.b(), server, world.port, tickets) {
    server.stream = &server_side.stream();
    const auto started = world.client().start(pipe.a(), client, "localhost", 443, world.port);
    EXPECT(started.ok(), "a handshake to begin");
    client.stream = *started;
  }
  ~Line() {
    client.stream->close();
    server.stream->close();
    pipe.run();
  }
  World world;
  StreamPipe pipe;
  Talker client, server;
  TicketServer server_side;
};

constexpr std::size_t wide = 1024 * 1024;

}  // namespace

static void each_of_several_tickets_is_taken_and_what_is_behind_them_read(void**) {
  for (const std::uint16_t tickets : std::initializer_list<std::uint16_t>{0, 1, 2, 5}) {
    Line line(tickets, "", "hello", wide);
    line.pipe.run();
    EXPECT(line.client.failures == 0, "no failure");
    EXPECT_TEXT(line.client.received, "hello");
    EXPECT((line.world.client().saved_session_bytes() != 0) == (tickets != 0),
           "a session when there is a ticket");
  }
}

static void ticket_is_taken_though_nothing_follows_it(void**) {
  Line line(1, "", "", wide);
  line.pipe.run();
  EXPECT(line.client.opens == 1 && line.world.client().saved_session_bytes() != 0, "a session");
}

static void flood_of_tickets_ends_the_connection(void**) {
  Line line(1000, "", "hello", wide);
  line.pipe.run();
  EXPECT(line.client.failures == 1 && line.client.received.empty(), "an end of patience");
  EXPECT(line.client.error.kind() == ErrorKind::tls, "by name");
}

// mbedTLS takes a ticket apart only when nothing waits to be sent.
static void ticket_that_finds_the_line_blocked_is_taken_when_there_is_room(void**) {
  for (const std::size_t capacity : {2000U, 5000U, 17'000U}) {
    const std::string text(50'000, 't');
    Line line(2, text, "hello", capacity);
    line.server.paused = true;
    line.pipe.run();
    EXPECT(line.client.opens == 1 && line.server.opens == 1, "the connection to open");
    EXPECT(!line.client.rest.empty() && line.client.failures == 0, "a write that waits");
    EXPECT(line.world.client().saved_session_bytes() == 0 && line.client.received.empty(),
           "nothing to be read");
    line.server.paused = false;
    line.server.read_all();
    line.pipe.run();
    EXPECT(line.client.failures == 0 && line.server.failures == 0, "no failure");
    EXPECT(line.server.received == text, "each byte once");
    EXPECT_TEXT(line.client.received, "hello");
    EXPECT(line.world.client().saved_session_bytes() != 0, "a session");
  }
}

int main() {
  if (!tls::compat::has_tls_1_3) {
    print_message("left out: this mbedTLS has no TLS 1.3\n");
    return 0;
  }
  const CMUnitTest tests[] = {
      cmocka_unit_test(each_of_several_tickets_is_taken_and_what_is_behind_them_read),
      cmocka_unit_test(ticket_is_taken_though_nothing_follows_it),
      cmocka_unit_test(flood_of_tickets_ends_the_connection),
      cmocka_unit_test(ticket_that_finds_the_line_blocked_is_taken_when_there_is_room),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

// Handshakes that fail for another reason than the server's certificate, and clients' certificates.

#include "fixture.hpp"

#include "tls/mbedtls_compat.hpp"

#include <mbedtls/ssl_ciphersuites.h>

using namespace kedge;
using namespace kedge::test;

namespace {

/// A client facing bytes written by the test instead of a server.
struct Raw {
  Raw() {
    const auto started = world.client().start(pipe.a(), user, "localhost", 443, world.port);
    EXPECT(started.ok(), "the handshake to begin");
    user.stream = *started;
  }
  ~Raw() {
    user.stream->close();
    pipe.run();
    EXPECT(user.closes == 1, "on_closed once");
  }
  void answer(std::string_view bytes) {
    pipe.a().under_way().append(bytes);
    pipe.run();
  }
  StreamPipe pipe;
  End user;
  World world;
};

tls::ServerConfig asking_for_certificates() {
  tls::ServerConfig config;
  config.client_ca = World::the_ca().pem_bytes();
  return config;
}

}  // namespace

static void plain_text_server_is_named(void**) {
  Raw raw;
  raw.answer("HTTP/1.1 400 Bad Request\r\n\r\n");
  EXPECT(raw.user.errors == 1, "one on_error");
  EXPECT_TEXT(raw.user.error.message(), "the server does not speak TLS: check the port, or use ws://");
  EXPECT(raw.user.error.kind() == ErrorKind::tls && raw.user.error.layer() == Layer::tls, "kind and layer");
  EXPECT(!tls_failure_is_verification(raw.user.error), "retryable");
}

static void plain_text_client_is_named(void**) {
  World world;
  StreamPipe pipe;
  std::array<std::byte, 256> buffer;
  End user;
  tls::ServerStream server(world.server, buffer);
  user.stream = *server.start(pipe.b(), user);
  pipe.b().under_way() = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  pipe.run();
  EXPECT_TEXT(user.error.message(), "the client does not speak TLS: this port wants wss://");
  EXPECT(world.server.handshakes().failed == 1, "the failure to be counted");
  user.stream->close();
  pipe.run();
}

static void truncated_handshake_is_named(void**) {
  for (std::size_t kept : {0U, 3U, 60U, 400U}) {
    World world;
    StreamPipe pipe;
    std::array<std::byte, 4096> buffer;
    End user, peer;
    tls::ServerStream server(world.server, buffer);
    peer.stream = *server.start(pipe.b(), peer);
    user.stream = *world.client().start(pipe.a(), user, "localhost", 443, world.port);
    while (pipe.a().under_way().empty()) pipe.run(1);  // the server's first flight
    pipe.a().under_way().resize(kept);
    peer.stream->close();
    pipe.run();
    EXPECT(user.errors == 1, "the client to notice");
    const bool perhaps_1_3 = kept == 0 && !tls::compat::has_tls_1_3;
    EXPECT_TEXT(user.error.message(),
                std::string("the server closed the connection during the TLS handshake") +
                    (perhaps_1_3 ? ": does it want 1.3, which this mbedTLS lacks?" : ""));
    EXPECT(!tls_failure_is_verification(user.error), "retryable");
    user.stream->close();
    pipe.run();
  }
}

static void line_that_breaks_in_the_handshake_gives_its_own_error(void**) {
  Raw raw;
  raw.pipe.a().break_line();
  raw.pipe.run();
  EXPECT_TEXT(raw.user.error.message(), "connection reset by peer");
  EXPECT(raw.user.error.layer() == Layer::system, "the layer below");
}

static void error_event_from_below_in_the_handshake_is_passed_up(void**) {
  struct Mute final : Stream {
    IoResult read(std::span<std::byte>) noexcept override { return {}; }
    IoResult write(std::span<const std::byte> from) noexcept override { return {IoStatus::ok, from.size()}; }
    void shutdown_write() noexcept override {}
    void close() noexcept override {}
    [[nodiscard]] Error error() const noexcept override { return {}; }
    void set_events(StreamEvents& given) noexcept override { events = &given; }
    StreamEvents* events = nullptr;
  } below;
  World world;
  End user;
  const auto started = world.client().start(below, user, "localhost", 443, world.port);
  EXPECT(started.ok(), "the handshake to begin");
  below.events->on_error(Error(ErrorKind::connection, "lost"));
  below.events->on_error(Error(ErrorKind::connection, "again"));
  EXPECT(user.errors == 1, "one on_error");
  EXPECT_TEXT((*started)->error().message(), "lost");
  std::byte bytes[1];
  EXPECT((*started)->read(bytes).status == IoStatus::error, "no reading");
  EXPECT_TEXT((*started)->error().message(), "lost");
  (*started)->close();
  below.events->on_closed();
  EXPECT(user.closes == 1, "on_closed passed up");
}

static void alerts_are_named(void**) {
  for (const auto& [code, text] :
       {std::pair<char, const char*>{40, tls::compat::has_tls_1_3
                                             ? "the server sent TLS alert 40, handshake failure: no cipher, "
                                               "curve or certificate suits both "
                                               "ends"
                                             : "the server sent TLS alert 40, handshake failure: no cipher "
                                               "or curve suits both, or it wants "
                                               "TLS 1.3, which we lack"},
        {112, "the server sent TLS alert 112, unrecognized name: it does not serve this host name"},
        {116, "the server sent TLS alert 116, certificate required: it wants a certificate of ours"},
        {99, "the server sent TLS alert 99"}}) {
    Raw raw;
    const char alert[] = {21, 3, 3, 0, 2, 2, code};
    raw.answer(std::string_view(alert, sizeof alert));
    EXPECT_TEXT(raw.user.error.message(), text);
  }
}

static void flood_of_warnings_ends(void**) {
  Raw raw;
  std::string flood;
  for (int i = 0; i < 20'000; ++i) flood += std::string("\x15\x03\x03\x00\x02\x01\x5A", 7);
  raw.answer(flood);
  EXPECT_TEXT(raw.user.error.message(), "the server sends too much before the TLS handshake is done");
}

static void garbage_never_opens_or_crashes(void**) {
  std::mt19937 random(3);
  for (int round = 0; round < 40; ++round) {
    Raw raw;
    std::string bytes("\x16\x03\x03", 3);
    const auto size = static_cast<std::size_t>(random() % 300);
    bytes += {static_cast<char>(size >> 8), static_cast<char>(size & 0xFF)};
    for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(random());
    raw.answer(bytes);
    raw.pipe.b().close();
    raw.pipe.run();
    EXPECT(raw.user.opens == 0 && raw.user.errors == 1, "an error, once");
  }
}

static void client_certificate_is_shown_and_verified(void**) {
  World world(asking_for_certificates());
  const Certificate own = make_certificate({.name = "device", .issuer = &World::the_ca()});
  EXPECT(world.client().set_client_certificate(own.der, own.key_bytes(), world.port).ok(),
         "certificate and key");
  Connection line(world.client(), world.server, world.port);
  EXPECT(line.open(), "the server to accept it");
}

static void missing_client_certificate_is_refused_and_named_at_both_ends(void**) {
  tls::ServerConfig config = asking_for_certificates();
  config.tls_1_3 = false;
  World world(config);
  Connection line(world.client(), world.server, world.port);
  EXPECT(line.server.errors == 1 && !line.open(), "no connection");
  EXPECT_TEXT(line.server.error.message(), "the client showed no certificate, and this server asks for one");
  EXPECT_TEXT(line.client.error.message(),
              "the server wants a certificate of ours, and none is set (TLS alert 40)");
}

// With TLS 1.3 the client is done before the server has seen its certificate. And a server by mbedTLS 3.6
// sends the alert with keys that are over by then (its issue 10877), so that the client has to guess.
static void with_tls_1_3_a_client_hears_by_reading_that_its_certificate_is_refused(void**) {
  if (!tls::compat::has_tls_1_3) {
    print_message("skipped: this mbedTLS has no TLS 1.3\n");
    skip();
  }
  World world(asking_for_certificates());
  const Certificate stranger = make_ca("stranger");
  const Certificate foreign = make_certificate({.name = "device", .issuer = &stranger});
  for (const bool shows_one : {false, true}) {
    if (shows_one) {
      EXPECT(world.client().set_client_certificate(foreign.der, foreign.key_bytes(), world.port).ok(),
             "a pair");
    }
    Connection line(world.client(), world.server, world.port);
    EXPECT(line.server.errors == 1 && line.server.opens == 0, "the server to refuse");
    EXPECT_TEXT(line.server.error.message(),
                shows_one ? "unknown CA: not trusted, and the client may not send it or sends it in the "
                            "wrong order: stranger"
                          : "the client showed no certificate, and this server asks for one");
    EXPECT(line.client.opens == 1 && line.client.errors == 0, "the client to be open");
    EXPECT(line.client.failures == 1 && line.client.error.kind() == ErrorKind::tls, "its first read to fail");
    EXPECT_TEXT(line.client.error.message(),
                "the server's first TLS record does not verify: it may be refusing our certificate, or that "
                "there is none");
    EXPECT(world.client().saved_session_bytes() == 0, "no session");
  }
}

static void bad_client_certificates_are_named(void**) {
  World world(asking_for_certificates());
  const Certificate stranger = make_ca("stranger");
  const Certificate foreign = make_certificate({.name = "device", .issuer = &stranger});
  const Certificate expired =
      make_certificate({.name = "device", .not_after = "20260101000000", .issuer = &World::the_ca()});
  for (const auto& [own, text] :
       {std::pair<const Certificate*, const char*>{&foreign,
                                                   "unknown CA: not trusted, and the client may not send it "
                                                   "or sends it in the wrong order: stranger"},
        {&expired,
         "the client's certificate was valid until 2026-01-01 00:00 UTC, and this device's clock says "
         "2026-06-15 "
         "00:00"}}) {
    EXPECT(world.client().set_client_certificate(own->pem_bytes(), own->key_bytes(), world.port).ok(),
           "a pair");
    Connection line(world.client(), world.server, world.port);
    EXPECT_TEXT(line.server.error.message(), text);
  }
}

static void server_that_asks_for_certificates_needs_the_time(void**) {
  World world(asking_for_certificates());
  world.port.wall.reset();
  StreamPipe pipe;
  std::array<std::byte, 256> buffer;
  End user;
  tls::ServerStream server(world.server, buffer);
  EXPECT_TEXT(server.start(pipe.b(), user).error().message(),
              "this server does not know the time: set its clock, or give DatePolicy a floor");
}

static void failing_randomness_is_named_wherever_it_strikes(void**) {
  int failures = 0;
  bool opened = false;
  for (int left = 0; !opened && left < 200; ++left) {
    World world;
    ClockPort device;
    device.random_left = left;
    Connection line(world.client(), world.server, device);
    opened = line.open();
    if (opened) break;
    ++failures;
    EXPECT_TEXT(line.client.error.message(),
                "the port's source of randomness failed: TLS cannot go on without it");
  }
  // For TLS 1.3 the keys come from PSA's own generator: the port is asked for the hello's bytes alone.
  EXPECT(opened && failures > (tls::compat::has_tls_1_3 ? 0 : 2),
         "each step to have failed once, and the last to succeed");
}

static void server_with_old_tls_only_is_named(void**) {
  Raw raw;
  // A ServerHello of TLS 1.1: version, 32 random bytes, no session id, AES-128-CBC-SHA, no compression.
  std::string hello("\x02\x00\x00\x26\x03\x02", 6);
  hello += std::string(32, 'r') + std::string("\x00\x00\x2F\x00", 4);
  raw.answer(std::string("\x16\x03\x02\x00", 4) + static_cast<char>(hello.size()) + hello);
  EXPECT_TEXT(raw.user.error.message(), "the server does not speak TLS 1.2 or later");
}

static void unconfigured_server_refuses_to_start(void**) {
  ClockPort port;
  tls::Server bare(port);
  StreamPipe pipe;
  std::array<std::byte, 16> buffer;
  End user;
  tls::ServerStream server(bare, buffer);
  EXPECT_TEXT(server.start(pipe.b(), user).error().message(), "TLS: the server is not configured");
}

/// A line whose peer is quick: its answer is there before the reader looks.
class QuickLine final : public Stream, private StreamEvents {
 public:
  IoResult read(std::span<std::byte> into) noexcept override {
    below_.set_events(*this);  // what the answer brings is found by this read
    pipe.run();
    below_.set_events(*user_);
    return below_.read(into);
  }
  IoResult write(std::span<const std::byte> from) noexcept override { return below_.write(from); }
  void shutdown_write() noexcept override { below_.shutdown_write(); }
  void close() noexcept override { below_.close(); }
  [[nodiscard]] Error error() const noexcept override { return below_.error(); }
  void set_events(StreamEvents& events) noexcept override {
    user_ = &events;
    below_.set_events(events);
  }
  StreamPipe pipe;

 private:
  void on_open() noexcept override {}
  void on_error(const Error&) noexcept override {}
  void on_readable() noexcept override {}
  void on_writable() noexcept override {}
  void on_closed() noexcept override {}
  StreamPipe::End& below_ = pipe.a();
  StreamEvents* user_ = this;
};

// A server in another process may answer while `start` is still at work: the handshake would be over with
// nobody told.
static void an_answer_quicker_than_start_is_told_by_event(void**) {
  World world;
  for (const std::uint64_t resumed : {0U, 1U}) {
    QuickLine line;
    std::array<std::byte, 4096> buffer;
    End server, user;
    tls::ServerStream server_side(world.server, buffer);
    server.stream = *server_side.start(line.pipe.b(), server);
    const auto started = world.client().start(line, user, "localhost", 443, world.port);
    EXPECT(started.ok(), "the handshake to begin");
    user.stream = *started;
    EXPECT(user.opens == 0, "no event inside the call");
    line.pipe.run();
    EXPECT(user.opens == 1 && server.opens == 1, "on_open, once");
    EXPECT(world.client().handshakes().resumed == resumed, "also when the server's one flight ends it");
    server.send("x");
    line.pipe.run();
    EXPECT_TEXT(user.received, "x");
    user.stream->close();
    server.stream->close();
    line.pipe.run();
  }
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(an_answer_quicker_than_start_is_told_by_event),
      cmocka_unit_test(plain_text_server_is_named),
      cmocka_unit_test(plain_text_client_is_named),
      cmocka_unit_test(truncated_handshake_is_named),
      cmocka_unit_test(line_that_breaks_in_the_handshake_gives_its_own_error),
      cmocka_unit_test(error_event_from_below_in_the_handshake_is_passed_up),
      cmocka_unit_test(alerts_are_named),
      cmocka_unit_test(flood_of_warnings_ends),
      cmocka_unit_test(garbage_never_opens_or_crashes),
      cmocka_unit_test(client_certificate_is_shown_and_verified),
      cmocka_unit_test(missing_client_certificate_is_refused_and_named_at_both_ends),
      cmocka_unit_test(with_tls_1_3_a_client_hears_by_reading_that_its_certificate_is_refused),
      cmocka_unit_test(bad_client_certificates_are_named),
      cmocka_unit_test(server_that_asks_for_certificates_needs_the_time),
      cmocka_unit_test(failing_randomness_is_named_wherever_it_strikes),
      cmocka_unit_test(server_with_old_tls_only_is_named),
      cmocka_unit_test(unconfigured_server_refuses_to_start),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

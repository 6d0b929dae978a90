// A server that asks for renegotiation while the line is blocked: what refuses it must not disturb what is
// written. TLS 1.3 has no renegotiation: the server speaks 1.2.

#include "tls/mbedtls_compat.hpp"

#include "fixture.hpp"

using namespace kedge;
using namespace kedge::test;

namespace {

/// mbedTLS's own server, which may ask for renegotiation: ours never does.
class AskingServer final : public StreamEvents {
 public:
  AskingServer(Stream& below, Port& port, const Certificate& certificate) : below_(below), port_(port) {
    mbedtls_ssl_config_init(&config_);
    mbedtls_ssl_init(&ssl_);
    mbedtls_x509_crt_init(&chain_);
    mbedtls_pk_init(&key_);
    const auto* pem = reinterpret_cast<const unsigned char*>(certificate.pem.c_str());
    const auto* key = reinterpret_cast<const unsigned char*>(certificate.key_pem.c_str());
    int result = mbedtls_x509_crt_parse(&chain_, pem, certificate.pem.size() + 1);
    result |= tls::compat::parse_key(key_, key, certificate.key_pem.size() + 1, random, &port_);
    result |= mbedtls_ssl_config_defaults(&config_, MBEDTLS_SSL_IS_SERVER, MBEDTLS_SSL_TRANSPORT_STREAM,
                                          MBEDTLS_SSL_PRESET_DEFAULT);
    result |= mbedtls_ssl_conf_own_cert(&config_, &chain_, &key_);
    tls::compat::set_versions(config_, false);
    mbedtls_ssl_conf_rng(&config_, random, &port_);
    mbedtls_ssl_conf_renegotiation(&config_, MBEDTLS_SSL_RENEGOTIATION_ENABLED);
    mbedtls_ssl_conf_renegotiation_enforced(&config_, MBEDTLS_SSL_RENEGOTIATION_NOT_ENFORCED);
    result |= mbedtls_ssl_setup(&ssl_, &config_);
    EXPECT(result == 0, "mbedTLS to take a server's configuration");
    mbedtls_ssl_set_bio(&ssl_, this, send, receive, nullptr);
    below_.set_events(*this);
  }
  AskingServer(const AskingServer&) = delete;
  AskingServer& operator=(const AskingServer&) = delete;
  ~AskingServer() {
    mbedtls_ssl_free(&ssl_);
    mbedtls_ssl_config_free(&config_);
    mbedtls_x509_crt_free(&chain_);
    mbedtls_pk_free(&key_);
  }

  void ask() { EXPECT(mbedtls_ssl_renegotiate(&ssl_) == 0, "a HelloRequest to be sent"); }
  void say(std::string_view text) {
    const int result =
        mbedtls_ssl_write(&ssl_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
    EXPECT(result == static_cast<int>(text.size()), "a record to be sent");
  }
  void go_on() {
    if (!shaken_ && mbedtls_ssl_handshake(&ssl_) != 0) return;
    shaken_ = true;
    if (paused) return;
    std::array<unsigned char, 5000> bytes;
    // WANT_READ also comes after an alert: all is read when the stream below has no more.
    for (used_up_ = false; !used_up_ && !ended && !failed;) {
      const int result = mbedtls_ssl_read(&ssl_, bytes.data(), bytes.size());
      if (result > 0) received.append(reinterpret_cast<const char*>(bytes.data()), std::size_t(result));
      ended = result == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY;
      failed = !ended && result <= 0 && result != MBEDTLS_ERR_SSL_WANT_READ;
    }
  }
  /// What a record takes besides its payload.
  [[nodiscard]] std::size_t overhead() const {
    return static_cast<std::size_t>(mbedtls_ssl_get_record_expansion(&ssl_));
  }

  bool paused = false;
  bool ended = false;
  bool failed = false;
  std::string received;

 private:
  void on_open() noexcept override {}
  void on_error(const Error&) noexcept override {}
  void on_readable() noexcept override { go_on(); }
  void on_writable() noexcept override { go_on(); }
  void on_closed() noexcept override {}

  static int random(void* port, unsigned char* out, std::size_t size) {
    return static_cast<Port*>(port)->random(std::as_writable_bytes(std::span(out, size))) ? 0 : -1;
  }
  static int send(void* self, const unsigned char* bytes, std::size_t size) {
    const IoResult sent =
        static_cast<AskingServer*>(self)->below_.write(std::as_bytes(std::span(bytes, size)));
    return sent.bytes != 0 ? static_cast<int>(sent.bytes) : MBEDTLS_ERR_SSL_WANT_WRITE;
  }
  static int receive(void* self, unsigned char* bytes, std::size_t size) {
    auto& server = *static_cast<AskingServer*>(self);
    const IoResult got = server.below_.read(std::as_writable_bytes(std::span(bytes, size)));
    server.used_up_ = got.bytes == 0;
    if (got.status == IoStatus::end) return 0;
    return got.bytes != 0 ? static_cast<int>(got.bytes) : MBEDTLS_ERR_SSL_WANT_READ;
  }

  Stream& below_;
  Port& port_;
  bool shaken_ = false;
  bool used_up_ = false;
  mbedtls_ssl_config config_;
  mbedtls_ssl_context ssl_;
  mbedtls_x509_crt chain_;
  mbedtls_pk_context key_;
};

constexpr std::size_t capacity = 4000;

/// A client of ours, connected to such a server; `capacity` bytes fit into the line.
struct Line {
  Line() : server(pipe.b(), world.port, certificate) {
    auto started = world.client().start(pipe.a(), client, "localhost", 443, world.port);
    EXPECT(started.ok(), "a handshake to begin");
    client.stream = *started;
    pipe.run();
    EXPECT(client.opens == 1, "the connection to open");
  }
  ~Line() {
    client.stream->close();
    pipe.run();
  }
  /// Fills the line to the last byte with a record that the server does not read yet.
  std::string fill() {
    server.paused = true;
    std::string text(capacity - server.overhead(), 'f');
    const IoResult sent = client.stream->write(std::as_bytes(std::span(text)));
    EXPECT(sent.status == IoStatus::ok && sent.bytes == text.size(), "a record that fills the line");
    return text;
  }
  void read_on() {
    server.paused = false;
    server.go_on();
    pipe.run();
    server.go_on();
  }

  World world;
  Certificate certificate = make_server_certificate(World::the_ca());
  StreamPipe pipe{PipeRules{.capacity = capacity}};
  AskingServer server;
  End client;
};

}  // namespace

static void renegotiation_is_refused_and_the_connection_lives_on(void**) {
  Line line;
  line.server.ask();
  line.pipe.run();
  EXPECT(line.client.failures == 0, "a question, no failure");
  line.client.send("still here");
  line.pipe.run();
  EXPECT_TEXT(line.server.received, "still here");
}

static void bytes_behind_an_alert_that_waits_are_not_lost(void**) {
  Line line;
  const std::string before = line.fill();
  line.server.ask();
  line.pipe.run();
  line.client.send("hello");
  line.read_on();
  EXPECT(line.client.failures == 0, "no failure");
  EXPECT(line.server.received == before + "hello", "what was written behind the alert");
}

static void an_alert_that_waits_goes_out_by_itself(void**) {
  Line line;
  line.fill();
  line.server.ask();
  line.pipe.run();
  line.read_on();
  EXPECT(line.client.failures == 0, "no failure");
  line.client.send("later");
  line.pipe.run();
  EXPECT(line.server.received.ends_with("later"), "what was written when the alert had gone");
  EXPECT(line.client.writables == 0, "no on_writable, as no write was refused");
}

static void record_that_waits_goes_out_once(void**) {
  Line line;
  line.server.paused = true;
  const std::string text(capacity + 1000, 'x');
  line.client.send(text);
  EXPECT(!line.client.rest.empty(), "a blocked write");
  line.server.ask();
  line.server.ask();
  line.pipe.run();
  line.read_on();
  EXPECT(line.client.failures == 0, "no failure");
  EXPECT(line.server.received.size() == text.size(), "each byte once");
}

static void bytes_behind_a_question_are_read_though_writing_is_blocked(void**) {
  Line line;
  line.fill();
  line.client.send("more");
  line.server.ask();
  line.server.ask();
  line.pipe.run();
  EXPECT(line.client.failures == 0, "reading to go on");
  line.read_on();
  EXPECT(line.server.received.ends_with("more"), "the blocked write");
}

static void close_notify_follows_an_alert_that_waits(void**) {
  Line line;
  line.fill();
  line.server.ask();
  line.pipe.run();
  line.client.stream->shutdown_write();
  line.read_on();
  EXPECT(line.server.ended, "an end in order");
}

static void nothing_is_sent_behind_close_notify(void**) {
  Line line;
  line.client.stream->shutdown_write();
  const std::size_t writes = line.pipe.a().writes;
  line.server.ask();
  line.server.say("last words");
  line.pipe.run();
  EXPECT(line.pipe.a().writes == writes, "no write to a stream that was shut down for writing");
  EXPECT_TEXT(line.client.received, "last words");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(renegotiation_is_refused_and_the_connection_lives_on),
      cmocka_unit_test(bytes_behind_an_alert_that_waits_are_not_lost),
      cmocka_unit_test(an_alert_that_waits_goes_out_by_itself),
      cmocka_unit_test(record_that_waits_goes_out_once),
      cmocka_unit_test(bytes_behind_a_question_are_read_though_writing_is_blocked),
      cmocka_unit_test(close_notify_follows_an_alert_that_waits),
      cmocka_unit_test(nothing_is_sent_behind_close_notify),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

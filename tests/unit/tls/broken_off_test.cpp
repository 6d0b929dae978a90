// A peer that breaks the handshake off, or speaks another one: what it said is told, though our write failed.

#include "fixture.hpp"

#include "tls/mbedtls_compat.hpp"

using namespace kedge;
using namespace kedge::test;

namespace {

std::string alert(int code) {
  return {21, 3, 3, 0, 2, 2, static_cast<char>(code)};
}

enum class Own : std::uint8_t { none, certificate };

/// A handshake of TLS 1.2 with a server that asks for certificates, and goes while the client's second flight
/// is written, leaving `last_words`. What the client says.
Error broken_off(std::string_view last_words, Own own = Own::none, bool asks = true,
                 std::size_t input_bytes = 64) {
  tls::ServerConfig config;
  if (asks) config.client_ca = World::the_ca().pem_bytes();
  config.tls_1_3 = false;
  World world(config);
  std::vector<std::byte> input(input_bytes);
  tls::Client client(input);
  EXPECT(client.trust(World::the_ca().pem_bytes()).ok(), "the CA");
  if (own == Own::certificate) {
    const Certificate device = make_certificate({.name = "device", .issuer = &World::the_ca()});
    EXPECT(client.set_client_certificate(device.pem_bytes(), device.key_bytes(), world.port).ok(), "a pair");
  }
  StreamPipe pipe;
  std::array<std::byte, 4096> buffer;
  tls::ServerStream server_side(world.server, buffer);
  End server, user;
  server.stream = *server_side.start(pipe.b(), server);
  user.stream = *client.start(pipe.a(), user, "localhost", 443, world.port);
  pipe.a().lose_peer_after(1, last_words);
  pipe.run();
  EXPECT(user.errors == 1 && user.opens == 0, "one error");
  user.stream->close();
  server.stream->close();
  pipe.run();
  return user.error;
}

/// Writes as soon as the line is open; the peer went with these bytes as its last.
struct FirstWriter final : End {
  void on_open() noexcept override {
    End::on_open();
    paused = true;
    below->lose_peer_after(0, last_words);
    EXPECT(stream->write(std::as_bytes(std::span("GET"))).status == IoStatus::error, "a write that fails");
    error = stream->error();
  }
  StreamPipe::End* below = nullptr;
  std::string last_words;
};

/// A handshake of TLS 1.3, of which the client is done before the server has looked at its certificate. What
/// the client's first write says.
Error turned_away(std::string_view last_words, Own own = Own::none) {
  tls::ServerConfig config;
  config.client_ca = World::the_ca().pem_bytes();
  World world(config);
  if (own == Own::certificate) {
    const Certificate device = make_certificate({.name = "device", .issuer = &World::the_ca()});
    EXPECT(world.client().set_client_certificate(device.pem_bytes(), device.key_bytes(), world.port).ok(),
           "a pair");
  }
  StreamPipe pipe;
  std::array<std::byte, 4096> buffer;
  tls::ServerStream server_side(world.server, buffer);
  End server;
  FirstWriter user;
  user.below = &pipe.a();
  user.last_words = last_words;
  server.stream = *server_side.start(pipe.b(), server);
  user.stream = *world.client().start(pipe.a(), user, "localhost", 443, world.port);
  pipe.run();
  EXPECT(user.opens == 1, "the client to be open");
  user.stream->close();
  server.stream->close();
  pipe.run();
  return user.error;
}

void expect_words(const Error& error, std::string_view words) {
  EXPECT_TEXT(error.message(), words);
}

/// What a client says of raw bytes instead of a server's first flight.
Error answered(std::string_view bytes) {
  World world;
  StreamPipe pipe;
  End user;
  user.stream = *world.client().start(pipe.a(), user, "localhost", 443, world.port);
  pipe.a().under_way().append(bytes);
  pipe.run();
  user.stream->close();
  pipe.run();
  return user.error;
}

}  // namespace

static void a_server_that_wants_a_certificate_says_so_though_our_write_failed(void**) {
  for (const int code : {40, 42, 43, 46, 49, 116}) {
    const Error error = broken_off(alert(code));
    expect_words(error, "the server wants a certificate of ours, and none is set (TLS alert " +
                            std::to_string(code) + ")");
    EXPECT(error.kind() == ErrorKind::tls && !tls_failure_is_verification(error), "an error that may pass");
  }
}

static void what_has_nothing_to_do_with_certificates_keeps_its_words(void**) {
  expect_words(broken_off(alert(51)),
               "the server sent TLS alert 51, decrypt error: a signature or the Finished did not verify");
  expect_words(broken_off(alert(80), Own::none, false), "the server sent TLS alert 80, internal error");
  EXPECT(broken_off(alert(42), Own::none, false).message().find("none is set") == std::string_view::npos,
         "nobody asked for a certificate");
}

static void a_server_that_refuses_our_certificate_says_so_though_our_write_failed(void**) {
  expect_words(broken_off(alert(42), Own::certificate),
               "the server sent TLS alert 42, bad certificate: it refuses our certificate");
  expect_words(broken_off(alert(48), Own::certificate),
               "the server sent TLS alert 48, unknown CA: it does not trust who issued our certificate");
}

static void what_arrived_before_a_write_failed_can_be_read(void**) {
  World world;
  Connection line(world.client(), world.server, world.port);
  EXPECT(line.open(), "a line");
  line.server.send("the last words");
  std::string record;
  record.swap(line.pipe.a().under_way());
  line.pipe.a().lose_peer_after(0, record);
  EXPECT(line.client.stream->write(std::as_bytes(std::span("x"))).status == IoStatus::error,
         "a failed write");
  std::array<std::byte, 100> into;
  const IoResult read = line.client.stream->read(into);
  EXPECT(read.status == IoStatus::ok, "something to read, without an event");
  EXPECT_TEXT(std::string_view(reinterpret_cast<const char*>(into.data()), read.bytes), "the last words");
}

static void an_alert_is_found_in_any_buffer_and_behind_other_records(void**) {
  const std::string other{22, 3, 3, 0, 4, 0, 0, 0, 0};
  const std::string warning{21, 3, 3, 0, 2, 1, 100};
  for (const std::size_t input : {1U, 7U, 4096U}) {
    const Error error = broken_off(other + warning + alert(42), Own::certificate, true, input);
    expect_words(error, "the server sent TLS alert 42, bad certificate: it refuses our certificate");
  }
}

static void without_an_alert_the_lines_own_error_is_told_or_that_a_certificate_was_asked_for(void**) {
  for (std::size_t size = 0; size < 7; ++size) {
    const std::string cut = alert(42).substr(0, size);
    expect_words(broken_off(cut, Own::certificate), "connection reset by peer");
    expect_words(broken_off(cut),
                 "the server ended the TLS handshake: it asked for a certificate of ours, and "
                 "none is set");
  }
  // Under the handshake's keys an alert cannot be read, and a record of another length is none.
  expect_words(broken_off({"\x17\3\3\0\2\2\x2A", 7}, Own::certificate), "connection reset by peer");
  expect_words(broken_off({"\x15\3\3\0\3\2\x2A\0", 8}, Own::certificate), "connection reset by peer");
  expect_words(broken_off({"\x15\3\3\0\0", 5}, Own::certificate), "connection reset by peer");
}

static void with_tls_1_3_the_first_write_tells_what_the_server_has_said(void**) {
  if (!tls::compat::has_tls_1_3) {
    print_message("skipped: this mbedTLS has no TLS 1.3\n");
    skip();
  }
  expect_words(turned_away(""),
               "the server ended the TLS handshake: it asked for a certificate of ours, and none is set");
  expect_words(turned_away("", Own::certificate), "connection reset by peer");
  // A refusal under keys that are over by then: mbedTLS 3.6 sends it so (its issue 10877).
  const std::string refusal = std::string("\x17\3\3\0\x18", 5) + std::string(24, 'x');
  for (const Own own : {Own::none, Own::certificate}) {
    expect_words(turned_away(refusal, own),
                 "the server's first TLS record does not verify: it may be refusing our certificate, or that "
                 "there is none");
  }
}

static void a_server_of_another_version_is_told_what_we_lack(void**) {
  expect_words(answered(alert(70)), tls::compat::has_tls_1_3
                                        ? "the server sent TLS alert 70, protocol version: it does not speak "
                                          "TLS 1.2 or later"
                                        : "the server sent TLS alert 70, protocol version: it does not speak "
                                          "TLS 1.2, or wants 1.3, which this mbedTLS lacks");
}

static void plain_text_is_told_at_its_first_byte(void**) {
  for (const std::string_view text : {"S", "H", "2", "{", "\n"}) {
    expect_words(answered(text), "the server does not speak TLS: check the port, or use ws://");
  }
  expect_words(answered(std::string_view("\0", 1)),
               "the server does not speak TLS: check the port, or use ws://");
}

static void a_handshake_message_beyond_the_limit_is_named(void**) {
  // A ServerHello of 65,536 bytes begins, and goes on: mbedTLS 3.6 waits until there is no room for more.
  const std::string record{22, 3, 3, 0x40, 0};
  const std::string begins = record + std::string{2, 1, 0, 0} + std::string(16380, 'x');
  const Error error = answered(begins + record + std::string(16384, 'x'));
  EXPECT(error.message().find("16384 bytes") != std::string_view::npos, "the limit");
  EXPECT(error.message().size() < Error::message_max, "words that are not cut");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_server_that_wants_a_certificate_says_so_though_our_write_failed),
      cmocka_unit_test(what_has_nothing_to_do_with_certificates_keeps_its_words),
      cmocka_unit_test(a_server_that_refuses_our_certificate_says_so_though_our_write_failed),
      cmocka_unit_test(what_arrived_before_a_write_failed_can_be_read),
      cmocka_unit_test(an_alert_is_found_in_any_buffer_and_behind_other_records),
      cmocka_unit_test(without_an_alert_the_lines_own_error_is_told_or_that_a_certificate_was_asked_for),
      cmocka_unit_test(with_tls_1_3_the_first_write_tells_what_the_server_has_said),
      cmocka_unit_test(a_server_of_another_version_is_told_what_we_lack),
      cmocka_unit_test(plain_text_is_told_at_its_first_byte),
      cmocka_unit_test(a_handshake_message_beyond_the_limit_is_named),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

// Session resumption, and everything that must prevent it.

#include "fixture.hpp"
#include "tls/mbedtls_compat.hpp"

using namespace kedge;
using namespace kedge::test;

namespace {

/// Connects and says whether the session was resumed; fails the test when both ends disagree.
bool resumes(World& world, std::string_view host = "localhost", std::uint16_t tcp_port = 443) {
  const auto client_before = world.client().handshakes();
  const auto server_before = world.server.handshakes();
  Connection line(world.client(), world.server, world.port, host, tcp_port);
  EXPECT(line.open(), "the connection to open");
  line.client.send("ping");
  line.pipe.run();
  EXPECT_TEXT(line.server.received, "ping");
  const auto resumed = world.client().handshakes().resumed - client_before.resumed;
  EXPECT(world.server.handshakes().resumed - server_before.resumed == resumed, "both ends to agree");
  EXPECT(world.client().handshakes().full - client_before.full == 1 - resumed, "one handshake to be counted");
  return resumed == 1;
}

/// What the server of the tests speaks at most.
bool tls_1_3 = false;

tls::ServerConfig spoken(tls::ServerConfig config = {}) {
  config.tls_1_3 = tls_1_3;
  return config;
}

/// A world whose client holds a session for localhost:443.
struct Resuming : World {
  explicit Resuming(const tls::ServerConfig& config = {}) : World(spoken(config)) {}
  Resuming(const tls::ServerConfig& config, const Certificate& certificate)
      : World(spoken(config), certificate) {}
  void warm_up() {
    EXPECT(!resumes(*this), "the first handshake to be a full one");
    EXPECT(resumes(*this), "the second to be resumed");
  }
};

}  // namespace

static void tickets_resume_again_and_again(void**) {
  Resuming world;
  world.warm_up();
  EXPECT(resumes(world), "the third to be resumed too");
  EXPECT(world.client().saved_session_bytes() <= tls::session_bytes_max, "a bounded session");
}

static void session_ids_resume_where_there_are_no_tickets(void**) {
  tls::ServerConfig config;
  config.tickets = false;
  config.cached_sessions_max = 8;
  Resuming world(config);
  if (!tls_1_3) return world.warm_up();
  // RFC 8446 section 2.2 has done away with them.
  EXPECT(!resumes(world) && !resumes(world), "TLS 1.3 to resume by tickets alone");
}

static void ticket_is_used_once_and_followed_by_another(void**) {
  Resuming world;
  EXPECT(!resumes(world), "a full handshake");
  const std::size_t ticket = world.client().saved_session_bytes();
  EXPECT(ticket != 0, "a session");
  StreamPipe pipe;
  std::array<std::byte, 4096> buffer;
  End user, peer;
  tls::ServerStream server(world.server, buffer);
  peer.stream = *server.start(pipe.b(), peer);
  user.stream = *world.client().start(pipe.a(), user, "localhost", 443, world.port);
  // The client is done before the server, whose ticket comes behind.
  user.paused = true;
  pipe.run();
  EXPECT(user.opens == 1 && world.client().handshakes().resumed == 1, "a resumed handshake");
  EXPECT((world.client().saved_session_bytes() == 0) == tls_1_3,
         "TLS 1.3's ticket to be spent (RFC 8446 appendix C.4), TLS 1.2's session to be kept");
  user.read_all();
  EXPECT(world.client().saved_session_bytes() != 0, "another");
  user.stream->close();
  peer.stream->close();
  pipe.run();
  EXPECT(resumes(world), "which resumes");
}

static void ticket_that_comes_after_a_change_of_settings_is_not_kept(void**) {
  if (!tls_1_3) {
    print_message("skipped: TLS 1.2 sends its ticket inside the handshake\n");
    skip();
  }
  Resuming world;
  StreamPipe pipe;
  std::array<std::byte, 4096> buffer;
  End user, peer;
  tls::ServerStream server(world.server, buffer);
  peer.stream = *server.start(pipe.b(), peer);
  user.stream = *world.client().start(pipe.a(), user, "localhost", 443, world.port);
  user.paused = true;
  pipe.run();
  EXPECT(user.opens == 1, "the connection to open");
  EXPECT(world.client().trust(world.the_ca().pem_bytes()).ok(), "new trust while the old is in use");
  user.read_all();
  EXPECT(world.client().saved_session_bytes() == 0, "no session verified by rules no longer in force");
  user.stream->close();
  peer.stream->close();
  pipe.run();
}

static void without_tickets_and_cache_every_handshake_is_full(void**) {
  tls::ServerConfig config;
  config.tickets = false;
  Resuming world(config);
  EXPECT(!resumes(world) && !resumes(world), "nothing to resume");
}

static void session_saved_for_one_name_is_not_used_for_another(void**) {
  Resuming world;
  world.warm_up();
  EXPECT(!resumes(world, "gate.example"), "another name to need a full handshake");
  EXPECT(!resumes(world, "localhost"), "the change of name to have wiped the first session");
}

static void session_for_a_good_name_does_not_open_a_bad_one(void**) {
  Resuming world;
  world.warm_up();
  Connection line(world.client(), world.server, world.port, "other.example");
  EXPECT(tls_failure_is_verification(line.client.error), "the name to be verified, session or not");
}

static void session_is_not_used_for_another_port(void**) {
  Resuming world;
  world.warm_up();
  EXPECT(!resumes(world, "localhost", 444), "another port to need a full handshake");
}

static void change_of_trust_wipes_the_session(void**) {
  Resuming world;
  world.warm_up();
  EXPECT(world.client().trust(world.the_ca().pem_bytes()).ok(), "the same trust again");
  EXPECT(world.client().saved_session_bytes() == 0, "the session to be gone at once");
  EXPECT(!resumes(world), "a full handshake");
  world.client().trust_pin({tls::Pin::Of::certificate, world.the_ca().sha256()});
  EXPECT(world.client().saved_session_bytes() == 0, "a pin to wipe it too");
}

static void server_no_longer_trusted_is_refused_in_spite_of_its_session(void**) {
  Resuming world;
  world.warm_up();
  const Certificate other = make_ca("other");
  EXPECT(world.client().trust(other.der).ok(), "another CA");
  Connection line(world.client(), world.server, world.port);
  EXPECT(tls_failure_is_verification(line.client.error), "the old server to be unknown now");
}

static void change_of_client_certificate_wipes_the_session(void**) {
  Resuming world;
  const Certificate own = make_certificate({.name = "device", .issuer = &world.the_ca()});
  world.warm_up();
  EXPECT(world.client().set_client_certificate(own.pem_bytes(), own.key_bytes(), world.port).ok(), "a pair");
  EXPECT(world.client().saved_session_bytes() == 0 && !resumes(world), "a full handshake");
  world.client().clear_client_certificate();
  EXPECT(world.client().saved_session_bytes() == 0 && !resumes(world), "a full handshake again");
}

static void skipping_verification_shares_no_session_with_verifying(void**) {
  Resuming world;
  world.client().insecure_skip_verify(true);
  world.warm_up();
  world.client().insecure_skip_verify(false);
  EXPECT(!resumes(world), "an unverified session not to become a verified one");
  world.client().insecure_skip_verify(false);
  EXPECT(resumes(world), "a setting that is set to what it was to change nothing");
}

static void change_of_date_policy_wipes_the_session(void**) {
  Resuming world;
  world.warm_up();
  world.client().set_date_policy(tls::DatePolicy::build_time(WallTime{}));
  EXPECT(!resumes(world), "a full handshake");
}

static void session_ends_with_the_certificate_it_was_verified_with(void**) {
  Resuming world(tls::ServerConfig{}, make_certificate({.dns_names = {"localhost"},
                                                        .not_after = "20270101000000",
                                                        .issuer = &World::the_ca()}));
  world.warm_up();
  EXPECT(resumes(world), "the third to be resumed too, with the date of the first");
  world.port.wall = std::chrono::sys_days{std::chrono::year{2027} / 1 / 2};
  Connection line(world.client(), world.server, world.port);
  EXPECT(line.client.error.message().find("valid until 2027-01-01") != std::string_view::npos,
         "the certificate to be looked at again");
}

static void what_is_resumed_tells_of_the_certificate_it_began_with(void**) {
  const std::string ends = "20270101000000";
  Resuming world(
      tls::ServerConfig{},
      make_certificate({.dns_names = {"localhost"}, .not_after = ends, .issuer = &World::the_ca()}));
  EXPECT(!world.client().peer_certificate_expires(), "nothing before the first");
  world.warm_up();
  const WallTime expected = std::chrono::sys_days{std::chrono::year{2027} / 1 / 1};
  EXPECT(world.client().peer_certificate_expires() == expected, "the certificate of the first");
}

static void failed_handshake_wipes_the_session(void**) {
  Resuming world;
  world.warm_up();
  {
    StreamPipe pipe;
    End user;
    const auto started = world.client().start(pipe.a(), user, "localhost", 443, world.port);
    EXPECT(started.ok(), "a start");
    pipe.b().close();
    pipe.run();
    EXPECT(user.errors == 1 && world.client().saved_session_bytes() == 0, "no session after a failure");
    (*started)->close();
    pipe.run();
  }
  EXPECT(!resumes(world), "a full handshake");
}

static void settings_changed_during_a_handshake_leave_no_session_behind(void**) {
  Resuming world;
  StreamPipe pipe;
  std::array<std::byte, 512> buffer;
  End user, peer;
  tls::ServerStream server(world.server, buffer);
  EXPECT(server.start(pipe.b(), peer).ok(), "the server to wait");
  const auto started = world.client().start(pipe.a(), user, "localhost", 443, world.port);
  user.stream = *started;
  const Certificate other = make_ca("other");
  EXPECT(world.client().trust(other.der).ok(), "new trust while the old is in use");
  pipe.run();
  EXPECT(user.opens == 1, "the connection to keep what it began with");
  EXPECT(world.client().saved_session_bytes() == 0, "no session under rules that are no longer in force");
  (*started)->close();
  pipe.b().close();
  pipe.run();
}

static void wiping_by_hand_forgets(void**) {
  Resuming world;
  world.warm_up();
  world.client().wipe_session();
  EXPECT(world.client().saved_session_bytes() == 0 && !resumes(world), "a full handshake");
}

static void another_servers_ticket_key_means_a_full_handshake(void**) {
  Resuming world;
  world.warm_up();
  const Certificate again = make_server_certificate(world.the_ca());
  tls::Server restarted(world.port);
  EXPECT(restarted.configure(spoken({.certificate = again.pem_bytes(), .key = again.key_bytes()})).ok(),
         "a restart");
  Connection line(world.client(), restarted, world.port);
  EXPECT(line.open() && restarted.handshakes().full == 1, "a full handshake, without an error");
}

static void the_servers_date_is_that_of_the_last_handshake_that_was_completed(void**) {
  Resuming world;
  world.warm_up();
  const auto before = world.client().peer_certificate_expires();
  const auto connect = [&world](std::string not_after) {
    const Certificate other = make_certificate(
        {.dns_names = {"localhost"}, .not_after = std::move(not_after), .issuer = &World::the_ca()});
    tls::Server server(world.port);
    EXPECT(server.configure(spoken({.certificate = other.pem_bytes(), .key = other.key_bytes()})).ok(), "");
    return Connection(world.client(), server, world.port).open();
  };
  EXPECT(!connect("20210101000000"), "one that has expired to be refused");
  EXPECT(before && world.client().peer_certificate_expires() == before, "nothing new");
  world.client().insecure_skip_verify(true);
  EXPECT(connect("20210101000000"), "no look at dates");
  const WallTime past = std::chrono::sys_days{std::chrono::year{2021} / 1 / 1};
  EXPECT(world.client().peer_certificate_expires() == past, "that of the one that was let pass");
  world.client().insecure_skip_verify(false);
  EXPECT(connect("20280229120001"), "another");
  const WallTime later = std::chrono::sys_days{std::chrono::year{2028} / 2 / 29} + std::chrono::hours{12} +
                         std::chrono::seconds{1};
  EXPECT(world.client().peer_certificate_expires() == later, "its own");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(tickets_resume_again_and_again),
      cmocka_unit_test(session_ids_resume_where_there_are_no_tickets),
      cmocka_unit_test(ticket_is_used_once_and_followed_by_another),
      cmocka_unit_test(ticket_that_comes_after_a_change_of_settings_is_not_kept),
      cmocka_unit_test(without_tickets_and_cache_every_handshake_is_full),
      cmocka_unit_test(session_saved_for_one_name_is_not_used_for_another),
      cmocka_unit_test(session_for_a_good_name_does_not_open_a_bad_one),
      cmocka_unit_test(session_is_not_used_for_another_port),
      cmocka_unit_test(change_of_trust_wipes_the_session),
      cmocka_unit_test(server_no_longer_trusted_is_refused_in_spite_of_its_session),
      cmocka_unit_test(change_of_client_certificate_wipes_the_session),
      cmocka_unit_test(skipping_verification_shares_no_session_with_verifying),
      cmocka_unit_test(change_of_date_policy_wipes_the_session),
      cmocka_unit_test(session_ends_with_the_certificate_it_was_verified_with),
      cmocka_unit_test(what_is_resumed_tells_of_the_certificate_it_began_with),
      cmocka_unit_test(failed_handshake_wipes_the_session),
      cmocka_unit_test(settings_changed_during_a_handshake_leave_no_session_behind),
      cmocka_unit_test(wiping_by_hand_forgets),
      cmocka_unit_test(another_servers_ticket_key_means_a_full_handshake),
      cmocka_unit_test(the_servers_date_is_that_of_the_last_handshake_that_was_completed),
  };
  const int failed = cmocka_run_group_tests_name("TLS 1.2", tests, nullptr, nullptr);
  if (!tls::compat::has_tls_1_3) {
    print_message("TLS 1.3 is left out: this mbedTLS does not have it\n");
    return failed;
  }
  tls_1_3 = true;
  return failed + cmocka_run_group_tests_name("TLS 1.3", tests, nullptr, nullptr);
}

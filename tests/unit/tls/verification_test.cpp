// Which certificates a client accepts, and what it says about the others.

#include "fixture.hpp"

#include "tls/credentials.hpp"
#include "tls/verifier.hpp"

using namespace kedge;
using namespace kedge::test;

namespace {

constexpr tls::ServerConfig defaults{};

std::string_view refusal(World& world, std::string_view host, Error& error) {
  Connection line(world.client(), world.server, world.port, host);
  EXPECT(line.client.opens == 0 && line.client.errors == 1, "the handshake to fail, once");
  error = line.client.error;
  EXPECT(tls_failure_is_verification(error), "a refused certificate to be known as one");
  EXPECT(world.client().saved_session_bytes() == 0, "no session of a refused server");
  return error.message();
}

bool accepts(World& world, std::string_view host) {
  Connection line(world.client(), world.server, world.port, host);
  return line.open();
}

Certificate issued(CertificateSpec spec) {
  if (spec.issuer == nullptr) spec.issuer = &World::the_ca();
  if (spec.dns_names.empty()) spec.dns_names = {"localhost"};
  return make_certificate(spec);
}

/// The first one, with all of them as what is sent.
Certificate chain(const std::vector<Certificate>& certificates) {
  Certificate sent = certificates.front();
  for (std::size_t i = 1; i < certificates.size(); ++i) sent.pem += certificates[i].pem;
  return sent;
}

}  // namespace

static void names_and_addresses_of_the_certificate_are_accepted(void**) {
  World world;
  for (const auto* host : {"localhost", "gate.example", "gate.example.", "GATE.example", "127.0.0.1", "::1",
                           "0:0:0:0:0:0:0:1", "::1%lo"}) {
    EXPECT(accepts(world, host), host);
  }
}

static void another_host_is_refused_by_name(void**) {
  World world;
  Error error;
  EXPECT_TEXT(refusal(world, "other.example", error),
              "the server's certificate is for another host, not for other.example");
  EXPECT_TEXT(refusal(world, "127.0.0.2", error),
              "the server's certificate is for another host, not for 127.0.0.2");
  EXPECT_TEXT(refusal(world, "::2", error), "the server's certificate is for another host, not for ::2");
}

static void an_address_in_a_name_field_is_no_address(void**) {
  World world(defaults, issued({.name = "127.0.0.1", .dns_names = {"127.0.0.1"}}));
  Error error;
  (void)refusal(world, "127.0.0.1", error);
  EXPECT(error.message().find("another host") != std::string_view::npos, "a dNSName not to count as address");
}

static Error bad_date(World& world) {
  Connection line(world.client(), world.server, world.port);
  EXPECT(!line.open(), "no connection");
  return line.client.error;
}

static void certificate_whose_time_is_over_or_yet_to_come_is_refused_with_both_clocks_and_may_pass(void**) {
  World expired(defaults, issued({.not_after = "20260614235959"}));
  Error error = bad_date(expired);
  EXPECT_TEXT(error.message(),
              "the server's certificate was valid until 2026-06-14 23:59 UTC, and this device's clock says "
              "2026-06-15 00:00");
  EXPECT(error.kind() == ErrorKind::tls && error.layer_code() == tls_certificate_dates, "by its code");
  EXPECT(!tls_failure_is_verification(error), "retryable: the clock may be wrong");

  World future(defaults, issued({.not_before = "20261129120000"}));
  future.port.wall = WallTime{};
  error = bad_date(future);
  EXPECT_TEXT(error.message(),
              "the server's certificate is valid from 2026-11-29 12:00 UTC, and this device's clock says "
              "1970-01-01 00:00");
  EXPECT(!tls_failure_is_verification(error), "retryable: NTP comes seconds later");
}

static void what_is_wrong_beside_a_date_is_told_and_is_no_matter_of_the_clock(void**) {
  World world(defaults, issued({.dns_names = {"other.example"}, .not_after = "20260614235959"}));
  const Error error = bad_date(world);
  EXPECT(error.message().find("for another host") != std::string_view::npos, "the name that no clock mends");
  EXPECT(tls_failure_is_verification(error), "a failure to verify");
}

static void dates_are_judged_by_the_ports_clock_and_not_by_libc(void**) {
  // Valid only in 2030, or until 2001: libc's clock would refuse both.
  World future(defaults, issued({.not_before = "20990101000000"}));
  future.port.wall = std::chrono::sys_days{std::chrono::year{2099} / 6 / 1};
  EXPECT(accepts(future, "localhost"), "2099 to be now");
  World past(defaults, issued({.not_after = "20210101000000"}));
  past.port.wall = std::chrono::sys_days{std::chrono::year{2020} / 6 / 1};
  EXPECT(accepts(past, "localhost"), "2020 to be now");
}

static void device_without_clock_and_floor_cannot_verify_and_says_so(void**) {
  World world;
  world.port.wall.reset();
  Connection line(world.client(), world.server, world.port);
  EXPECT(line.client.stream == nullptr, "start to fail");
  EXPECT_TEXT(line.client.error.message(),
              "this device does not know the time: set its clock, or give DatePolicy a floor");
  EXPECT(!tls_failure_is_verification(line.client.error), "a clock may yet come: retryable");
}

static void floor_judges_the_end_only(void**) {
  const WallTime built = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1};
  World current(defaults, issued({.not_before = "20260301000000"}));
  current.client().set_date_policy(tls::DatePolicy::build_time(built));
  current.port.wall.reset();
  EXPECT(accepts(current, "localhost"), "not_before not to be judged without a clock");

  World old(defaults, issued({.not_after = "20251231235959"}));
  old.client().set_date_policy(tls::DatePolicy::build_time(built));
  old.port.wall.reset();
  constexpr std::string_view words =
      "the server's certificate was valid until 2025-12-31 23:59 UTC, and it is 2026-01-01 00:00 or later "
      "(no clock)";
  EXPECT_TEXT(bad_date(old).message(), words);
  old.port.wall = WallTime{};  // 1970: a clock that was never set
  EXPECT_TEXT(bad_date(old).message(), words);
}

static void self_signed_and_unknown_ca_are_told_apart(void**) {
  World self(defaults, make_certificate({.dns_names = {"localhost"}}));
  Error error;
  EXPECT_TEXT(refusal(self, "localhost", error),
              "the server's certificate is self-signed and not trusted: give it as a trusted CA, or pin it");
  const Certificate other = make_ca("another CA");
  World unknown(defaults, issued({.issuer = &other}));
  EXPECT_TEXT(
      refusal(unknown, "localhost", error),
      "unknown CA: not trusted, and the server may not send it or sends it in the wrong order: another CA");
  World root_sent(defaults, chain({issued({.issuer = &other}), other}));
  EXPECT_TEXT(refusal(root_sent, "localhost", error),
              "the server's certificate comes from an unknown CA, trust it: another CA");
}

static void the_issuer_that_a_chain_lacks_is_named(void**) {
  const Certificate upper = make_certificate({.name = "upper", .ca = true, .issuer = &World::the_ca()});
  const Certificate lower = make_certificate({.name = "lower", .ca = true, .issuer = &upper});
  const Certificate leaf = issued({.issuer = &lower});
  World whole(defaults, chain({leaf, lower, upper}));
  EXPECT(accepts(whole, "localhost"), "the whole chain, in its order");
  const std::string_view lacks =
      "unknown CA: not trusted, and the server may not send it or sends it in the wrong order: ";
  struct {
    std::vector<Certificate> sent;
    std::string words;
  } const cases[] = {
      {{leaf}, std::string(lacks) + "lower"},
      {{leaf, lower}, std::string(lacks) + "upper"},
      {{leaf, upper}, std::string(lacks) + "lower"},
      {{leaf, upper, lower},
       "the server sends its certificates in the wrong order, this issuer too early: upper"},
      {{leaf, World::the_ca(), upper, lower},
       "the server sends its certificates in the wrong order, this issuer too early: upper"},
  };
  for (const auto& test : cases) {
    World world(defaults, chain(test.sent));
    Error error;
    EXPECT_TEXT(refusal(world, "localhost", error), test.words);
    EXPECT(tls_failure_is_verification(error), "a refused certificate");
  }
}

static void an_issuer_that_is_sent_early_but_may_not_sign_is_no_matter_of_order(void**) {
  const Certificate impostor = make_certificate({.name = "lower", .ca = true, .issuer = &World::the_ca()});
  const Certificate upper = make_certificate({.name = "upper", .ca = true, .issuer = &World::the_ca()});
  const Certificate real = make_certificate({.name = "lower", .ca = true, .issuer = &upper});
  World world(defaults, chain({issued({.issuer = &real}), impostor}));
  Error error;
  EXPECT(refusal(world, "localhost", error).find("unknown CA") != std::string_view::npos,
         "the signature to count, not the name");
}

static void a_name_that_the_peer_chose_is_printed_without_its_control_characters(void**) {
  const Certificate odd = make_ca("a\x1B[31mb\xC3\xA9" + std::string(60, 'z'));
  World world(defaults, issued({.issuer = &odd}));
  Error error;
  const std::string words(refusal(world, "localhost", error));
  EXPECT(words.find("a?[31mb??zzz") != std::string::npos, "question marks for them");
  EXPECT(words.size() <= Error::message_max, "and cut at its end");
}

static void ca_of_the_same_name_with_another_key_is_unknown(void**) {
  const Certificate impostor = make_ca(World::the_ca().name);
  World world(defaults, issued({.issuer = &impostor}));
  Error error;
  EXPECT(refusal(world, "localhost", error).find("unknown CA") != std::string_view::npos,
         "the signature to count, not the name");
}

static void self_signed_certificate_may_be_trusted_itself(void**) {
  const Certificate own = make_certificate({.dns_names = {"localhost"}});
  World world(defaults, own);
  EXPECT(world.client().trust(own.der).ok(), "DER to be read");
  EXPECT(accepts(world, "localhost"), "the server's own certificate as trust");
}

static void pinned_leaf_is_accepted_and_no_other(void**) {
  const Certificate leaf = issued({});
  const Certificate other = issued({});
  for (const auto of : {tls::Pin::Of::certificate, tls::Pin::Of::public_key}) {
    const bool whole = of == tls::Pin::Of::certificate;
    World world(defaults, leaf);
    world.client().trust_pin({of, whole ? leaf.sha256() : leaf.public_key_sha256()});
    EXPECT(accepts(world, "localhost"), "the pinned certificate");
    Error error;
    EXPECT(refusal(world, "other.example", error).find("another host") != std::string_view::npos,
           "a pinned certificate to need the right name still");
    world.client().trust_pin({of, whole ? other.sha256() : other.public_key_sha256()});
    EXPECT_TEXT(
        refusal(world, "localhost", error),
        "the server's certificate is not the pinned one, nor issued by it: renew the pin if it changed");
  }
}

static void pinned_issuer_counts_only_with_a_good_signature(void**) {
  const Certificate middle = make_certificate({.name = "middle", .ca = true, .issuer = &World::the_ca()});
  Certificate leaf = issued({.issuer = &middle});
  leaf.pem += middle.pem;
  World world(defaults, leaf);
  world.client().trust_pin({tls::Pin::Of::certificate, middle.sha256()});
  EXPECT(accepts(world, "localhost"), "a leaf that the pinned CA signed");

  // The attacker sends the pinned CA's certificate, and a leaf that only claims to be of it.
  const Certificate impostor = make_ca("middle");
  Certificate forged = issued({.issuer = &impostor});
  forged.pem += middle.pem;
  World attack(defaults, forged);
  attack.client().trust_pin({tls::Pin::Of::certificate, middle.sha256()});
  Error error;
  EXPECT(refusal(attack, "localhost", error).find("not the pinned one") != std::string_view::npos,
         "a forged signature to be refused");
}

static void expired_leaf_under_a_pin_is_refused(void**) {
  const Certificate leaf = issued({.not_after = "20260101000000"});
  World world(defaults, leaf);
  world.client().trust_pin({tls::Pin::Of::certificate, leaf.sha256()});
  EXPECT(bad_date(world).layer_code() == tls_certificate_dates, "dates under a pin");
}

static void skipping_verification_accepts_anything_and_is_logged(void**) {
  World world(defaults, make_certificate({.name = "x", .not_after = "20210101000000"}));
  static std::string logged;
  logged.clear();
  world.client().set_log([](const LogRecord& record) noexcept {
    logged = std::string(to_string(record.level)) + " " + std::string(record.peer) + " " +
             std::string(record.message);
  });
  world.client().insecure_skip_verify(true);
  world.port.wall.reset();
  EXPECT(accepts(world, "anything"), "no verification");
  EXPECT_TEXT(logged,
              "warning anything:443 insecure_skip_verify: this TLS connection is open to anyone on the line");
  logged.clear();
  world.port.wall = ClockPort().wall;
  world.client().insecure_skip_verify(false);
  Error error;
  (void)refusal(world, "anything", error);
  EXPECT_TEXT(logged, "");
}

static void hosts_that_cannot_be_verified_are_refused_at_once(void**) {
  World world;
  for (const std::string& host :
       {std::string(), std::string("."), std::string("a b"), std::string("evil\0.x", 7),
        std::string("\xC3\xA4.example"), std::string(254, 'a')}) {
    Connection line(world.client(), world.server, world.port, host);
    EXPECT(line.client.error.kind() == ErrorKind::config, "a host that is no host to be a config error");
  }
}

static void client_without_trust_does_not_start(void**) {
  World world;
  tls::ClientStorage<> bare;
  Connection line(bare.client, world.server, world.port);
  EXPECT_TEXT(line.client.error.message(),
              "TLS: nothing is trusted: give a CA, a pin, or the system's bundle");
}

// mbedTLS says "not trusted" of a signature that it had no memory to check.
static void a_good_signature_that_is_not_trusted_is_memory_that_ran_out(void**) {
  const auto refused = [](const Certificate& shown, const Certificate& trusted) {
    tls::Certificates chain, ca;
    constexpr auto strict = tls::Strictness::every_one;
    EXPECT(chain.parse(shown.pem_bytes(), strict).ok() && ca.parse(trusted.pem_bytes(), strict).ok(),
           "certificates");
    tls::Verifier verifier;
    World world;
    tls::VerifyRules rules;
    rules.dates = tls::DateJudge({}, world.port.wall_time());
    rules.trusted = ca.get();
    verifier.begin(rules);
    std::uint32_t flags = MBEDTLS_X509_BADCERT_NOT_TRUSTED;
    EXPECT(tls::Verifier::callback(&verifier, chain.get(), 0, &flags) == 0, "a verdict");
    EXPECT((flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED) != 0, "it to stay refused");
    return verifier.explain(flags, tls::Role::client, "localhost");
  };
  const Certificate ca = make_ca(), other = make_ca();
  const Certificate no_ca = make_certificate({.name = ca.name});
  EXPECT_TEXT(refused(issued({.issuer = &ca}), ca).message(), "out of memory for TLS");
  EXPECT(!tls_failure_is_verification(refused(issued({.issuer = &ca}), ca)),
         "another attempt to be worth it");
  EXPECT(tls_failure_is_verification(refused(issued({.issuer = &ca}), other)), "a CA of the same name");
  EXPECT(tls_failure_is_verification(refused(issued({.issuer = &no_ca}), no_ca)), "an issuer that is no CA");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_good_signature_that_is_not_trusted_is_memory_that_ran_out),
      cmocka_unit_test(names_and_addresses_of_the_certificate_are_accepted),
      cmocka_unit_test(another_host_is_refused_by_name),
      cmocka_unit_test(an_address_in_a_name_field_is_no_address),
      cmocka_unit_test(
          certificate_whose_time_is_over_or_yet_to_come_is_refused_with_both_clocks_and_may_pass),
      cmocka_unit_test(what_is_wrong_beside_a_date_is_told_and_is_no_matter_of_the_clock),
      cmocka_unit_test(dates_are_judged_by_the_ports_clock_and_not_by_libc),
      cmocka_unit_test(device_without_clock_and_floor_cannot_verify_and_says_so),
      cmocka_unit_test(floor_judges_the_end_only),
      cmocka_unit_test(self_signed_and_unknown_ca_are_told_apart),
      cmocka_unit_test(the_issuer_that_a_chain_lacks_is_named),
      cmocka_unit_test(an_issuer_that_is_sent_early_but_may_not_sign_is_no_matter_of_order),
      cmocka_unit_test(a_name_that_the_peer_chose_is_printed_without_its_control_characters),
      cmocka_unit_test(ca_of_the_same_name_with_another_key_is_unknown),
      cmocka_unit_test(self_signed_certificate_may_be_trusted_itself),
      cmocka_unit_test(pinned_leaf_is_accepted_and_no_other),
      cmocka_unit_test(pinned_issuer_counts_only_with_a_good_signature),
      cmocka_unit_test(expired_leaf_under_a_pin_is_refused),
      cmocka_unit_test(skipping_verification_accepts_anything_and_is_logged),
      cmocka_unit_test(hosts_that_cannot_be_verified_are_refused_at_once),
      cmocka_unit_test(client_without_trust_does_not_start),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

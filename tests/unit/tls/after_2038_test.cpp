// TLS on a machine whose clock has passed 2038-01-19: our own calendar goes on, and what mbedTLS asks of libc
// (which may answer with no time at all, where its time_t has 32 bits) does no harm.

#include "fixture.hpp"
#include "support/libc_clock.hpp"
#include "tls/mbedtls_compat.hpp"

using namespace kedge;
using namespace kedge::test;

namespace {

constexpr std::int64_t day_s = 24 * 60 * 60;
bool tls_1_3 = false;

tls::ServerConfig spoken(tls::ServerConfig config = {}) {
  config.tls_1_3 = tls_1_3;
  return config;
}

Certificate server_certificate(const char* not_before, const char* not_after) {
  return make_certificate({.dns_names = {"localhost"},
                           .not_before = not_before,
                           .not_after = not_after,
                           .issuer = &World::the_ca()});
}

/// A world in which it is that many seconds after 1970, for us and for libc.
struct Later : World {
  explicit Later(std::int64_t seconds, const tls::ServerConfig& config = {},
                 const Certificate& certificate = server_certificate("20390101000000", "20610101000000"))
      : World(spoken(config), certificate) {
    set(seconds);
  }
  void set(std::int64_t seconds) {
    port.wall = WallTime(std::chrono::seconds(seconds));
    libc_seconds = seconds;
  }
  bool connects() {
    Connection line(client(), server, port);
    failure = std::string(line.client.error.message());
    if (!line.open()) return false;
    line.client.send("ping");
    line.pipe.run();
    return line.server.received == "ping";
  }
  bool resumes() {
    const auto before = client().handshakes().resumed;
    EXPECT(connects(), failure.c_str());
    return client().handshakes().resumed == before + 1;
  }
  std::string failure;
};

constexpr std::int64_t year_2040 = 2'208'988'800;
constexpr std::int64_t year_2060 = 2'840'140'800;

void certificates_of_later_years_are_taken(void**) {
  EXPECT(Later(year_2040).connects() && Later(year_2060).connects(), "lines in 2040 and 2060");
}

void dates_are_compared_across_2038(void**) {
  Later early(2'147'483'647);
  EXPECT(!early.connects() && contains(early.failure, "2039-01-01"), "not yet valid on 2038-01-19");
  Later late(2'871'763'201);
  EXPECT(!late.connects() && contains(late.failure, "was valid until 2061-01-01"), "expired in 2061");
  Later old(2'147'483'648, {}, server_certificate("20200101000000", "20380119031407"));
  EXPECT(!old.connects() && contains(old.failure, "was valid until 2038-01-19 03:14"),
         "expired with the last of 31 bits");
  Later current(2'147'483'647, {}, server_certificate("20200101000000", "20380119031407"));
  EXPECT(current.connects(), "valid through that second");
}

void sessions_are_resumed_in_2040(void**) {
  Later world(year_2040);
  EXPECT(!world.resumes() && world.resumes() && world.resumes(), "one full handshake, then tickets");
  world.set(year_2040 + 60);
  EXPECT(world.resumes(), "a minute later, too");
  Later cached(year_2040, {.tickets = false, .cached_sessions_max = 8});
  EXPECT(!cached.resumes() && cached.resumes() == !tls_1_3, "session ids, where there are any");
}

void a_ticket_from_before_2038_is_good_for_its_lifetime(void**) {
  Later world(2'147'483'640, {}, server_certificate("20200101000000", "20610101000000"));
  EXPECT(!world.resumes() && world.resumes(), "a session on the last day of 31 bits");
  world.set(2'147'483'650);
  // Without a time the library cannot tell a ticket's age, and makes a full handshake of it.
  EXPECT(world.connects(), "a line ten seconds later, resumed or not");
  EXPECT(world.resumes(), "and sessions again");
}

void a_ticket_past_its_lifetime_is_refused(void**) {
  if (sizeof(mbedtls_time_t) < 8) {
    print_message("skipped: this mbedTLS was compiled for 32 bits of time and has none after 2038\n");
    skip();
  }
  tls::ServerConfig config;
  config.ticket_lifetime = std::chrono::seconds{day_s};
  Later world(year_2040, config);
  EXPECT(!world.resumes() && world.resumes(), "a session");
  world.set(year_2040 + 3 * day_s);
  EXPECT(!world.resumes(), "a full handshake three days later");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(certificates_of_later_years_are_taken),
      cmocka_unit_test(dates_are_compared_across_2038),
      cmocka_unit_test(sessions_are_resumed_in_2040),
      cmocka_unit_test(a_ticket_from_before_2038_is_good_for_its_lifetime),
      cmocka_unit_test(a_ticket_past_its_lifetime_is_refused),
  };
  const int failed = cmocka_run_group_tests_name("TLS 1.2", tests, nullptr, nullptr);
  if (!tls::compat::has_tls_1_3) return failed;
  tls_1_3 = true;
  return failed + cmocka_run_group_tests_name("TLS 1.3", tests, nullptr, nullptr);
}

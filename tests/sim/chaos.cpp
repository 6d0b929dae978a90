#include "chaos.hpp"

#include <array>

namespace kedge::rig {

using namespace std::chrono_literals;

Chaos::Chaos(Run& run) : run_(run), kinds_(run.rng.next()) {
  // One seed in eight has no trouble but what its lines do by themselves.
  if (run_.rng.chance(125)) kinds_ = 0;
  if (run_.rng.chance(300)) {
    const Duration grain = run_.rng.between(1ms, 16ms);
    run_.world.set_timer_grain(grain);
    late_ += grain;
  }
  if ((kinds_ >> static_cast<unsigned>(Fault::call_failure) & 1U) != 0) late_ += 1s;
  set_name();
  change_weather();
}

bool Chaos::happens(Fault fault, std::uint32_t permille) {
  if ((kinds_ >> static_cast<unsigned>(fault) & 1U) == 0 || !run_.mishap(permille)) return false;
  run_.count(fault);
  run_.note(std::string(to_string(fault)));
  return true;
}

void Chaos::set_name() {
  std::array<Address, 3> addresses = {sim::ipv4(10, 0, 0, 1), sim::ipv4(10, 0, 0, 2), sim::ipv6(1)};
  const std::size_t count = static_cast<std::size_t>(run_.rng.between(std::uint64_t{1}, addresses.size()));
  (void)run_.world.set_name(host, std::span(addresses).first(count), run_.rng.between(1ms, 200ms));
}

// For connections from now on.
void Chaos::change_weather() {
  sim::NetworkProfile profile;
  profile.latency_max = run_.rng.between(1ms, 80ms);
  if (happens(Fault::rough_line, 400)) profile = sim::NetworkProfile::randomised(run_.rng.next());
  if (happens(Fault::refused, 200)) {
    profile.refuse_permille = 300;
    profile.no_answer_permille = 200;
    profile.unreachable_permille = 100;
  }
  if (happens(Fault::reset, 200)) {
    // At any byte of the upgrade, the authentication and the first messages.
    profile.reset_in = {700, 0, 3000};
    profile.reset_out = {700, 0, 3000};
    profile.reset_discards = run_.rng.chance(500);
  }
  if (happens(Fault::silence, 100)) profile.silence = {800, 0s, 20s};
  if (happens(Fault::orderly_end, 100)) profile.end = {800, 0s, 20s};
  run_.world.set_profile(profile);
}

// A backend restarts, or the line comes back behind a captive portal: what answers now is a proxy, a few
// times or until a client that believes it is settled.
void Chaos::put_proxy_before(sim::Port& client) {
  proxy_status_ = pick(run_.rng, {200, 301, 302, 400, 401, 403, 404, 405, 426, 511, 799});
  proxy_answers_ = run_.rng.chance(100) ? 12 : run_.rng.between(std::uint64_t{1}, std::uint64_t{3});
  run_.note("a proxy answers " + std::to_string(proxy_answers_) + " times with " +
            std::to_string(proxy_status_));
  (void)client.cut(sim::Cut::reset);
}

void Chaos::refuse_as_the_proxy(Conduct& conduct) {
  --proxy_answers_;
  conduct.upgrade = Conduct::Upgrade::status;
  conduct.status = proxy_status_;
  conduct.page = "<html><body>Please wait, or log in.</body></html>";
  if (proxy_status_ / 100 == 3) conduct.hint = "Location: http://portal.example/login?back=here\r\n";
}

std::string Chaos::hint() {
  if (happens(Fault::endless_hint, 300)) {
    return pick<const char*>(run_.rng, {"Retry-After: 4294967295\r\n", "Retry-After: 99999999999999\r\n",
                                        "Date: Sun, 29 Nov 2026 12:00:00 GMT\r\n"
                                        "Retry-After: Fri, 31 Dec 9999 23:59:59 GMT\r\n"});
  }
  return "Retry-After: " + std::to_string(run_.rng.between(1, 60)) + "\r\n";
}

bool Chaos::tick(ModelServer& server, sim::Port& client, LinkState state) {
  const Instant now = run_.world.now();
  sim::Rng& rng = run_.rng;
  if (rng.chance(100)) change_weather();
  if (happens(Fault::reset, 15)) (void)client.cut(sim::Cut::reset);
  if (state == LinkState::ready && happens(Fault::proxy_answer, 20)) put_proxy_before(client);
  if (happens(Fault::silence, 8)) (void)client.cut(sim::Cut::silent);
  if (happens(Fault::orderly_end, 8)) (void)client.cut(sim::Cut::clean);
  if (happens(Fault::wall_jump, 10))
    run_.world.jump_wall_time(std::chrono::milliseconds{rng.between(0, 200'000'000)} - 100'000'000ms);
  const bool killed = server_back_ == never && happens(Fault::server_restart, 6);
  if (killed) {
    server.drop_all();
    server.stop_listening();
    server_back_ = after(now, rng.between(1s, 40s));
  }
  if (now >= server_back_) {
    server.listen();
    server_back_ = never;
  }
  if (name_back_ == never && happens(Fault::name_failure, 8)) {
    if (rng.chance(500)) {
      (void)run_.world.set_name_failure(host, rng.between(1ms, 3s));
    } else {
      (void)run_.world.set_name_silent(host);
    }
    name_back_ = after(now, rng.between(1s, 60s));
  }
  if (now >= name_back_) {
    set_name();
    name_back_ = never;
  }
  if (random_back_ == never && happens(Fault::random_failure, 5)) {
    client.set_random_works(false);
    random_back_ = after(now, rng.between(10ms, 20s));
  }
  if (now >= random_back_) {
    client.set_random_works(true);
    random_back_ = never;
  }
  if (happens(Fault::call_failure, 20)) {
    client.calls().fail_nth(static_cast<sim::Call>(rng.between(0, sim::call_kinds - 1)), rng.between(1, 20));
  }
  return killed;
}

Conduct Chaos::conduct() {
  Conduct conduct;
  sim::Rng& rng = run_.rng;
  if (proxy_answers_ > 0) {
    refuse_as_the_proxy(conduct);
    return conduct;
  }
  if (happens(Fault::accept_close, 100)) conduct.upgrade = Conduct::Upgrade::close_at_once;
  if (happens(Fault::tls_failure, 150)) {
    conduct.tls.how = static_cast<TlsConduct::How>(rng.between(1, 4));
    conduct.tls.step = static_cast<std::uint8_t>(rng.between(0, 1));
  }
  if (happens(Fault::upgrade_failure, 150)) {
    static constexpr std::array<int, 12> statuses = {301, 400, 401, 403, 404, 405,
                                                     408, 426, 429, 500, 503, 503};
    conduct.upgrade = static_cast<Conduct::Upgrade>(rng.between(2, 5));
    conduct.status = statuses[static_cast<std::size_t>(rng.between(0, statuses.size() - 1))];
    if (rng.chance(500)) conduct.hint = hint();
  } else if (happens(Fault::peer_close, 80)) {
    static constexpr std::array<std::uint16_t, 9> codes = {1000, 1001, 1002, 1008, 1011,
                                                           1012, 1013, 3000, 4000};
    conduct.upgrade = Conduct::Upgrade::close_after;
    conduct.close_code = codes[static_cast<std::size_t>(rng.between(0, codes.size() - 1))];
  }
  return conduct;
}

void Chaos::stop(ModelServer& server, sim::Port& client) {
  run_.calm();
  sim::NetworkProfile clean;
  clean.latency_max = 30ms;
  run_.world.set_profile(clean);
  set_name();
  client.set_random_works(true);
  for (std::size_t i = 0; i < sim::call_kinds; ++i) client.calls().fail_nth(static_cast<sim::Call>(i), 0);
  server_back_ = name_back_ = random_back_ = never;
  proxy_answers_ = 0;
  // What is half dead would be found out in its own time; the promise counts from here.
  server.drop_all();
  (void)run_.world.cut_all(sim::Cut::reset);
  server.listen();
}

}  // namespace kedge::rig

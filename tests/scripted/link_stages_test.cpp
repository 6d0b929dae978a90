// One attempt's stages: what each may meet, and what the link says about it.

#include "link_fixture.hpp"

#include <kedge/sim/websocket_peer.hpp>

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

void an_endless_interval_for_fatal_failures_never_retries_after_ten(void**) {
  ClientConfig config;
  config.fatal_retry_interval = Duration::max();
  LinkWorld t(std::move(config));
  t.serve();
  t.service.admission.status = 401;
  EXPECT(t.link->connect().ok(), "started");
  t.world.run_for(24h);
  EXPECT(t.link->statistics().attempts == 10, "ten attempts at the cap, and none after them");
}

void credentials_are_asked_for_at_each_attempt_and_their_failure_is_told(void**) {
  int asked = 0;
  ClientConfig config;
  config.credentials = [&asked](Secret& secret) noexcept -> Result<void> {
    if (++asked == 1) return Error(ErrorKind::config, "the token file is empty");
    return secret.assign("token");
  };
  LinkWorld t(std::move(config));
  t.serve();
  EXPECT(t.link->connect().ok(), "started");
  EXPECT(t.run_until_state(LinkState::waiting), "no credential");
  EXPECT(t.link->last_error().kind() == ErrorKind::authentication, "kind authentication");
  EXPECT(t.run_until_state(LinkState::ready), "ready with the second");
  EXPECT(asked == 2, "asked twice");
}

void what_a_protocol_cannot_add_ends_the_attempt(void**) {
  ClientConfig config;
  config.fatal_policy = FatalPolicy::stop;
  LinkWorld t(std::move(config));
  t.serve();
  t.protocol.attempt = [](ws::UpgradeExtras& extras) { return extras.add_header("bad name", "x"); };
  EXPECT(t.link->connect().ok(), "started");
  EXPECT(t.run_until_state(LinkState::closed), "a stop");
  EXPECT(t.protocol.stopped.at(0).kind() == ErrorKind::config, "by name");
}

void every_stage_has_its_deadline_and_says_so(void**) {
  LinkWorld upgrade;
  sim::WebSocketPeer mute(upgrade.world);
  mute.next(sim::Reception::hold());
  EXPECT(mute.listen(sim::ipv4(10, 0, 0, 1, 80)).ok(), "listening");
  EXPECT(upgrade.link->connect().ok(), "started");
  EXPECT(upgrade.run_until_state(LinkState::waiting), "a failed attempt");
  EXPECT(upgrade.link->last_error().kind() == ErrorKind::timeout, "timeout");
  EXPECT(upgrade.link->last_error().layer() == Layer::http, "of the upgrade");

  LinkWorld connect;
  sim::WebSocketPeer far(connect.world);
  far.next(sim::Reception::ignore_connection());
  EXPECT(far.listen(sim::ipv4(10, 0, 0, 1, 80)).ok(), "listening");
  EXPECT(connect.link->connect().ok(), "started");
  EXPECT(connect.run_until_state(LinkState::waiting), "a failed attempt");
  EXPECT(connect.link->last_error().kind() == ErrorKind::timeout, "timeout");
  EXPECT(connect.link->last_error().layer() == Layer::system, "of the connection");
}

void a_server_that_breaks_the_line_during_the_upgrade_is_retried(void**) {
  for (const auto& broken :
       {sim::Reception::say("").then_cut(), sim::Reception::say("HTTP/1.1 101 Swi").then_end()}) {
    LinkWorld t;
    sim::WebSocketPeer host(t.world);
    host.next(broken);
    EXPECT(host.listen(sim::ipv4(10, 0, 0, 1, 80)).ok(), "listening");
    EXPECT(t.link->connect().ok(), "started");
    EXPECT(t.run_until_state(LinkState::waiting), "a failed attempt");
    EXPECT(t.link->last_error().kind() == ErrorKind::connection, "kind connection");
    EXPECT(t.run_until_state(LinkState::connecting, 2s), "another attempt soon");
  }
}

void a_name_that_has_no_address_is_retried(void**) {
  LinkWorld t;
  t.serve();
  t.world.set_name("gateway", {});
  EXPECT(t.link->connect().ok(), "started");
  EXPECT(t.run_until_state(LinkState::waiting), "a failed attempt");
  EXPECT(t.link->last_error().layer() == Layer::resolver, "the resolver's error");
  const Address addresses[] = {sim::ipv4(10, 0, 0, 1)};
  t.world.set_name("gateway", addresses);
  EXPECT(t.run_until_state(LinkState::ready), "ready");
}

void a_system_that_refuses_is_retried(void**) {
  LinkWorld t;
  t.serve();
  t.world.set_family(Address::Family::ipv4, false);
  EXPECT(t.link->connect().ok(), "started");
  EXPECT(t.run_until_state(LinkState::waiting), "a failed attempt");
  EXPECT(t.link->last_error().layer() == Layer::system, "the system's error");
  t.world.set_family(Address::Family::ipv4, true);
  t.port.set_random_works(false);
  EXPECT(t.run_until_state(LinkState::connecting) && t.run_until_state(LinkState::waiting), "no randomness");
  t.port.set_random_works(true);
  EXPECT(t.run_until_state(LinkState::ready), "ready");
}

void many_addresses_that_fail_at_once_take_no_stack(void**) {
  std::vector<std::uintptr_t> frames;
  ClientConfig config;
  config.log = [&frames](const LogRecord& record) noexcept {
    if (record.event == "address")
      frames.push_back(reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)));
  };
  LinkWorld t(std::move(config));
  t.serve();
  std::vector<Address> many;
  for (std::uint16_t i = 1; i <= 8; ++i) many.push_back(sim::ipv6(i));
  t.world.set_name("gateway", many);
  t.world.set_family(Address::Family::ipv6, false);
  EXPECT(t.link->connect().ok() && t.run_until_state(LinkState::waiting, 5s), "none works");
  EXPECT(t.link->statistics().attempts == 1, "within one attempt");
  EXPECT(frames.size() == 7, "a line for each failure");
  // The first comes from the lookup's answer.
  for (std::size_t i = 2; i < frames.size(); ++i) EXPECT(frames[i] == frames[1], "each from the loop");

  LinkWorld closing;
  closing.world.set_name("gateway", many);
  closing.world.set_family(Address::Family::ipv6, false);
  closing.protocol.turn = [&] {
    if (closing.link->state() == LinkState::connecting && closing.protocol.turns == 4) closing.link->close();
  };
  EXPECT(closing.link->connect().ok(), "started");
  EXPECT(closing.run_until_state(LinkState::closed, 1s), "closed in the middle of them");
}

void the_largest_limits_fit_into_32_bits(void**) {
  for (std::uint32_t bytes = 0x40000000; bytes >= 0x1000000; bytes /= 2) {
    Limits limits = Limits::host();
    limits.outbound_bytes = limits.reserved_bytes = limits.outbound_message_bytes_max = bytes;
    limits.inbound_message_bytes_max = bytes;
    limits.read_buffer_bytes = limits.write_buffer_bytes = bytes;
    // And one such buffer of the protocol.
    const std::uint64_t needed = std::uint64_t{Link::storage_bytes(limits)} + bytes;
    EXPECT(!check(limits) || needed < 0x100000000U, "limits that pass to have a size on a 32-bit machine");
  }
}

void the_host_header_is_as_in_the_url(void**) {
  struct {
    const char* url;
    std::uint16_t tcp_port;
    const char* expected;
  } const cases[] = {{"ws://10.0.0.1:8080/", 8080, "10.0.0.1:8080"},
                     {"ws://10.0.0.1:80/", 80, "10.0.0.1"},
                     {"ws://[fd00::1]:81/", 81, "[fd00::1]:81"}};
  for (const auto& test : cases) {
    ClientConfig config;
    config.url = test.url;
    LinkWorld t(std::move(config));
    const Address here[] = {sim::ipv4(10, 0, 0, 1)};
    t.world.set_name("fd00::1", here);
    sim::WebSocketPeer host(t.world);
    EXPECT(host.listen(sim::ipv4(10, 0, 0, 1, test.tcp_port)).ok(), "listening");
    EXPECT(t.link->connect().ok(), "started");
    t.world.run_for(1s);
    EXPECT_TEXT(host.latest()->header("Host"), test.expected);
  }
}

/// TLS that hands the stream below through, or fails.
struct FakeTls final : TlsLayer {
  bool fails = false;
  bool silent = false;
  Result<Stream*> start(Stream& below, StreamEvents& events, std::string_view, std::uint16_t,
                        Port& port) noexcept override {
    if (fails) return Error(ErrorKind::tls, Layer::tls, 1, "no handshake today");
    if (!silent) open = &events;
    (void)port;
    return &below;
  }
  StreamEvents* open = nullptr;
};

void the_tls_stage_has_its_failures_and_its_deadline(void**) {
  FakeTls tls;
  ClientConfig config;
  config.url = "wss://gateway:80/";
  config.tls = &tls;
  LinkWorld t(std::move(config));
  t.serve();
  tls.fails = true;
  EXPECT(t.link->connect().ok(), "started");
  EXPECT(t.run_until_state(LinkState::waiting), "a failed attempt");
  EXPECT(t.link->last_error().kind() == ErrorKind::tls, "kind tls");
  tls.fails = false;
  tls.silent = true;
  EXPECT(t.run_until_state(LinkState::connecting) && t.run_until_state(LinkState::waiting), "no handshake");
  EXPECT(t.link->last_error().kind() == ErrorKind::timeout, "timeout");
  EXPECT(t.link->last_error().layer() == Layer::tls, "of TLS");
  tls.silent = false;
  EXPECT(t.run_until_state(LinkState::connecting), "another attempt");
  EXPECT(t.world.run_until([&] { return tls.open != nullptr; }, 5s), "the stage");
  t.world.at(t.world.now(), [&]() noexcept { tls.open->on_open(); });
  EXPECT(t.run_until_state(LinkState::ready, 5s), "ready behind it");
}

void a_lookup_that_cannot_begin_is_retried(void**) {
  LinkWorld t;
  t.serve();
  t.port.calls().fail_nth(sim::Call::resolve, 1);
  EXPECT(t.link->connect().ok(), "started");
  EXPECT(t.run_until_state(LinkState::waiting), "a failed attempt");
  EXPECT(t.link->last_error().layer() == Layer::resolver, "the resolver's");
  EXPECT(t.run_until_state(LinkState::ready), "ready with the next");
}

void calls_of_the_stream_that_fail_in_the_upgrade_are_retried(void**) {
  for (const sim::Call call : {sim::Call::read, sim::Call::write}) {
    LinkWorld t;
    t.serve();
    t.port.calls().fail_nth(call, 1);
    EXPECT(t.link->connect().ok(), "started");
    EXPECT(t.run_until_state(LinkState::waiting), "a failed attempt");
    EXPECT(t.run_until_state(LinkState::ready), "ready with the next");
    EXPECT(t.protocol.opened == 1, "no session on the first");
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(an_endless_interval_for_fatal_failures_never_retries_after_ten),
      cmocka_unit_test(credentials_are_asked_for_at_each_attempt_and_their_failure_is_told),
      cmocka_unit_test(what_a_protocol_cannot_add_ends_the_attempt),
      cmocka_unit_test(every_stage_has_its_deadline_and_says_so),
      cmocka_unit_test(a_server_that_breaks_the_line_during_the_upgrade_is_retried),
      cmocka_unit_test(a_name_that_has_no_address_is_retried),
      cmocka_unit_test(a_system_that_refuses_is_retried),
      cmocka_unit_test(many_addresses_that_fail_at_once_take_no_stack),
      cmocka_unit_test(the_largest_limits_fit_into_32_bits),
      cmocka_unit_test(the_host_header_is_as_in_the_url),
      cmocka_unit_test(the_tls_stage_has_its_failures_and_its_deadline),
      cmocka_unit_test(a_lookup_that_cannot_begin_is_retried),
      cmocka_unit_test(calls_of_the_stream_that_fail_in_the_upgrade_are_retried),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

// A name with several addresses, and an address with a zone: which of them an attempt tries, and for how
// long.

#include "link_fixture.hpp"

#include <kedge/sim/websocket_peer.hpp>

#include <algorithm>

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

std::vector<Address> six(std::uint16_t count) {
  std::vector<Address> addresses;
  for (std::uint16_t i = 1; i <= count; ++i) addresses.push_back(sim::ipv6(i));
  return addresses;
}

/// All of IPv6 is swallowed on the way.
struct BlackHole {
  explicit BlackHole(sim::World& world) : host(world) {
    sim::NetworkProfile profile;
    profile.no_answer_permille = 1000;
    host.set_profile(profile);
    Address all;
    all.family = Address::Family::ipv6;
    all.port = 80;
    EXPECT(host.listen(all).ok(), "listening");
  }
  sim::PeerHost host;
};

struct Log {
  std::vector<std::string> left_out;
  int failed = 0;
  LogHook hook() {
    return [this](const LogRecord& record) noexcept {
      if (record.event == "addresses") left_out.emplace_back(record.message);
      if (record.event == "address") ++failed;
    };
  }
};

void eight_that_refuse_and_a_ninth_that_works_take_two_attempts_and_one_line_in_the_log(void**) {
  Log log;
  ClientConfig config;
  config.log = log.hook();
  LinkWorld t(std::move(config));
  t.serve();
  std::vector<Address> nine;
  for (std::uint8_t i = 1; i <= 8; ++i) nine.push_back(sim::ipv4(10, 0, 1, i));
  nine.push_back(sim::ipv4(10, 0, 0, 1));
  t.world.set_name("gateway", nine);
  EXPECT(t.connect_and_wait(), "ready");
  EXPECT(t.link->statistics().attempts == 2, "by the second attempt");
  EXPECT(log.left_out.size() == 1, "what was left out is said once");
  EXPECT_TEXT(log.left_out[0],
              "of the name's 9 addresses 1 are left out (addresses_max); the next attempt begins with those");
}

void a_family_that_is_swallowed_on_the_way_costs_a_third_of_the_timeout(void**) {
  LinkWorld t;
  t.serve();
  const BlackHole hole(t.world);
  std::vector<Address> addresses = six(8);
  addresses.push_back(sim::ipv4(10, 0, 0, 1));
  t.world.set_name("gateway", addresses);
  const Instant begun = t.world.now();
  EXPECT(t.connect_and_wait(), "ready");
  EXPECT(t.link->statistics().attempts == 1,
         "in the first attempt: families alternate before the list is cut");
  const Duration third = ClientConfig{}.connect_timeout / 3;
  EXPECT(t.world.now() - begun >= third && t.world.now() - begun < third + 1s, "a third of connect_timeout");
}

void the_last_address_has_the_whole_timeout(void**) {
  ClientConfig config;
  config.connect_timeout = 9s;
  LinkWorld t(std::move(config));
  const BlackHole hole(t.world);
  t.world.set_name("gateway", six(2));
  const Instant begun = t.world.now();
  EXPECT(t.link->connect().ok() && t.run_until_state(LinkState::waiting), "none answers");
  EXPECT(t.world.now() - begun >= 12s && t.world.now() - begun < 13s, "three seconds, then nine");
}

void the_address_that_worked_last_is_tried_first(void**) {
  Log log;
  ClientConfig config;
  config.log = log.hook();
  LinkWorld t(std::move(config));
  t.serve();
  const std::vector<Address> addresses{sim::ipv4(10, 0, 1, 1), sim::ipv4(10, 0, 1, 2),
                                       sim::ipv4(10, 0, 0, 1)};
  t.world.set_name("gateway", addresses);
  EXPECT(t.connect_and_wait(), "ready");
  EXPECT(log.failed == 2, "two refused");
  t.world.cut_all(sim::Cut::reset);
  EXPECT(t.run_until_state(LinkState::waiting) && t.run_until_state(LinkState::ready), "ready again");
  EXPECT(log.failed == 2, "at once by the one that worked");
}

void a_zone_reaches_the_port_and_not_the_host_header(void**) {
  ClientConfig config;
  config.url = "ws://[fe80::1%25eth0]:81/";
  LinkWorld t(std::move(config));
  Address here = sim::ipv4(10, 0, 0, 1);
  t.world.set_name("fe80::1%eth0", std::span(&here, 1));
  sim::WebSocketPeer host(t.world);
  EXPECT(host.listen(sim::ipv4(10, 0, 0, 1, 81)).ok(), "listening");
  EXPECT(t.link->connect().ok(), "started");
  t.world.run_for(1s);
  EXPECT_TEXT(host.latest()->header("Host"), "[fe80::1]:81");
}

void a_colon_without_a_port_is_the_default_port_and_no_part_of_the_host_header(void**) {
  ClientConfig config;
  config.url = "ws://gateway:/";
  LinkWorld t(std::move(config));
  t.serve();
  EXPECT(t.connect_and_wait(), "ready on port 80");
}

void another_protocol_ends_the_attempt_at_its_first_byte_though_the_line_stays_open(void**) {
  LinkWorld t;
  sim::WebSocketPeer host(t.world);
  host.next(sim::Reception::greet("S"));
  EXPECT(host.listen(sim::ipv4(10, 0, 0, 1, 80)).ok(), "listening");
  const Instant begun = t.world.now();
  EXPECT(t.link->connect().ok() && t.run_until_state(LinkState::waiting), "a failed attempt");
  EXPECT(t.world.now() - begun < 1s, "not by the deadline of the upgrade");
  EXPECT_TEXT(t.link->last_error().message(), "the server does not speak HTTP: check the port");
}

/// TLS through which nothing can be written any more, while something lies unread.
struct LastWords final : TlsLayer, Stream {
  explicit LastWords(std::string_view words) : said(words) {}
  Result<Stream*> start(Stream& stream, StreamEvents& events, std::string_view, std::uint16_t,
                        Port&) noexcept override {
    below = &stream;
    told = &events;
    return this;
  }
  IoResult read(std::span<std::byte> into) noexcept override {
    if (said.empty()) return {IoStatus::would_block, 0};
    const std::size_t size = std::min(into.size(), said.size());
    std::memcpy(into.data(), said.data(), size);
    said.remove_prefix(size);
    return {IoStatus::ok, size};
  }
  IoResult write(std::span<const std::byte>) noexcept override { return {IoStatus::error, 0}; }
  void shutdown_write() noexcept override {}
  void close() noexcept override { below->close(); }
  [[nodiscard]] Error error() const noexcept override {
    return {ErrorKind::connection, Layer::system, 32, "broken pipe"};
  }
  void set_events(StreamEvents& events) noexcept override { below->set_events(events); }
  std::string_view said;
  Stream* below = nullptr;
  StreamEvents* told = nullptr;
};

void what_a_server_said_before_it_broke_the_line_is_told_though_our_write_failed(void**) {
  struct {
    std::string_view said;
    std::string_view words;
  } const cases[] = {
      {"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\n\r\n", "the server answered the upgrade with HTTP 503"},
      {"HTTP/1.1 503 Bu", "broken pipe"},
      {"", "broken pipe"}};
  for (const auto& test : cases) {
    LastWords tls(test.said);
    ClientConfig config;
    config.url = "wss://gateway:80/";
    config.tls = &tls;
    LinkWorld t(std::move(config));
    t.serve();
    EXPECT(t.link->connect().ok(), "started");
    EXPECT(t.world.run_until([&] { return tls.told != nullptr; }, 1s), "the handshake begun");
    tls.told->on_open();
    EXPECT(t.run_until_state(LinkState::waiting), "a failed attempt");
    EXPECT_TEXT(t.link->last_error().message(), test.words);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(eight_that_refuse_and_a_ninth_that_works_take_two_attempts_and_one_line_in_the_log),
      cmocka_unit_test(a_family_that_is_swallowed_on_the_way_costs_a_third_of_the_timeout),
      cmocka_unit_test(the_last_address_has_the_whole_timeout),
      cmocka_unit_test(the_address_that_worked_last_is_tried_first),
      cmocka_unit_test(a_zone_reaches_the_port_and_not_the_host_header),
      cmocka_unit_test(a_colon_without_a_port_is_the_default_port_and_no_part_of_the_host_header),
      cmocka_unit_test(another_protocol_ends_the_attempt_at_its_first_byte_though_the_line_stays_open),
      cmocka_unit_test(what_a_server_said_before_it_broke_the_line_is_told_though_our_write_failed),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

// The stage between the connection and TLS: a proxy that is asked for a tunnel. What it refuses is in
// link_proxy_refusals_test.cpp.

#include "proxy_fixture.hpp"

#include <kedge/tls_layer.hpp>

#include <functional>

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

void a_line_goes_through_the_proxy_which_looks_the_name_up(void**) {
  ProxyWorld t;
  EXPECT(t.connect_and_wait(), "ready");
  EXPECT_TEXT(t.proxy.requests.at(0), "CONNECT gateway:80 HTTP/1.1\r\nHost: gateway:80\r\n\r\n");
  EXPECT(t.proxy.in_tunnel.find("\r\nHost: gateway\r\n") != std::string::npos, "the upgrade is the server's");
  EXPECT(t.push("hello").ok(), "room");
  t.world.run_for(1s);
  EXPECT(t.protocol.messages.size() == 1, "an echo");
  t.world.cut_all(sim::Cut::reset);
  EXPECT(t.run_until_state(LinkState::waiting) && t.run_until_state(LinkState::ready), "ready again");
  EXPECT(t.proxy.requests.size() == 2, "through the proxy again");
}

void an_answer_in_single_bytes_of_http_1_0_or_with_a_length_is_a_tunnel(void**) {
  for (const char* answer : {"HTTP/1.1 200 \r\n\r\n", "HTTP/1.0 200 Connection established\r\nVia: x\r\n\r\n",
                             "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n",
                             "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"}) {
    for (const bool in_single_bytes : {false, true}) {
      ProxyWorld t;
      t.proxy.answer = answer;
      t.proxy.in_single_bytes = in_single_bytes;
      EXPECT(t.connect_and_wait(), answer);
    }
  }
}

void an_address_of_ipv6_stands_in_brackets_and_a_zone_is_refused(void**) {
  ProxyWorld t(through_proxy("ws://[fd00::1]:8080/"));
  EXPECT(t.connect_and_wait(), "ready");
  EXPECT_TEXT(t.proxy.requests.at(0), "CONNECT [fd00::1]:8080 HTTP/1.1\r\nHost: [fd00::1]:8080\r\n\r\n");

  LinkWorld zone(through_proxy("ws://[fe80::1%25eth0]/"));
  const auto refused = zone.link->connect();
  EXPECT(!refused && refused.error().kind() == ErrorKind::config, "a zone means nothing there");
  EXPECT(refused.error().message().find("zone") != std::string_view::npos, "in words");
}

void the_credential_is_asked_for_at_each_attempt_and_goes_to_the_proxy_alone(void**) {
  int asked = 0;
  ClientConfig config = through_proxy();
  config.proxy_credentials = [&asked](Secret& secret) noexcept {
    return secret.assign(++asked == 1 ? "Aladdin:open sesame" : "Aladdin:other");
  };
  ProxyWorld t(std::move(config));
  EXPECT(t.connect_and_wait(), "ready");
  EXPECT(t.proxy.requests.at(0).find("\r\nProxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n") !=
             std::string::npos,
         "Basic");
  EXPECT(t.proxy.in_tunnel.find("Authorization") == std::string::npos, "and nothing of it for the server");
  t.world.cut_all(sim::Cut::reset);
  EXPECT(t.run_until_state(LinkState::waiting) && t.run_until_state(LinkState::ready), "ready again");
  EXPECT(t.proxy.requests.at(1).find("QWxhZGRpbjpvdGhlcg==") != std::string::npos, "the new one");
}

void a_credential_that_is_not_there_or_has_no_colon_fails_its_attempt_by_name(void**) {
  ClientConfig config = through_proxy();
  config.proxy_credentials = [](Secret&) noexcept -> Result<void> {
    return Error(ErrorKind::config, "the file is gone");
  };
  ProxyWorld none(std::move(config));
  EXPECT(none.refused().kind() == ErrorKind::authentication, "authentication");
  EXPECT_TEXT(none.link->last_error().message(), "there is no credential for the proxy: the file is gone");

  ProxyWorld colon(with_credential("hush-hush"));
  EXPECT(colon.refused().kind() == ErrorKind::config, "a wrong configuration");
  EXPECT(colon.link->last_error().message().find("hush") == std::string_view::npos, "without the secret");

  ProxyWorld empty(with_credential(""));
  EXPECT(empty.connect_and_wait(), "an empty one is none");
  EXPECT(empty.proxy.requests.at(0).find("Proxy-Authorization") == std::string::npos, "and not sent");
}

// Where the answer ends with the read buffer no event is promised for what comes behind it.
void an_answer_that_fills_the_read_buffer_is_a_tunnel_unless_more_is_there(void**) {
  Limits limits = Limits::small();
  limits.read_buffer_bytes = 512;
  const std::string head = "HTTP/1.1 200 OK\r\nX: ";
  const std::string filling = head + std::string(512 - head.size() - 4, 'x') + "\r\n\r\n";
  ProxyWorld exact(through_proxy(), limits);
  exact.proxy.answer = filling;
  EXPECT(exact.connect_and_wait(), "ready");

  ProxyWorld more(through_proxy(), limits);
  more.proxy.answer = filling + "x";
  EXPECT(more.refused().kind() == ErrorKind::protocol, "more than an answer");

  ProxyWorld broken(through_proxy(), limits);
  broken.proxy.answer = filling;
  broken.port.calls().fail_nth(sim::Call::read, 2);
  EXPECT(broken.refused().kind() == ErrorKind::connection, "a line that broke");
  EXPECT_TEXT(broken.link->last_error().message(), "the proxy ended the tunnel at once");
}

void a_proxy_that_says_nothing_or_is_not_there_is_told_as_the_proxy(void**) {
  ProxyWorld silent;
  silent.proxy.answer.clear();
  EXPECT(silent.link->connect().ok(), "started");
  EXPECT(silent.world.run_until([&] { return !silent.proxy.requests.empty(); }, 1s), "asked");
  const Instant asked = silent.world.now();
  EXPECT(silent.run_until_state(LinkState::waiting), "a failed attempt");
  const Error& late = silent.link->last_error();
  EXPECT(late.kind() == ErrorKind::timeout && late.layer() == Layer::proxy, "its timeout");
  EXPECT(silent.world.now() - asked >= 19s && silent.world.now() - asked <= 20s, "proxy_timeout");

  ProxyWorld away;
  const Address nobody[] = {sim::ipv4(10, 0, 0, 8)};
  away.world.set_name("proxy", nobody);
  EXPECT(away.refused().layer() == Layer::system, "the system's error");
  EXPECT(away.link->last_error().message().starts_with("the proxy: "), "of the proxy");

  ProxyWorld unknown;
  unknown.world.set_name_failure("proxy");
  EXPECT(unknown.refused().layer() == Layer::resolver, "the resolver's error");
  EXPECT(unknown.link->last_error().message().starts_with("the proxy: "), "of the proxy");
}

void close_during_the_stage_ends_it_at_once(void**) {
  for (const std::size_t said : {std::size_t{0}, std::size_t{9}}) {
    ProxyWorld t;
    t.proxy.target.reset();
    t.proxy.answer = answer_of(200).substr(0, said);
    EXPECT(t.link->connect().ok(), "started");
    EXPECT(t.world.run_until([&] { return !t.proxy.requests.empty(); }, 1s), "asked");
    t.world.run_for(10ms);
    t.link->close();
    EXPECT(t.run_until_state(LinkState::closed, 100ms), "closed");
    EXPECT(t.protocol.stopped.at(0).kind() == ErrorKind::closed && t.port.idle(), "and nothing left");
  }
}

void each_call_of_the_port_may_fail_and_the_line_comes(void**) {
  for (const sim::Call call : {sim::Call::read, sim::Call::write, sim::Call::connect, sim::Call::resolve,
                               sim::Call::random, sim::Call::arm}) {
    for (std::uint64_t nth = 1;; ++nth) {
      ProxyWorld t(with_credential("user:hush-hush"));
      t.port.calls().fail_nth(call, nth);
      EXPECT(t.connect_and_wait(), "ready in the end");
      if (t.port.calls().failures() == 0) break;
    }
  }
}

void a_request_in_pieces_arrives_whole_and_an_answer_before_its_end_is_refused(void**) {
  ProxyWorld t(with_credential("Aladdin:open sesame"));
  sim::NetworkProfile profile;
  profile.write_bytes_max = 7;
  t.world.set_profile(profile);
  EXPECT(t.connect_and_wait(), "ready");
  EXPECT(t.proxy.requests.at(0).find("QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n") != std::string::npos, "whole");

  ProxyWorld hasty;
  sim::PeerHost early(hasty.world, [](sim::Peer peer, sim::PeerEvent event) noexcept {
    if (event == sim::PeerEvent::open) peer.write("HTTP/1.1 200 OK\r\n\r\n");
  });
  profile.writable_delay_max = 10s;
  profile.write_bytes_max = 1;
  early.set_profile(profile);
  const Address addresses[] = {sim::ipv4(10, 0, 0, 10)};
  hasty.world.set_name("proxy", addresses);
  EXPECT(early.listen(sim::ipv4(10, 0, 0, 10, 3128)).ok(), "listening");
  EXPECT(hasty.refused().kind() == ErrorKind::protocol, "an answer to half a request");
  EXPECT_TEXT(hasty.link->last_error().message(), "the proxy answered CONNECT before the request was sent");
}

void a_proxy_that_cannot_be_used_is_refused_by_name(void**) {
  struct {
    const char* proxy;
    const char* words;
  } const cases[] = {
      {"https://proxy", "not supported"},      {"socks5://proxy", "SOCKS"}, {"proxy:3128", "http://"},
      {"http://user:hush@proxy", "user info"}, {"http://", "host"},         {"http://proxy:0", "port"},
      {"http://proxy/path", "path"},           {"http://pro xy", "spaces"}};
  for (const auto& test : cases) {
    ClientConfig config = through_proxy();
    config.proxy = test.proxy;
    LinkWorld t(std::move(config));
    const auto refused = t.link->connect();
    EXPECT(!refused && refused.error().kind() == ErrorKind::config, test.proxy);
    EXPECT(refused.error().message().starts_with("ClientConfig::proxy: "), "by its name");
    EXPECT(refused.error().message().find(test.words) != std::string_view::npos, test.words);
    EXPECT(refused.error().message().find("hush") == std::string_view::npos, "and no secret");
  }
  ClientConfig config = through_proxy();
  const std::string longest = "http://" + std::string(250, 'p');
  config.proxy = longest;
  LinkWorld t(std::move(config), 1, Limits::tiny());
  const auto refused = t.link->connect();
  EXPECT(!refused && refused.error().message().find("url_bytes_max") != std::string_view::npos, "no room");
}

/// TLS that writes down for whom it is, and reads nothing but through events.
struct RecordingTls final : TlsLayer {
  std::string host;
  std::uint16_t tcp_port = 0;
  StreamEvents* open = nullptr;
  std::function<void()> started;
  Result<Stream*> start(Stream& below, StreamEvents& events, std::string_view host_in, std::uint16_t port_in,
                        Port&) noexcept override {
    host = host_in;
    tcp_port = port_in;
    open = &events;
    if (started) started();
    return &below;
  }
};

void tls_is_inside_the_tunnel_and_with_the_server(void**) {
  RecordingTls tls;
  ClientConfig config = through_proxy("wss://gateway:8443/");
  config.tls = &tls;
  ProxyWorld t(std::move(config));
  EXPECT(t.link->connect().ok(), "started");
  EXPECT(t.world.run_until([&] { return tls.open != nullptr; }, 5s), "the stage");
  EXPECT_TEXT(tls.host, "gateway");
  EXPECT(tls.tcp_port == 8443, "the server's port");
  EXPECT_TEXT(t.proxy.requests.at(0), "CONNECT gateway:8443 HTTP/1.1\r\nHost: gateway:8443\r\n\r\n");
  EXPECT(t.proxy.in_tunnel.empty(), "nothing in the clear");
  t.world.at(t.world.now(), [&]() noexcept { tls.open->on_open(); });
  EXPECT(t.run_until_state(LinkState::ready, 5s), "ready behind it");
}

void the_credential_is_wiped_when_the_tunnel_is_there(void**) {
  RecordingTls tls;
  ClientConfig config = with_credential("user:hush-hush");
  config.url = "wss://gateway/";
  config.tls = &tls;
  ProxyWorld t(std::move(config));
  EXPECT(t.link->connect().ok(), "started");
  EXPECT(t.world.run_until([&] { return tls.open != nullptr; }, 5s), "the stage");
  t.world.at(t.world.now(), [&]() noexcept { tls.open->on_open(); });
  EXPECT(t.run_until_state(LinkState::ready, 5s), "ready; from now on we know where the link keeps a secret");
  bool empty = false;
  tls.started = [&] { empty = t.protocol.secret->empty(); };
  t.world.cut_all(sim::Cut::reset);
  EXPECT(t.world.run_until([&] { return t.proxy.requests.size() == 2; }, 5s), "asked again");
  t.world.run_for(100ms);
  EXPECT(empty, "before TLS begins");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_line_goes_through_the_proxy_which_looks_the_name_up),
      cmocka_unit_test(an_answer_in_single_bytes_of_http_1_0_or_with_a_length_is_a_tunnel),
      cmocka_unit_test(an_address_of_ipv6_stands_in_brackets_and_a_zone_is_refused),
      cmocka_unit_test(the_credential_is_asked_for_at_each_attempt_and_goes_to_the_proxy_alone),
      cmocka_unit_test(a_credential_that_is_not_there_or_has_no_colon_fails_its_attempt_by_name),
      cmocka_unit_test(an_answer_that_fills_the_read_buffer_is_a_tunnel_unless_more_is_there),
      cmocka_unit_test(a_proxy_that_says_nothing_or_is_not_there_is_told_as_the_proxy),
      cmocka_unit_test(close_during_the_stage_ends_it_at_once),
      cmocka_unit_test(each_call_of_the_port_may_fail_and_the_line_comes),
      cmocka_unit_test(a_request_in_pieces_arrives_whole_and_an_answer_before_its_end_is_refused),
      cmocka_unit_test(a_proxy_that_cannot_be_used_is_refused_by_name),
      cmocka_unit_test(tls_is_inside_the_tunnel_and_with_the_server),
      cmocka_unit_test(the_credential_is_wiped_when_the_tunnel_is_there),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

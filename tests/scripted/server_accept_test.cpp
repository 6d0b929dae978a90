// The hub's accept path: every way to be refused, and what must work in spite of a rough line.

#include "link_fixture.hpp"
#include "raw_agent.hpp"

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

struct AcceptWorld {
  explicit AcceptWorld(std::size_t connections_max = 8, std::size_t refusals_max = 2) {
    ServerSetup config = small_server();
    config.service.connections_max = connections_max;
    config.server.refusals_max = refusals_max;
    services[0] = &service;
    server = std::make_unique<TestServer>(port, listener, nullptr, config, services, LogHook{});
    EXPECT(server->listen(address).ok(), "the simulated server to listen");
  }
  std::unique_ptr<RawAgent> dial() {
    auto agent = std::make_unique<RawAgent>(world, address);
    EXPECT(world.run_until([&] { return agent->connected; }, 1s), "a TCP connection");
    return agent;
  }
  std::unique_ptr<RawAgent> ask(std::string_view bytes, Duration wait = 500ms) {
    auto agent = dial();
    agent->raw(bytes);
    world.run_for(wait);
    return agent;
  }
  /// The answer to a request that must be refused: whole, and the connection ended in order.
  std::string refused(std::string_view bytes, int status) {
    auto agent = ask(bytes, 3s);
    EXPECT_TEXT(std::to_string(agent->status()), std::to_string(status));
    EXPECT(agent->ended && !agent->was_reset, "an orderly end");
    const std::size_t end = agent->head.find("\r\n\r\n");
    EXPECT(end != std::string::npos && agent->head.find("Connection: close\r\n") < end, "Connection: close");
    EXPECT(agent->head.find("Content-Length: " + std::to_string(agent->head.size() - end - 4)) < end,
           "a body of the length that was announced");
    EXPECT(service.opened == 0 && server->connection_count() == 0, "no connection left");
    return agent->head;
  }

  Address address = sim::ipv4(10, 0, 0, 1, 80);
  sim::World world{1};
  sim::Port port{world};
  sim::Listener listener{world};
  EchoService service;
  server::Service* services[1] = {};
  std::unique_ptr<TestServer> server;
};

std::string without(std::string request, std::string_view line) {
  const std::size_t at = request.find(line);
  return request.erase(at, request.find("\r\n", at) + 2 - at);
}

void malformed_requests_get_400(void**) {
  AcceptWorld t;
  t.refused("nonsense\r\n\r\n", 400);
  t.refused("GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", 400);
  t.refused(without(RawAgent::upgrade_request(), "Host"), 400);
  t.refused(without(RawAgent::upgrade_request(), "Sec-WebSocket-Key"), 400);
  t.refused(without(RawAgent::upgrade_request(), "Connection"), 400);
}

void an_unknown_path_gets_404(void**) {
  AcceptWorld t;
  t.refused(RawAgent::upgrade_request("/elsewhere"), 404);
}

void other_methods_get_405_and_other_versions_505(void**) {
  AcceptWorld t;
  std::string post = RawAgent::upgrade_request();
  post.replace(0, 3, "POST");
  EXPECT(contains(t.refused(post, 405), "Allow: GET\r\n"), "the method that is allowed");
  t.refused("GET / HTTP/1.0\r\nHost: a\r\n\r\n", 505);
}

void a_silent_peer_gets_408_after_the_timeout(void**) {
  AcceptWorld t;
  for (const char* beginning : {"", "GET / HT"}) {
    auto agent = t.dial();
    if (*beginning != '\0') agent->raw(beginning);
    t.world.run_for(4s);
    EXPECT(agent->head.empty(), "nothing before the timeout");
    t.world.run_for(4s);
    EXPECT(agent->status() == 408 && agent->ended, "408, then the end");
    EXPECT(t.server->connection_count() == 0, "the slot to be free");
  }
}

void a_request_for_no_websocket_gets_426(void**) {
  AcceptWorld t;
  EXPECT(contains(t.refused("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 426), "Upgrade: websocket\r\n"), "Upgrade");
  std::string old = RawAgent::upgrade_request();
  old.replace(old.find("Version: 13"), 11, "Version: 8 ");
  EXPECT(contains(t.refused(old, 426), "Sec-WebSocket-Version: 13\r\n"), "the version there is");
}

void a_head_over_the_limit_gets_431_however_much_follows(void**) {
  AcceptWorld t;
  t.refused("GET / HTTP/1.1\r\nX: " + std::string(5000, 'x'), 431);
  t.refused("GET / HTTP/1.1\r\nX: " + std::string(60'000, 'x'), 431);
}

void a_peer_that_never_stops_after_a_refusal_is_cut_off_in_time(void**) {
  AcceptWorld t;
  auto agent = t.ask("nonsense\r\n\r\n", 10ms);
  for (int i = 0; i < 25; ++i) {
    if (!agent->was_reset && t.server->connection_count() > 0) agent->raw(std::string(100, 'x'));
    t.world.run_for(100ms);
  }
  EXPECT(agent->status() == 400, "the refusal to have arrived");
  EXPECT(t.server->connection_count() == 0, "the slot to be free after two seconds");
}

void a_service_may_refuse_with_503_and_retry_after(void**) {
  AcceptWorld t;
  t.service.admission = {503, 7s};
  EXPECT(contains(t.refused(RawAgent::upgrade_request(), 503), "Retry-After: 7\r\n"), "Retry-After: 7");
}

void a_full_server_says_503_and_beyond_its_spare_slots_nothing(void**) {
  AcceptWorld t(1, 2);
  auto first = t.ask(RawAgent::upgrade_request());
  EXPECT(first->status() == 101, "the first to get in");
  auto second = t.dial();
  auto third = t.dial();
  auto fourth = t.ask("");
  EXPECT(fourth->ended && fourth->head.empty(), "the fourth to be closed without a word");
  second->raw(RawAgent::upgrade_request());
  t.world.run_for(100ms);
  EXPECT(second->status() == 503 && contains(second->head, "Retry-After: 5\r\n"), "503 for the second");
  first->text("still there?");
  t.world.run_for(100ms);
  EXPECT(first->messages.size() == 1, "the first to be served as ever");
}

void peers_that_never_upgrade_keep_nobody_out(void**) {
  AcceptWorld t(1, 2);
  auto silent = t.dial();
  auto refused = t.ask(RawAgent::upgrade_request("/elsewhere"), 10ms);
  auto agent = t.ask(RawAgent::upgrade_request());
  EXPECT(agent->status() == 101, "the one WebSocket there is room for");
}

void a_101_that_is_taken_in_parts_opens_the_connection_all_the_same(void**) {
  AcceptWorld t;
  sim::NetworkProfile rough;
  rough.write_bytes_max = 5;
  rough.read_bytes_max = 3;
  rough.writable_delay_max = 2ms;
  t.listener.set_profile(rough);
  auto agent = t.ask(RawAgent::upgrade_request(), 5s);
  EXPECT(agent->status() == 101 && t.service.opened == 1, "the connection to open");
  agent->text("hello");
  t.world.run_for(5s);
  EXPECT(agent->messages.size() == 1 && agent->messages[0] == "hello", "an echo");
}

void a_refusal_that_is_taken_in_parts_arrives_whole(void**) {
  AcceptWorld t;
  sim::NetworkProfile rough;
  rough.write_bytes_max = 20;
  rough.writable_delay_max = 2ms;
  t.listener.set_profile(rough);
  t.refused(RawAgent::upgrade_request("/elsewhere"), 404);
}

void frames_right_behind_the_request_are_kept(void**) {
  AcceptWorld t;
  auto agent = t.dial();
  std::string frame = {'\x81', '\x82', 0, 0, 0, 0, 'h', 'i'};
  agent->raw(RawAgent::upgrade_request() + frame);
  t.world.run_for(100ms);
  EXPECT(agent->messages.size() == 1 && agent->messages[0] == "hi", "an echo of the early frame");
}

void nothing_is_heard_after_the_goodbye(void**) {
  AcceptWorld t;
  t.service.message = [](server::Connection& connection, std::string_view) {
    connection.send("one answer");
    connection.close(4001, "enough");
    EXPECT(!connection.send("too late"), "nothing to be sent after close()");
  };
  auto agent = t.ask(RawAgent::upgrade_request());
  agent->text("a");
  agent->text("b");
  t.world.run_for(100ms);
  EXPECT(agent->messages.size() == 1 && agent->close_code == 4001, "one answer, then the close");
  EXPECT(t.service.received.size() == 1 && t.service.closed == 1, "the second message not to be handed up");
}

void shutting_down_closes_with_1001_and_reports_when_all_are_gone(void**) {
  AcceptWorld t;
  auto agent = t.ask(RawAgent::upgrade_request());
  auto upgrading = t.dial();
  bool gone = false;
  t.server->shut_down([&gone]() noexcept { gone = true; });
  EXPECT(!gone, "no report inside the call");
  t.world.run_for(2s);
  EXPECT(agent->close_code == 1001 && upgrading->ended && gone, "1001, and a report");
}

void shutting_down_an_idle_server_reports_too(void**) {
  for (const bool listening : {true, false}) {
    sim::World world{1};
    sim::Port port{world};
    sim::Listener listener{world};
    TestServer server(port, listener, nullptr, small_server(), {}, LogHook{});
    if (listening) EXPECT(server.listen(sim::ipv4(10, 0, 0, 1, 80)).ok(), "to listen");
    int reports = 0;
    server.shut_down([&reports]() noexcept { ++reports; });
    world.run_for(1s);
    EXPECT(reports == 1, "one report");
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(malformed_requests_get_400),
      cmocka_unit_test(an_unknown_path_gets_404),
      cmocka_unit_test(other_methods_get_405_and_other_versions_505),
      cmocka_unit_test(a_silent_peer_gets_408_after_the_timeout),
      cmocka_unit_test(a_request_for_no_websocket_gets_426),
      cmocka_unit_test(a_head_over_the_limit_gets_431_however_much_follows),
      cmocka_unit_test(a_peer_that_never_stops_after_a_refusal_is_cut_off_in_time),
      cmocka_unit_test(a_service_may_refuse_with_503_and_retry_after),
      cmocka_unit_test(a_full_server_says_503_and_beyond_its_spare_slots_nothing),
      cmocka_unit_test(peers_that_never_upgrade_keep_nobody_out),
      cmocka_unit_test(a_101_that_is_taken_in_parts_opens_the_connection_all_the_same),
      cmocka_unit_test(a_refusal_that_is_taken_in_parts_arrives_whole),
      cmocka_unit_test(frames_right_behind_the_request_are_kept),
      cmocka_unit_test(nothing_is_heard_after_the_goodbye),
      cmocka_unit_test(shutting_down_closes_with_1001_and_reports_when_all_are_gone),
      cmocka_unit_test(shutting_down_an_idle_server_reports_too),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

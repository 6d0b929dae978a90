// Over real loopback sockets.

#include "program/http/machinery.hpp"

#include "support/http_client.hpp"
#include "support/memcheck.hpp"

#include <sys/resource.h>

#include <chrono>
#include <ctime>
#include <memory>
#include <vector>

using namespace kedge;
using namespace kedge::program;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

constexpr HttpLimits small_limits{4, 16 * 1024, 1000, 50'000, 600ms};
const std::string host = "Host: localhost\r\n";

/// Answers "/now" with what was asked, and keeps the rest waiting.
struct Api final : HttpHandler {
  uv::Loop loop;
  HttpServer server;
  std::uint16_t port = 0;
  std::vector<HttpTicket> waiting;

  explicit Api(const HttpLimits& limits = small_limits) : server(loop, *this, limits) {
    const auto bound = server.listen(Address{Address::Family::ipv4, 0, 0, {127, 0, 0, 1}});
    EXPECT(bound.ok(), "a free loopback port");
    port = *bound;
  }
  std::optional<HttpAnswer> on_request(const HttpRequest& request, HttpTicket ticket) override {
    if (request.path == "/large") return HttpAnswer{200, std::string(16 << 20, 'x')};
    if (request.path != "/now") {
      waiting.push_back(ticket);
      return std::nullopt;
    }
    return HttpAnswer{200, std::string(request.method) + " " + std::string(request.host) + " " +
                               std::string(request.parameter("a").value_or("-")) + " " +
                               std::string(request.content_type) + " " + std::string(request.origin) + " " +
                               std::string(request.body)};
  }
  HttpAnswer refusal(int status, std::string_view message) override {
    return {status, "refused: " + std::string(message)};
  }
  std::string ask(const std::string& start, const std::string& headers = host, const std::string& body = {}) {
    return HttpClient::ask(loop, port, start, headers, body);
  }
  /// A client whose request waits for its answer.
  std::unique_ptr<HttpClient> held(const std::string& headers = host) {
    auto client = std::make_unique<HttpClient>(loop, port);
    const std::size_t before = waiting.size();
    client->say("GET /later HTTP/1.1\r\n" + headers + "\r\n");
    while (waiting.size() == before) loop.run_once();
    return client;
  }
  void turn(int turns = 10) {
    for (int i = 0; i < turns; ++i) loop.poll();
  }
};

std::string sized(std::size_t bytes) {
  return host + "Content-Length: " + std::to_string(bytes) + "\r\n";
}

void a_request_is_handed_over_with_what_it_holds(void**) {
  Api a;
  const std::string said =
      a.ask("POST /now?a=b%20c&d&a=e",
            host + "Content-Type: text/x\r\nOrigin: http://o\r\nContent-Length: 4\r\n", "body");
  EXPECT(http_status(said) == 200 && contains(said, "Content-Type: application/json"), "200");
  EXPECT_TEXT(http_body(said), "POST localhost b c text/x http://o body");
  EXPECT_TEXT(http_body(a.ask("GET /now")), "GET localhost -   ");
  EXPECT(a.server.counters().answers_of(200) == 2 && a.server.counters().connections == 2, "both counted");
}

void an_answer_may_come_later_and_the_connection_serves_on(void**) {
  Api a;
  auto client = a.held();
  a.turn();
  EXPECT(!client->ended() && client->heard().empty(), "no answer yet");
  a.server.answer(a.waiting[0], {202, "late"});
  a.server.answer(a.waiting[0], {500, "twice"});
  while (!contains(client->heard(), "late")) a.loop.run_once(), (void)client->ended();
  EXPECT(http_status(client->heard()) == 202, "202");
  client->say("GET /now HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n");
  EXPECT(contains(client->hear_all(), "GET localhost"), "another request on it");
  EXPECT(a.server.connections() == 0, "none left");
}

void an_answer_to_a_peer_that_is_gone_is_harmless(void**) {
  Api a;
  a.held().reset();
  a.turn();
  a.server.answer(a.waiting[0], {200, "nobody"});
  a.server.answer(77, {200, "never asked"});
  a.turn();
  EXPECT(a.server.connections() == 0, "the connection to be gone");
}

void requests_that_wait_do_not_outlive_the_server(void**) {
  Api a;
  auto client = a.held();
  a.server.close();
  a.server.answer(a.waiting[0], {200, "too late"});
  EXPECT_TEXT(client->hear_all(), "");
}

void a_body_that_is_too_large_gets_413_however_it_comes(void**) {
  Api a;
  EXPECT(http_status(a.ask("POST /now", sized(1000), std::string(1000, 'x'))) == 200, "as much as it may");
  EXPECT(http_status(a.ask("POST /now", sized(1001), std::string(1001, 'x'))) == 413, "a byte more");
  EXPECT(http_status(a.ask("POST /now", sized(60'000), std::string(60'000, 'x'))) == 413, "not to be read");
  const std::string asks = sized(1001) + "Expect: 100-continue\r\n";
  EXPECT_TEXT(http_body(a.ask("POST /now", asks)), "refused: the body is too large");
  const std::string chunk = "400\r\n" + std::string(0x400, 'x') + "\r\n";
  const std::string chunked = host + "Transfer-Encoding: chunked\r\n";
  EXPECT(http_status(a.ask("POST /now", chunked, chunk + "0\r\n\r\n")) == 413, "in chunks");
  EXPECT(a.server.counters().answers_of(413) == 4, "all counted");
}

void who_reads_nothing_before_a_long_body_is_written_hears_of_the_413(void**) {
  HttpLimits limits = small_limits;
  limits.discarded_bytes_max = 2'000'000;
  limits.patience = 60s;
  Api a(limits);
  // More than the sockets hold.
  const std::string body(4 * limits.discarded_bytes_max, 'x');
  HttpClient client(a.loop, a.port);
  client.say("POST /now HTTP/1.1\r\n" + sized(body.size()) + "\r\n" + body);
  EXPECT_TEXT(http_body(client.hear_all()), "refused: the body is too large");
  EXPECT(a.server.counters().answers_of(413) == 1, "one answer");
}

void a_body_without_end_gets_413_and_its_connection_ends(void**) {
  Api a;
  HttpClient client(a.loop, a.port);
  client.say("POST /now HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = "1000\r\n" + std::string(0x1000, 'x') + "\r\n";
  while (!client.ended()) {
    client.say_in_vain(chunk);
    a.loop.poll();
  }
  EXPECT(http_status(client.heard()) == 413, "413");
  EXPECT_TEXT(http_body(client.heard()), "refused: the body is too large");
}

void who_takes_too_long_is_cut(void**) {
  Api a;
  HttpClient idle(a.loop, a.port), head(a.loop, a.port), body(a.loop, a.port);
  head.say("GET /now HTTP/1.1\r\nX: ");
  body.say("POST /now HTTP/1.1\r\n" + sized(100) + "\r\n");
  auto held = a.held();
  // A byte now and then does not help.
  auto last = std::chrono::steady_clock::now();
  while (!head.ended() || !body.ended() || !idle.ended()) {
    const auto now = std::chrono::steady_clock::now();
    if (now - last > 20ms) {
      head.say_in_vain("x");
      body.say_in_vain("y");
      last = now;
    }
    a.loop.run_once();
  }
  EXPECT_TEXT(idle.heard() + head.heard() + body.heard(), "");
  EXPECT(a.server.counters().connections_cut == 3, "three cut");
  EXPECT(!held->ended(), "who waits for us not to be");
  a.server.answer(a.waiting[0], {200, "at last"});
  while (!contains(held->heard(), "at last")) a.loop.run_once(), (void)held->ended();
}

void who_does_not_take_its_answer_is_cut(void**) {
  Api a;
  const auto begin = std::chrono::steady_clock::now();
  HttpClient deaf(a.loop, a.port);
  deaf.say("GET /large HTTP/1.1\r\n" + host + "\r\n");
  while (a.server.counters().connections_cut == 0 && std::chrono::steady_clock::now() - begin < 20s) {
    a.loop.run_once();
  }
  EXPECT(a.server.counters().answers_of(200) == 1, "an answer");
  EXPECT(std::chrono::steady_clock::now() - begin >= small_limits.patience - 1ms,
         "patience, in milliseconds of the loop");
  while (a.server.connections() > 0) a.loop.run_once();
  EXPECT(deaf.hear_all().size() < 16 << 20, "the answer to be cut short");
}

void a_body_that_is_dropped_gives_its_memory_back(void**) {
  HttpExchange exchange;
  exchange.body.assign(100'000, 'x');
  exchange.drop_body();
  EXPECT(exchange.body.empty() && exchange.body.capacity() < 100, "nothing kept");
}

void one_connection_too_many_takes_the_place_of_the_slowest(void**) {
  Api a;
  auto held = a.held();
  std::vector<std::unique_ptr<HttpClient>> idle;
  for (int i = 0; i < 3; ++i) {
    idle.push_back(std::make_unique<HttpClient>(a.loop, a.port));
    a.turn();
  }
  EXPECT(http_status(a.ask("GET /now")) == 200, "one more to be served");
  EXPECT(idle[0]->ended() && !idle[1]->ended() && !idle[2]->ended(), "the slowest to be cut");
  EXPECT(!held->ended(), "who waits for us not to be");
  for (int i = 0; i < 200; ++i) idle.push_back(std::make_unique<HttpClient>(a.loop, a.port));
  EXPECT(http_status(a.ask("GET /now")) == 200, "one behind two hundred to be served");
}

/// Lets no descriptor be opened beyond so many from the lowest that is free, as long as it lives.
class FewDescriptors {
 public:
  explicit FewDescriptors(int count) {
    EXPECT(getrlimit(RLIMIT_NOFILE, &before_) == 0, "a limit");
    const int lowest = dup(STDIN_FILENO);
    ::close(lowest);
    const rlimit few{static_cast<rlim_t>(lowest + count), before_.rlim_max};
    EXPECT(setrlimit(RLIMIT_NOFILE, &few) == 0, "a lower one");
  }
  FewDescriptors(const FewDescriptors&) = delete;
  FewDescriptors& operator=(const FewDescriptors&) = delete;
  ~FewDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

void who_comes_after_descriptors_had_run_out_is_served(void**) {
  HttpLimits patient = small_limits;
  patient.patience = 1min;
  Api a(patient);
  std::vector<std::unique_ptr<HttpClient>> many;
  for (int i = 0; i < 8; ++i) many.push_back(std::make_unique<HttpClient>(a.loop, a.port));
  const FewDescriptors few(3);
  a.turn(20);
  EXPECT(a.server.connections() == 3, "three to be accepted, and no more");
  many.clear();
  // All at once: no event is left over that could make the daemon look again.
  const auto begin = std::chrono::steady_clock::now();
  while (a.server.connections() > 0) a.loop.run_once();
  a.turn(20);
  HttpClient next(a.loop, a.port);
  next.say("GET /now HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n");
  while (!next.ended() && std::chrono::steady_clock::now() - begin < 5s) a.loop.poll();
  EXPECT(http_status(next.heard()) == 200, "an answer");
}

// The daemon's way with a first connection that there is no descriptor for is to try again at once, for ever.
void without_a_descriptor_for_its_first_connection_it_does_not_spin(void**) {
  if (under_memcheck()) {
    print_message(
        "not under memcheck: it takes the peer from the kernel before it says that no descriptor is left\n");
    skip();
  }
  Api a;
  HttpClient client(a.loop, a.port);
  client.say("GET /now HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n");
  int turns = 0;
  {
    const FewDescriptors none(0);
    const auto begin = std::chrono::steady_clock::now();
    const std::clock_t busy = std::clock();
    for (; std::chrono::steady_clock::now() - begin < 450ms; ++turns) a.loop.run_once();
    EXPECT(turns < 30, "a few tries, no busy loop");
    EXPECT(std::clock() - busy < CLOCKS_PER_SEC / 10, "a fifth of a core at most");
    EXPECT(a.server.connections() == 0, "nobody to be accepted");
  }
  EXPECT(http_status(client.hear_all()) == 200, "an answer, when there is room again");
}

void draining_waits_for_answers_and_for_nothing_else(void**) {
  Api a;
  HttpClient idle(a.loop, a.port);
  auto client = a.held();
  bool drained = false;
  a.server.drain([&drained]() noexcept { drained = true; });
  a.turn();
  EXPECT(!drained, "an answer to be waited for");
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(a.port);
  EXPECT(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0, "nobody to listen");
  ::close(fd);
  a.server.answer(a.waiting[0], {200, "the last"});
  while (!drained) a.loop.run_once();
  EXPECT(contains(client->hear_all(), "Connection: close") && contains(client->heard(), "the last"),
         "the answer, and the connection's end");
}

void draining_with_nothing_to_answer_is_soon_over(void**) {
  Api a;
  bool drained = false;
  a.server.drain([&a, &drained]() noexcept {
    drained = true;
    a.server.close();
  });
  EXPECT(!drained, "not inside the call");
  while (!drained) a.loop.run_once();
}

void a_port_that_is_taken_is_an_error_and_close_may_come_twice(void**) {
  Api a;
  HttpServer second(a.loop, a, small_limits);
  const auto bound = second.listen(Address{Address::Family::ipv4, a.port, 0, {127, 0, 0, 1}});
  EXPECT(bound.error().kind() == ErrorKind::connection, "connection");
  EXPECT_TEXT(bound.error().message(), "the HTTP API cannot listen: Address already in use");
  second.close();
  a.server.close();
  a.server.close();
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_request_is_handed_over_with_what_it_holds),
      cmocka_unit_test(an_answer_may_come_later_and_the_connection_serves_on),
      cmocka_unit_test(an_answer_to_a_peer_that_is_gone_is_harmless),
      cmocka_unit_test(requests_that_wait_do_not_outlive_the_server),
      cmocka_unit_test(a_body_that_is_too_large_gets_413_however_it_comes),
      cmocka_unit_test(who_reads_nothing_before_a_long_body_is_written_hears_of_the_413),
      cmocka_unit_test(a_body_without_end_gets_413_and_its_connection_ends),
      cmocka_unit_test(who_takes_too_long_is_cut),
      cmocka_unit_test(who_does_not_take_its_answer_is_cut),
      cmocka_unit_test(a_body_that_is_dropped_gives_its_memory_back),
      cmocka_unit_test(one_connection_too_many_takes_the_place_of_the_slowest),
      cmocka_unit_test(who_comes_after_descriptors_had_run_out_is_served),
      cmocka_unit_test(without_a_descriptor_for_its_first_connection_it_does_not_spin),
      cmocka_unit_test(draining_waits_for_answers_and_for_nothing_else),
      cmocka_unit_test(draining_with_nothing_to_answer_is_soon_over),
      cmocka_unit_test(a_port_that_is_taken_is_an_error_and_close_may_come_twice),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

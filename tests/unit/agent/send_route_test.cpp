// The route without HTTP, on a simulated world with kedge-hub's connector in it.

#include "agent/send_route.hpp"
#include "codec/base64.hpp"

#include "scripted/hub_btp_fixture.hpp"

#include <optional>

using namespace kedge;
using namespace kedge::agent;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view routes =
    R"({"routes": [{"prefix": "test.silent", "habit": "silent"}, {"prefix": "test.ok"}]})";

struct World : ConnectorWorld {
  explicit World(std::optional<std::chrono::milliseconds> packet_timeout = {})
      : ConnectorWorld(routes), configuration(with(packet_timeout)) {
    EXPECT(credentials.set_token(peer_token).ok() && line.connect().ok(), "a line");
    EXPECT(world.run_until([this] { return line.state() == LinkState::ready; }, 1s), "it to be ready");
  }
  ~World() {
    line.close();
    run(10s);
  }
  std::optional<HttpAnswer> ask(std::string_view destination, std::string_view more = {}) {
    const std::string body = R"({"destination":")" + std::string(destination) +
                             R"(","amount":"1","data":"")" + std::string(more) + "}";
    return say(body);
  }
  std::optional<HttpAnswer> say(const std::string& body) {
    HttpRequest request{"POST", "/ilp/send"};
    request.content_type = "application/json";
    request.body = body;
    return route.on_request(request, 7);
  }
  /// How long a packet that nobody answers is waited for.
  Duration waited(std::string_view timeout_ms) {
    answered.reset();
    const Instant begin = port.now();
    EXPECT(!ask("test.silent", R"(,"timeoutMs":)" + std::string(timeout_ms)), "a packet on its way");
    EXPECT(world.run_until([this] { return answered.has_value(); }, 1min) && answered->status == 408, "408");
    return port.now() - begin;
  }

  static Configuration with(std::optional<std::chrono::milliseconds> packet_timeout) {
    Configuration configuration;
    configuration.url = "ws://10.0.0.1/btp";
    configuration.packet_timeout = packet_timeout;
    return configuration;
  }

  sim::Port agents_port{world};
  const Configuration configuration;
  program::Credentials credentials{configuration, credential_names(), agents_port};
  Connector line{agents_port, configuration, credentials, [](LinkState) {}, [](const LogRecord&) {}};
  std::optional<HttpAnswer> answered;
  SendRoute route{agents_port, line, true,
                  [this](program::HttpTicket, HttpAnswer answer) noexcept { answered = std::move(answer); }};
};

bool near(Duration got, Duration wanted) {
  return got >= wanted && got < wanted + 5ms;
}

void silence_is_a_408_500_ms_before_the_packet_expires_and_after_1_s_at_the_earliest(void**) {
  World t;
  EXPECT(near(t.waited("30000"), 29500ms), "29.5 s");
  EXPECT(near(t.waited("1700"), 1200ms), "1.2 s");
  EXPECT(near(t.waited("1400"), 1s) && near(t.waited("1"), 1s), "1 s");
}

void the_longest_wait_shortens_what_a_packet_leaves_and_lengthens_nothing(void**) {
  World t(1500ms);
  EXPECT(near(t.waited("30000"), 1500ms), "the longest");
  EXPECT(near(t.waited("1700"), 1200ms), "500 ms before the packet expires");
  EXPECT(near(t.waited("100"), 1s), "1 s at the earliest");
  World shorter(50ms);
  EXPECT(near(shorter.waited("30000"), 50ms) && near(shorter.waited("100"), 50ms), "50 ms");
}

void as_many_packets_of_the_largest_size_as_may_be_in_flight_fit(void**) {
  World t;
  const std::vector<std::byte> most(data_bytes_max);
  std::string data(codec::base64_encoded_size(most.size(), codec::Base64::standard), '\0');
  EXPECT(codec::base64_encode(most, data).ok(), "room");
  const std::string destination = "test.silent." + std::string(1023 - 12, 'x');
  const std::string body =
      R"({"destination":")" + destination + R"(","amount":"18446744073709551615","data":")" + data + "\"}";
  for (int i = 0; i < 64; ++i) {
    const auto refused = t.say(body);
    EXPECT(!refused, refused ? refused->body.c_str() : "");
  }
  const auto refused = t.say(body);
  EXPECT(refused && refused->status == 429 && contains(refused->body, "all 64 requests are pending"),
         refused ? refused->body.c_str() : "the limit to be named");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(silence_is_a_408_500_ms_before_the_packet_expires_and_after_1_s_at_the_earliest),
      cmocka_unit_test(the_longest_wait_shortens_what_a_packet_leaves_and_lengthens_nothing),
      cmocka_unit_test(as_many_packets_of_the_largest_size_as_may_be_in_flight_fit),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

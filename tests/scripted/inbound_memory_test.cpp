// The upgrade's request, the head of its response, and then each message lie in one place: none of them may
// find another there.

#include "proxy_fixture.hpp"
#include "ws/accept_key.hpp"

#include <kedge/sim/websocket_peer.hpp>

#include <array>

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

constexpr Limits micro = Limits::micro();

/// A valid 101 to the request, of as many bytes as a head may have, with a header behind everything else.
std::string switching(const sim::WebSocketConnection& line) {
  std::array<char, ws::accept_characters> accept{};
  EXPECT(ws::make_accept(line.header("Sec-WebSocket-Key"), accept), "SHA-1");
  const std::string begin =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: " +
      std::string(accept.data(), accept.size()) + "\r\nX-Fill: ";
  const std::string end = "\r\nX-Last: seen\r\n\r\n";
  return begin + std::string(micro.upgrade_bytes_max - begin.size() - end.size(), 'f') + end;
}

std::string frame(std::uint8_t first, std::string_view payload) {
  EXPECT(payload.size() > 125, "a length of 16 bits");
  const char header[] = {static_cast<char>(first), 126, static_cast<char>(payload.size() >> 8U),
                         static_cast<char>(payload.size() & 0xFFU)};
  return std::string(header, sizeof header).append(payload);
}

const std::string message = std::string(600, 'a') + std::string(micro.inbound_message_bytes_max - 600, 'b');

/// The largest message, in two fragments so that it is put together.
std::string fragments() {
  return frame(0x01, message.substr(0, 600)) + frame(0x80, message.substr(600));
}

class Upgraded : public LinkWorld {
 public:
  explicit Upgraded(ClientConfig config = {}) : LinkWorld(std::move(config), 1, micro), peer(world) {
    EXPECT(peer.listen(sim::ipv4(10, 0, 0, 1, 80)).ok(), "listening");
    peer.otherwise(sim::Reception::hold());
    // All the room there is, in front of the response.
    protocol.attempt = [](UpgradeExtras& extras) {
      return extras.add_header("X-Asked", std::string(micro.upgrade_bytes_max / 4, 'q'));
    };
    protocol.opened_to = [this](const Opened& opened) { last_header = opened.header("X-Last"); };
    EXPECT(link->connect().ok(), "started");
  }
  ~Upgraded() { protocol.opened_to = {}; }

  sim::WebSocketConnection& asked(std::size_t number) {
    EXPECT(
        world.run_until(
            [&] { return peer.connections() == number && !peer.latest()->header("X-Asked").empty(); }, 1min),
        "the request, with its extras");
    return *peer.latest();
  }
  void expect_message() {
    EXPECT(world.run_until([&] { return !protocol.messages.empty(); }, 10s), "the message");
    EXPECT_TEXT(last_header, "seen");
    EXPECT_TEXT(protocol.messages[0], message);
  }

  sim::WebSocketPeer peer;
  std::string last_header;
};

void a_response_and_the_message_behind_it_may_be_cut_anywhere(void**) {
  const std::size_t all = micro.upgrade_bytes_max + fragments().size();
  for (std::size_t cut = 1; cut <= all; cut += cut < micro.upgrade_bytes_max + 8 ? 1 : 61) {
    Upgraded t;
    sim::WebSocketConnection& line = t.asked(1);
    const std::string bytes = switching(line) + fragments();
    EXPECT(line.answer(sim::Reception::say(bytes.substr(0, cut))), "the beginning");
    t.run(1s);
    if (cut < bytes.size()) EXPECT(line.write(bytes.substr(cut)), "the rest");
    t.expect_message();
  }
}

void a_line_that_ends_anywhere_leaves_nothing_for_the_next(void**) {
  for (std::size_t cut = 1; cut < micro.upgrade_bytes_max + fragments().size(); cut += 37) {
    Upgraded t;
    sim::WebSocketConnection& line = t.asked(1);
    EXPECT(line.answer(sim::Reception::say((switching(line) + fragments()).substr(0, cut)).then_end()),
           "an end");
    sim::WebSocketConnection& next = t.asked(2);
    EXPECT(t.protocol.messages.empty(), "half a message is none");
    t.last_header.clear();
    EXPECT(next.answer(sim::Reception::say(switching(next) + fragments())), "a whole one");
    t.expect_message();
  }
}

struct Proxied : Upgraded {
  Proxied() : Upgraded(through_proxy()) {}
  ProxyHost proxy{world};
};

void the_head_of_a_proxys_answer_is_in_nobodys_way(void**) {
  Proxied t;
  const std::string begin = "HTTP/1.1 200 Connection established\r\nX-Fill: ";
  t.proxy.answer = begin + std::string(micro.upgrade_bytes_max - begin.size() - 4, 'f') + "\r\n\r\n";
  for (const std::size_t number : {1U, 2U}) {
    sim::WebSocketConnection& line = t.asked(number);
    EXPECT_TEXT(line.header("X-Asked"), std::string(micro.upgrade_bytes_max / 4, 'q'));
    EXPECT(line.answer(sim::Reception::say(switching(line) + fragments())), "accepted");
    t.expect_message();
    t.protocol.messages.clear();
    line.cut();
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_response_and_the_message_behind_it_may_be_cut_anywhere),
      cmocka_unit_test(a_line_that_ends_anywhere_leaves_nothing_for_the_next),
      cmocka_unit_test(the_head_of_a_proxys_answer_is_in_nobodys_way),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

// Whole clients with the smallest limits that there is a name for.

#include "btp_fixture.hpp"
#include "gate_fixture.hpp"

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

constexpr auto micro = Limits::micro();

std::string data_of(std::size_t size) {
  return "\"" + std::string(size - 2, 'x') + "\"";
}

void agent_gate_asks_for_tools_and_takes_the_largest_answer(void**) {
  GateWorld t(1, agent_gate::Limits::micro());
  std::string answer;
  t.gate.on_request = [&](const GateRequest& request) {
    if (request.method != "tool_request") return false;
    const std::string frame =
        R"({"jsonrpc":"2.0","result":{"status":"executed","data":},"id":)" + request.id + "}";
    answer = data_of(micro.inbound_message_bytes_max - frame.size());
    t.gate.answer(request.id, R"({"status":"executed","data":)" + answer + "}");
    return true;
  };
  t.connect();
  EXPECT(t.ask("get_temperature", R"({"room":"kitchen"})").ok(), "a request");
  EXPECT(t.all_ended(1) && !t.ended[0].error, "its answer, of as many bytes as are read whole");
  EXPECT_TEXT(t.ended[0].text, answer);
}

void agent_gate_sends_the_largest_request_there_is_room_for(void**) {
  GateWorld t(1, agent_gate::Limits::micro());
  t.gate.on_request = [&](const GateRequest& request) {
    if (request.method != "tool_request") return false;
    t.gate.answer(request.id, executed);
    return true;
  };
  t.connect();
  std::size_t most = micro.outbound_message_bytes_max;
  while (most > 0 && !t.ask("write", "{\"text\":" + data_of(most) + "}").ok()) --most;
  EXPECT(most > micro.outbound_message_bytes_max - 128, "all but what JSON-RPC writes around it");
  EXPECT(t.all_ended(1) && !t.ended[0].error, "its answer");
  EXPECT(t.gate.tools()[0].args.size() == most + std::string("{\"text\":}").size(), "whole");
}

void agent_gate_holds_two_requests_and_gets_their_results_after_a_cut(void**) {
  GateWorld t(1, agent_gate::Limits::micro());
  t.gate.on_request = [](const GateRequest& request) { return request.method == "tool_request"; };
  t.connect();
  EXPECT(t.ask("pay", R"({"to":"a"})").ok() && t.ask("pay", R"({"to":"b"})").ok(), "two");
  EXPECT(t.ask("pay").error().kind() == ErrorKind::queue_full, "and no third");
  t.run(1s);
  for (const GateRequest& request : t.gate.tools())
    t.gate.rows.push_back(row(request.id, "pay", request.args, executed));
  t.cut();
  EXPECT(t.all_ended(2) && !t.ended[0].error && !t.ended[1].error, "both are resolved by their rows");
}

void btp_moves_packets_both_ways(void**) {
  for (const btp::Dialect dialect : {btp::Dialect::crosstown, btp::Dialect::btp2}) {
    BtpWorld* world = nullptr;
    btp::Config config;
    config.on_packet = [&world](const btp::IncomingPacket& packet) noexcept {
      static constexpr std::array<std::byte, ilp::hash_bytes> fulfillment{};
      EXPECT(world->client->answer(packet.id, ilp::Fulfill{fulfillment, {}}).ok(), "room for an answer");
    };
    BtpWorld t(dialect, std::move(config), micro);
    world = &t;
    t.connect();
    t.server.on_message_ = [&](const BtpServer::Seen& seen) {
      if (seen.type == btp::MessageType::message)
        t.server.answer(seen.id, ilp::Fulfill{t.fulfillment, bytes_of("here")});
    };
    EXPECT(t.send(t.prepare("test.server.bob", std::string(512, 'x'))).ok(), "a packet");
    EXPECT(t.all_ended(1) && !t.ended[0].error, "its answer");
    EXPECT(t.ended[0].data == "here" && t.ended[0].fulfillment == text_of(t.fulfillment), "fulfilled");
    t.server.say_packet(btp::MessageType::message, 7, t.prepare("test.client"));
    EXPECT(t.world.run_until([&] { return t.server.seen.back().type == btp::MessageType::response; }, 10s),
           "the client's answer");
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(agent_gate_asks_for_tools_and_takes_the_largest_answer),
      cmocka_unit_test(agent_gate_sends_the_largest_request_there_is_room_for),
      cmocka_unit_test(agent_gate_holds_two_requests_and_gets_their_results_after_a_cut),
      cmocka_unit_test(btp_moves_packets_both_ways),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

// The core allocates nothing: 10,000 requests and 20 reconnects over the simulated network, where everything
// that runs - client, server, network and this test - is in fixed memory, so that no allocation of the
// program is forgiven.

#include "support/allocations.hpp"
#include "hub/server.hpp"
#include "support/cmocka.hpp"

#include <kedge/agent_gate.hpp>
#include <kedge/port_sim.hpp>

#include <array>
#include <cstdio>

using namespace kedge;
using namespace kedge::test;
using allocations::Asker;

namespace {

constexpr int requests = 10'000;
constexpr int reconnects = 20;

/// A gate that lets everybody in, answers every tool with its arguments, and cuts the line at the tool `cut`,
/// whose result is then a row. In buffers of its own.
class FixedGate final : public hub::Service {
 public:
  [[nodiscard]] bool serves(std::string_view path) const noexcept override { return path == "/"; }
  hub::Admission admit(const ws::UpgradeServer&) noexcept override { return {}; }
  void on_open(hub::Connection&) noexcept override { ++opened; }
  void on_closed(hub::Connection&, const Error&) noexcept override {}
  void on_turn(Instant) noexcept override {}
  [[nodiscard]] Instant next_deadline() const noexcept override { return never; }

  void on_message(hub::Connection& connection, ws::MessageType,
                  std::span<const std::byte> payload) noexcept override {
    const std::string_view text(reinterpret_cast<const char*>(payload.data()), payload.size());
    const std::string_view method = member(text, R"("method":")", "\"");
    const std::string_view id = member(text, R"("id":)", "}");
    if (method == "auth") {
      reply(connection, id, R"({"status":"authenticated"})", "", "");
    } else if (method == "get_pending_results") {
      reply(connection, id, R"({"results":[)", {row_.data(), row_size_}, "]}");
      row_size_ = 0;
    } else if (member(text, R"("tool":")", "\"") == "cut") {
      make_row(id);
      connection.cut();
    } else {
      reply(connection, id, R"({"status":"executed","data":)", member(text, R"("args":)", "},\"id\""), "}");
    }
  }

  int opened = 0;

 private:
  static std::string_view member(std::string_view text, std::string_view name,
                                 std::string_view end) noexcept {
    const std::size_t begin = text.find(name);
    if (begin == std::string_view::npos) return {};
    const std::string_view rest = text.substr(begin + name.size());
    return rest.substr(0, rest.find(end));
  }
  void make_row(std::string_view id) noexcept {
    const int size =
        std::snprintf(row_.data(), row_.size(),
                      R"({"request_id":"%.*s","tool_name":"cut","args":"{}","signature":"",)"
                      R"("result":"{\"status\":\"executed\",\"data\":{}}","created_at":1,"expires_at":2})",
                      static_cast<int>(id.size()), id.data());
    row_size_ = static_cast<std::size_t>(size);
  }
  static void reply(hub::Connection& connection, std::string_view id, std::string_view begin,
                    std::string_view middle, std::string_view end) noexcept {
    std::array<char, 1024> text;
    BufferSink sink(std::as_writable_bytes(std::span(text)));
    for (const std::string_view part : {std::string_view(R"({"jsonrpc":"2.0","result":)"), begin, middle, end,
                                        std::string_view(R"(,"id":)"), id, std::string_view("}")}) {
      sink.write(part);
    }
    EXPECT(connection.send(sink.text()), "room for an answer");
  }

  std::array<char, 512> row_{};
  std::size_t row_size_ = 0;
};

struct Run {
  Run() {
    const Address addresses[] = {sim::ipv4(10, 0, 0, 1)};
    world.set_name("gateway", addresses);
    EXPECT(server.listen(sim::ipv4(10, 0, 0, 1, 80)).ok(), "the server to listen");
    EXPECT(client.connect().ok(), "the client to start");
  }
  static hub::ServerConfig server_config() {
    hub::ServerConfig config;
    config.connections_max = 4;
    config.connection.limits = Limits::small();
    return config;
  }
  static agent_gate::Config client_config() {
    agent_gate::Config config;
    config.client.url = "ws://gateway/";
    config.client.credentials = [](Secret& secret) noexcept { return secret.assign("token"); };
    return config;
  }
  void request(std::string_view tool, std::string_view args) {
    ++started;
    EXPECT(client
               .tool_request(tool, args,
                             [this](const Outcome& outcome) noexcept {
                               ++completed;
                               if (!outcome.ok()) ++failed;
                             })
               .ok(),
           "the request to be taken");
  }
  void finish() {
    EXPECT(world.run_until([this] { return completed == started; }, std::chrono::minutes{5}),
           "every request to end");
  }

  sim::World world{7};
  sim::Port port{world};
  sim::Port server_port{world};
  sim::Listener listener{world};
  FixedGate gate;
  hub::Service* services[1] = {&gate};
  hub::Server server{server_port, listener, nullptr, server_config(), services, LogHook{}};
  std::array<std::byte, storage_bytes(Limits::small())> storage;
  agent_gate::Client client{port, client_config(), Limits::small(), storage};
  int started = 0, completed = 0, failed = 0;
};

void the_counter_sees_the_programs_own_allocations(void**) {
  if (!allocations::works()) skip();
  allocations::start();
  ::operator delete(::operator new(32));  // by name: a pair of expressions may be optimised away
  const allocations::Tally tally = allocations::stop();
  EXPECT(tally.of(Asker::program).calls == 1 && tally.of(Asker::program).bytes == 32,
         "operator new to be seen");
}

void no_allocation_over_10000_requests_and_20_reconnects(void**) {
  if (!allocations::works()) skip();
  static Run run;
  EXPECT(run.world.run_until([] { return run.client.state() == LinkState::ready; }, std::chrono::minutes{1}),
         "ready");
  allocations::start();
  allocations::Tally attempts;
  for (int part = 0; part < reconnects; ++part) {
    for (int i = 0; i < requests / reconnects - 1; ++i) {
      run.request("echo", R"({"entity_id":"sensor.temp","unit":"celsius"})");
      if (run.started - run.completed >= 16) run.finish();
    }
    run.finish();
    const allocations::Tally before = allocations::so_far();
    run.request("cut", "{}");
    run.finish();
    attempts += allocations::so_far() - before;
  }
  const allocations::Tally all = allocations::stop();
  (all - attempts).print("a request", requests - reconnects);
  attempts.print("an attempt, both ends", reconnects);
  if (all.of(Asker::program).calls != 0) allocations::print_program_stacks();
  EXPECT(run.completed == requests && run.failed == 0, "10,000 requests with a result");
  EXPECT(run.gate.opened == 1 + reconnects && run.client.statistics().connects == 1 + reconnects,
         "20 reconnects");
  EXPECT(all.of(Asker::program).calls == 0, "no allocation of the core, over all of it");
  EXPECT(attempts.of(Asker::wslay).calls == 2 * reconnects, "wslay's one context an attempt, at both ends");
  EXPECT((all - attempts).of(Asker::wslay).calls == 0, "nothing of wslay's a message");
  run.client.close();
  EXPECT(run.world.run_until([] { return run.client.state() == LinkState::closed; }, std::chrono::minutes{1}),
         "closed");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_counter_sees_the_programs_own_allocations),
      cmocka_unit_test(no_allocation_over_10000_requests_and_20_reconnects),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

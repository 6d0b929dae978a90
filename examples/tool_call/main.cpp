#include <kedge/agent_gate.hpp>
#include <kedge/host.hpp>

static kedge::Storage<kedge::Limits::small()> storage;  // everything the client will ever use

int main(int argc, char** argv) {
  kedge::Host host;  // a loop; TLS with the system's CAs, or that of KEDGE_CA; the token of KEDGE_TOKEN
  kedge::agent_gate::Config config{.client = host.config(argc > 1 ? argv[1] : "")};
  kedge::agent_gate::Client gate(host.port(), std::move(config), kedge::Limits::small(), storage.bytes());
  auto done = [&](const kedge::Outcome& outcome) noexcept { host.print(outcome), gate.close(); };
  // Queued at once, sent when the line is ready, answered exactly once - whatever happens to the line.
  auto asked = gate.tool_request("get_temperature", R"({"room":"kitchen"})", done);
  return asked ? host.run(gate) : host.fail(asked.error());
}

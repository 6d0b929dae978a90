#include <kedge/agent_gate.hpp>
#include <kedge/host.hpp>

using namespace kedge;
static agent_gate::Storage<agent_gate::Limits::small()> storage;  // everything the client will ever use

int main(int argc, char** argv) {
  Host host;  // a loop; TLS with the system's CAs, or that of KEDGE_CA; the token of KEDGE_TOKEN
  agent_gate::Config config{.client = host.config(argc > 1 ? argv[1] : "")};
  agent_gate::Client gate(host.port(), std::move(config), storage);
  auto done = [&](const Outcome& outcome) noexcept { host.print(outcome), gate.close(); };
  // Queued at once, sent when the line is ready, answered exactly once - whatever happens to the line.
  auto asked = gate.tool_request("get_temperature", R"({"room":"kitchen"})", done);
  return asked ? host.run(gate) : host.fail(asked.error());
}

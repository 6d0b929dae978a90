#include <kedge/agent_gate.hpp>
#include <kedge/port_uv.hpp>
#include <kedge/tls.hpp>

#include <cstdio>
#include <cstdlib>

using namespace kedge;

static Storage<Limits::small()> storage;  // everything the client will ever use
static tls::ClientStorage<> tls_storage;

int main(int argc, char** argv) {
  if (argc < 3 || !tls_storage.client.trust_file(argv[2])) return 2;
  uv::Loop loop;
  uv::Port port(loop);

  agent_gate::Config config;
  config.client.url = argv[1];
  config.client.tls = &tls_storage.client;
  config.client.credentials = [](Secret& token) noexcept -> Result<void> {
    const char* value = std::getenv("KEDGE_TOKEN");
    return token.assign(value != nullptr ? value : "");
  };
  config.client.on_state = [&loop](LinkState state, const Error&) noexcept {
    if (state == LinkState::closed) loop.stop();
  };
  agent_gate::Client gate(port, std::move(config), Limits::small(), storage.bytes());

  auto done = [&gate](const Outcome& outcome) noexcept {
    const std::string_view text = outcome.ok() ? outcome.text() : outcome.error.message();
    std::printf("%.*s\n", static_cast<int>(text.size()), text.data());
    gate.close();
  };
  // Queued at once, sent when the line is ready, answered exactly once - whatever happens to the line.
  if (!gate.connect() || !gate.tool_request("get_temperature", R"({"room":"kitchen"})", done)) return 1;
  loop.run();
}

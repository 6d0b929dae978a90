#include <kedge/agent_gate.hpp>
#include <kedge/port_uv.hpp>
#include <kedge/tls.hpp>

#include <cstdio>
#include <cstdlib>

using namespace kedge;

static agent_gate::Storage<agent_gate::Limits::small()> storage;  // everything the client will ever use
static tls::ClientStorage<> tls_storage;

static void print(std::FILE* to, std::string_view text) {
  std::fprintf(to, "%.*s\n", static_cast<int>(text.size()), text.data());
}
static int fail(const Error& error) {
  print(stderr, error.message());
  return 2;
}

int main(int argc, char** argv) {
  if (argc != 3) return fail({ErrorKind::config, "usage: tool_call URL CA_FILE"});
  if (auto trusted = tls_storage.client.trust_file(argv[2]); !trusted) return fail(trusted.error());
  uv::Loop loop;
  uv::Port port(loop);

  agent_gate::Config config;
  config.client.url = argv[1];
  config.client.tls = &tls_storage.client;
  config.client.credentials = [](Secret& token) noexcept -> Result<void> {
    const char* value = std::getenv("KEDGE_TOKEN");
    if (value == nullptr) return Error(ErrorKind::config, "KEDGE_TOKEN is not set");
    return token.assign(value);
  };
  config.client.on_state = [&loop](LinkState state, const Error& error) noexcept {
    if (state == LinkState::waiting) print(stderr, error.message());
    if (state == LinkState::closed) loop.stop();
  };
  agent_gate::Client gate(port, std::move(config), storage);

  auto done = [&gate](const Outcome& outcome) noexcept {
    print(outcome.ok() ? stdout : stderr, outcome.ok() ? outcome.text() : outcome.error.message());
    gate.close();
  };
  // Queued at once, sent when the line is ready, answered exactly once - whatever happens to the line.
  auto asked = gate.tool_request("get_temperature", R"({"room":"kitchen"})", done);
  if (!asked) return fail(asked.error());
  if (auto started = gate.connect(); !started) return fail(started.error());
  loop.run();
}

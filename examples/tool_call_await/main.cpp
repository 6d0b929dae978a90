// examples/tool_call with coroutines: two tools one after the other, the second with a deadline of its own.

#include <kedge/agent_gate_await.hpp>
#include <kedge/port_uv.hpp>
#include <kedge/tls.hpp>

#include <cstdio>
#include <cstdlib>

using namespace kedge;
using namespace std::chrono_literals;

static agent_gate::Storage<agent_gate::Limits::small()> storage;
static tls::ClientStorage<> tls_storage;
static await::FramePool<1, 2048> frames;  // one coroutine at a time

static void print(std::FILE* to, std::string_view text) {
  std::fprintf(to, "%.*s\n", static_cast<int>(text.size()), text.data());
}
static int fail(const Error& error) {
  print(stderr, error.message());
  return 2;
}

// Prints how a request ended; false for an error.
static bool tell(const Outcome& outcome) {
  print(outcome.ok() ? stdout : stderr, outcome.ok() ? outcome.text() : outcome.error.message());
  return outcome.ok();
}

// The frame's source comes first; whatever the coroutine refers to must outlive it.
static await::Task work(await::FrameSource&, agent_gate::Awaited<>& gate) {
  await::CloseOnExit closing(gate.client());
  // An outcome's text is valid until the next co_await.
  if (!tell(co_await gate.tool_request("get_temperature", R"({"room":"kitchen"})"))) co_return;
  tell(co_await gate.tool_request("open_window", R"({"room":"kitchen"})", {.deadline = 60s}));
}

int main(int argc, char** argv) {
  if (argc != 3) return fail({ErrorKind::config, "usage: tool_call_await URL CA_FILE"});
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
  agent_gate::Client client(port, std::move(config), storage);
  agent_gate::Awaited<> gate(client);

  if (auto started = client.connect(); !started) return fail(started.error());
  await::Task task = work(frames, gate);
  if (!task.start()) {
    print(stderr, frames.last_error().message());
    client.close();
  }
  loop.run();
}

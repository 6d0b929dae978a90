// examples/tool_call with coroutines: two tools one after the other, the second if the first one's result
// says so, and with a deadline of its own.

#include <kedge/agent_gate_await.hpp>
#include <kedge/host.hpp>
#include <kedge/json_tree.hpp>

#include <cjson/cJSON.h>

#include <limits>

using namespace kedge;
using namespace std::chrono_literals;

static agent_gate::Storage<agent_gate::Limits::small()> storage;
static await::FramePool<1, 2048> frames;  // one coroutine at a time

// NaN when there is none.
static double celsius_of(std::string_view result) {
  const auto tree = json::parse_tree(result, 16);
  if (!tree) return std::numeric_limits<double>::quiet_NaN();
  return cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(tree->root(), "celsius"));
}

// The frame's source comes first; whatever the coroutine refers to must outlive it.
static await::Task work(await::FrameSource&, Host& host, agent_gate::Awaited<>& gate) {
  await::CloseOnExit closing(gate.client());
  // An outcome's text is valid until the next co_await.
  const Outcome temperature = co_await gate.tool_request("get_temperature", R"({"room":"kitchen"})");
  host.print(temperature);
  if (!temperature.ok() || !(celsius_of(temperature.text()) > 20)) co_return;
  host.print(co_await gate.tool_request("open_window", R"({"room":"kitchen"})", {.deadline = 60s}));
}

int main(int argc, char** argv) {
  Host host;
  agent_gate::Config config{.client = host.config(argc > 1 ? argv[1] : "")};
  agent_gate::Client client(host.port(), std::move(config), storage);
  agent_gate::Awaited<> gate(client);
  await::Task task = work(frames, host, gate);
  return task.start() ? host.run(client) : host.fail(frames.last_error());
}

// A firmware that speaks agent-gate.
#include <kedge/agent_gate.hpp>
#include <kedge/port_none.hpp>

#include "common.hpp"

using namespace kedge;

static agent_gate::Storage<agent_gate::Limits::tiny()> storage;

int main() {
  none::Port port;
  agent_gate::Config config;
  firmware::listen(config.client);
  config.on_unclaimed_row = [](const agent_gate::ResultRow& row) noexcept { firmware::take(row.result); };
  agent_gate::Client client(port, std::move(config), storage);
  firmware::take(client.tool_request("get_temperature", "{}", firmware::on_completion));
  firmware::take(client.list_tools(firmware::on_completion));
  firmware::take(client.get_pending_results(firmware::on_completion));
  if (client.request_id(Handle{}).has_value()) firmware::take("waits");
  firmware::call(client);
}

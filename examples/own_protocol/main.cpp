// Tells what changes in a home, and switches one of its lights on. The token is in HOME_ASSISTANT_TOKEN.

#include "home_assistant.hpp"

#include <kedge/host.hpp>

static HomeAssistant::Storage storage;

int main(int argc, char** argv) {
  kedge::Host host("HOME_ASSISTANT_TOKEN");
  if (argc != 3) return host.fail({kedge::ErrorKind::config, "usage: home_assistant URL LIGHT"});
  HomeAssistant home(host.port(), host.config(argv[1]), storage,
                     [&host](kedge::json::Value event) noexcept { host.print(event.find("data").text()); });
  const auto switched = [&host](const kedge::Outcome& outcome) noexcept { host.print(outcome); };
  if (auto asked = home.call("light", "turn_on", argv[2], switched); !asked) return host.fail(asked.error());
  return host.run(home);
}

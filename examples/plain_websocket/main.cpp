#include <kedge/host.hpp>
#include <kedge/websocket.hpp>

using namespace kedge;
static websocket::Storage<Limits::small()> storage;

int main(int argc, char** argv) {
  Host host;
  websocket::Config config{.client = host.config(argc > 1 ? argv[1] : "")};
  config.on_message = [&](const Message& message) noexcept { host.print(message.text()); };
  websocket::Client line(host.port(), std::move(config), storage);
  for (int i = 2; i < argc; ++i) {
    if (auto sent = line.send_text(argv[i]); !sent) return host.fail(sent.error());  // waits for the line
  }
  return host.run(line);
}

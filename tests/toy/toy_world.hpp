#pragma once
// The toy's client, and a server that speaks its protocol, in the simulated world.

#include <kedge/storage.hpp>

#include "scripted/link_fixture.hpp"
#include "toy.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kedge::test {

using namespace std::chrono_literals;

/// One client, and a server that welcomes it and echoes, unless it is told to be mute.
class ToyWorld : public World<toy::Client, EchoService> {
 public:
  explicit ToyWorld(const Limits& limits_in = Limits::tiny(),
                    const ProtocolTraits& traits = {.unknown_outcome = "nobody knows"})
      : World("gateway", "sesame", 1, limits_in, line_storage_bytes(limits_in)) {
    service.message = [this](server::Connection& connection, std::string_view text) {
      if (text.starts_with("hello ")) return (void)(welcoming && connection.send("welcome"));
      if (text.starts_with("note ")) return;
      if (!mute) connection.send(text);
    };
    serve(small_server());
    ClientConfig config;
    config.on_writable = [this]() noexcept { ++writable; };
    watch(config);
    client.emplace(port, std::move(config), limits, storage, traits);
  }
  ~ToyWorld() { end(); }

  Handle ask(std::string_view text, const RequestOptions& options = {}) {
    const auto handle = client->ask(
        text,
        [this](const Outcome& outcome) noexcept {
          ended.push_back(outcome.ok() ? std::string(outcome.text())
                                       : std::string(to_string(outcome.error.kind())) +
                                             (outcome.error.may_have_run() ? "?" : ""));
          words = outcome.error.message();
          ended_at = world.now();
        },
        options);
    EXPECT(handle.ok(), "room");
    return *handle;
  }
  /// Waits until the server has `count` messages, the hellos too.
  void received(std::size_t count) {
    EXPECT(world.run_until([&] { return service.received.size() >= count; }, 1min), "it to arrive");
  }

  bool mute = false;
  bool welcoming = true;
  int writable = 0;
  std::vector<std::string> ended;
  std::string words;
  Instant ended_at{};
};

}  // namespace kedge::test

// The server role of the conformance tests: the hub's accept path with a service that echoes.

#include "limits.hpp"
#include "support/server.hpp"

#include <kedge/port_uv.hpp>

#include <uv.h>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <string_view>

namespace {

using namespace kedge;

constexpr const char* usage =
    "usage: echo_server PORT\n"
    "\n"
    "A WebSocket server on 127.0.0.1:PORT (0: any) for conformance suites. Echoes every message, whatever "
    "the\n"
    "path; messages may have up to 16 MiB. One line on standard output says where it listens. SIGTERM and\n"
    "SIGINT close every line with 1001.\n"
    "\n"
    "Exit codes:\n"
    "  0  ended by a signal\n"
    "  1  the port could not be bound\n"
    "  2  wrong usage\n";

enum ExitCode : int { ok = 0, not_bound = 1, wrong_usage = 2 };

class EchoService final : public server::Service {
 public:
  bool serves(std::string_view) const noexcept override { return true; }
  server::Admission admit(const ws::UpgradeServer&) noexcept override { return {}; }
  void on_open(server::Connection&) noexcept override {}
  void on_message(server::Connection& connection, ws::MessageType type,
                  std::span<const std::byte> payload) noexcept override {
    const std::string_view text(reinterpret_cast<const char*>(payload.data()), payload.size());
    const bool sent = type == ws::MessageType::text ? connection.send(text) : connection.send_binary(payload);
    if (!sent) connection.close(ws::close_code::try_again_later, "no room");
  }
  void on_closed(server::Connection&, const Error&) noexcept override {}
};

test::ServerSetup server_config() {
  test::ServerSetup config;
  config.service.connections_max = 4;  // each has room for the largest message
  config.server.refusals_max = 1;
  config.service.message_buffers = config.service.connections_max;
  config.service.limits = conformance::large_limits();
  config.service.keepalive.interval = Duration::zero();  // a suite counts every frame
  return config;
}

struct Goodbye {
  test::TestServer& server;
  uv::Loop& loop;
};

void say_goodbye(uv_signal_t* handle, int) {
  auto* self = static_cast<Goodbye*>(handle->data);
  self->server.shut_down([self]() noexcept { self->loop.stop(); });
}

int serve(uv::Loop& loop, std::uint16_t tcp_port, uv_signal_t (&signals)[2]) {
  uv::Port port(loop);
  uv::Listener listener(loop);
  EchoService echo;
  server::Service* services[] = {&echo};
  test::TestServer server(port, listener, nullptr, server_config(), services, LogHook{});
  Address address;
  address.bytes = {127, 0, 0, 1};
  address.port = tcp_port;
  const auto bound = server.listen(address);
  if (!bound) {
    const std::string_view why = bound.error().message();
    std::fprintf(stderr, "echo_server: %.*s\n", static_cast<int>(why.size()), why.data());
    return not_bound;
  }
  std::printf("listening on ws://127.0.0.1:%u\n", unsigned{bound->port});
  std::fflush(stdout);

  Goodbye goodbye{server, loop};
  for (uv_signal_t& signal : signals) {
    signal.data = &goodbye;
    uv_signal_init(loop.native(), &signal);
    uv_signal_start_oneshot(&signal, say_goodbye, &signal == signals ? SIGTERM : SIGINT);
  }
  loop.run();
  for (uv_signal_t& signal : signals) uv_close(reinterpret_cast<uv_handle_t*>(&signal), nullptr);
  return ok;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view word = argc == 2 ? argv[1] : "";
  if (word == "--help") {
    std::fputs(usage, stdout);
    return ok;
  }
  std::uint16_t tcp_port = 0;
  const auto read = std::from_chars(word.data(), word.data() + word.size(), tcp_port);
  if (read.ec != std::errc{} || read.ptr != word.data() + word.size()) {
    std::fputs(usage, stderr);
    return wrong_usage;
  }
  uv_signal_t signals[2];  // outlive the loop, which runs their close callbacks
  uv::Loop loop;
  return serve(loop, tcp_port, signals);
}

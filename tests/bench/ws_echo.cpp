// The raw WebSocket client over port/uv, as a client of the benchmarks' echo server.
// usage: ws_echo NAME MODE PORT TLS COUNT; MODE: lat, pipe, bulk, idle; TLS: 0 or 1, which believes any
// certificate, as the others do; prints the lines that bench.h prints.

#include <kedge/port_uv.hpp>
#include <kedge/tls.hpp>
#include <kedge/websocket.hpp>

#include <memory>
#include <vector>

#include "bench.h"

namespace {

using namespace kedge;

/// Echoes as the harness says.
class Echo {
 public:
  Echo(Port& port, uv::Loop& loop, const Limits& limits, std::span<std::byte> storage, ClientConfig config)
      : loop_(loop), client_(port, configuration(std::move(config)), limits, storage) {}

  void start() noexcept {
    if (auto started = client_.connect(); !started) fail(started.error());
  }

 private:
  websocket::Config configuration(ClientConfig config) {
    config.judge = [](const Ending&, const Judgement& usual) noexcept {
      Judgement judgement = usual;
      judgement.verdict = Verdict::final;
      return judgement;
    };
    config.on_state = [](LinkState state, const Error& why) noexcept {
      if (state == LinkState::closed) fail(why);
    };
    websocket::Config websocket;
    websocket.client = std::move(config);
    websocket.on_open = [this](const Opened&) noexcept {
      for (int i = bench_ready(); i > 0; --i) send();
    };
    websocket.on_message = [this](const Message& message) noexcept {
      if (bench_on_msg(message.bytes.data(), message.bytes.size()) != 0) send();
      if (B.done != 0) loop_.stop();
    };
    return websocket;
  }

  void send() noexcept {
    const MessageType type = B.bin != 0 ? MessageType::binary : MessageType::text;
    if (auto sent = client_.send(type, std::as_bytes(std::span(B.payload, B.size))); !sent)
      fail(sent.error());
  }
  [[noreturn]] static void fail(const Error& why) noexcept {
    std::fprintf(stderr, "ws_echo: %.*s\n", static_cast<int>(why.message().size()), why.message().data());
    std::exit(4);
  }

  uv::Loop& loop_;
  websocket::Client client_;
};

}  // namespace

int main(int argc, char** argv) {
  bench_init(argc, argv);
  Limits limits = Limits::host();
  limits.outbound_bytes = 1024 * 1024;
  limits.outbound_block_bytes = B.size > 1024 ? 4096 : 128;
  std::vector<std::byte> storage(websocket::storage_bytes(limits));

  uv::Loop loop;
  uv::Port port(loop);
  std::unique_ptr<tls::ClientStorage<>> tls;  // not in the way of those that measure none
  char url[64];
  std::snprintf(url, sizeof url, "%s://127.0.0.1:%d/", B.tls != 0 ? "wss" : "ws", B.port);
  ClientConfig config;
  config.url = url;
  if (B.tls != 0) {
    tls = std::make_unique<tls::ClientStorage<>>();
    tls->client.insecure_skip_verify(true);
    config.tls = &tls->client;
  }
  bench_pre_connect();
  Echo echo(port, loop, limits, storage, std::move(config));
  echo.start();
  loop.run();
  return B.done != 0 ? 0 : 1;
}

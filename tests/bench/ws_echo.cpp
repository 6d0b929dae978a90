// Session and channel over port/uv, no protocol, as a client of the benchmarks' echo server.
// usage: ws_echo NAME MODE PORT TLS COUNT; MODE: lat, pipe, bulk, idle; prints the lines that bench.h prints.

#include "base/arena.hpp"
#include "link/link.hpp"

#include <kedge/port_uv.hpp>

#include <vector>

#include "bench.h"

namespace {

using namespace kedge;

/// Speaks no protocol: ready as soon as the WebSocket is open, and echoes as the harness says.
class Echo final : public Protocol {
 public:
  Echo(Port& port, uv::Loop& loop, const Limits& limits, std::span<std::byte> storage, ClientConfig config)
      : loop_(loop), arena_(storage), link_(port, std::move(config), LinkOptions{}, limits, arena_, *this) {}

  bool start() noexcept { return link_.connect().ok(); }

 private:
  void on_open(const Opened&) noexcept override { link_.authenticated(); }
  void on_ready() noexcept override {
    for (int i = bench_ready(); i > 0; --i) send();
  }
  void on_message(const Message& message) noexcept override {
    if (bench_on_msg(message.bytes.data(), message.bytes.size()) != 0) send();
    if (B.done != 0) loop_.stop();
  }
  void on_lost(const Error& why) noexcept override { fail(why); }
  void on_stopped(const Error& why) noexcept override { fail(why); }
  Judgement judge(const Ending&, const Judgement& usual) noexcept override {
    Judgement judgement = usual;
    judgement.verdict = Verdict::final;
    return judgement;
  }

  void send() noexcept {
    OutboundOptions options;
    options.type = B.bin != 0 ? ws::MessageType::binary : ws::MessageType::text;
    if (auto sent = link_.ring().try_push(std::as_bytes(std::span(B.payload, B.size)), options); !sent)
      fail(sent.error());
  }
  [[noreturn]] static void fail(const Error& why) noexcept {
    std::fprintf(stderr, "ws_echo: %.*s\n", static_cast<int>(why.message().size()), why.message().data());
    std::exit(4);
  }

  uv::Loop& loop_;
  Arena arena_;
  Link link_;
};

}  // namespace

int main(int argc, char** argv) {
  bench_init(argc, argv);
  Limits limits = Limits::host();
  limits.outbound_bytes = 1024 * 1024;
  limits.outbound_block_bytes = B.size > 1024 ? 4096 : 128;
  std::vector<std::byte> storage(Link::storage_bytes(limits));

  uv::Loop loop;
  uv::Port port(loop);
  char url[64];
  std::snprintf(url, sizeof url, "ws://127.0.0.1:%d/", B.port);
  ClientConfig config;
  config.url = url;
  config.fatal_policy = FatalPolicy::stop;
  bench_pre_connect();
  Echo echo(port, loop, limits, storage, std::move(config));
  if (!echo.start()) return 2;
  loop.run();
  return B.done != 0 ? 0 : 1;
}

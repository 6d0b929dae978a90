// The hub's accept path with an echo service over port/uv, for clients of another make. Ends on SIGTERM with
// a goodbye to everybody. Text that begins with `!` is an order:
//   !close CODE REASON   !cut   !send TYPE SIZE

#include "pattern.hpp"
#include "report.hpp"
#include "support/server.hpp"

#include <kedge/port_uv.hpp>
#include <kedge/tls.hpp>

#include <uv.h>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace {

using namespace kedge;
using interop::Event;

class EchoService final : public server::Service {
 public:
  bool serves(std::string_view path) const noexcept override { return path == "/" || path == "/busy"; }
  server::Admission admit(const ws::UpgradeServer& request) noexcept override {
    if (request.request().path == "/busy") return {503, std::chrono::seconds(7)};
    return {};
  }
  void on_open(server::Connection&) noexcept override { Event("open"); }
  void on_message(server::Connection& connection, ws::MessageType type,
                  std::span<const std::byte> payload) noexcept override {
    const std::string_view text(reinterpret_cast<const char*>(payload.data()), payload.size());
    if (type == ws::MessageType::text && text.starts_with('!')) return obey(connection, std::string(text));
    const bool sent = type == ws::MessageType::text ? connection.send(text) : connection.send_binary(payload);
    if (!sent) connection.close(1013, "no room");
  }
  void on_closed(server::Connection& connection, const Error& why) noexcept override {
    Event("closed").with("pongs", connection.statistics().pongs_received).with(why);
  }

 private:
  static void obey(server::Connection& connection, const std::string& order) {
    std::istringstream words(order);
    std::string verb;
    words >> verb;
    if (verb == "!cut") connection.cut();
    if (verb == "!close") {
      unsigned code = 0;
      std::string reason;
      words >> code >> std::ws;
      std::getline(words, reason);
      connection.close(static_cast<std::uint16_t>(code), reason);
    }
    if (verb == "!send") {
      std::string type;
      std::size_t size = 0;
      words >> type >> size;
      if (type == "text") {
        connection.send(interop::text_pattern(size));
      } else {
        const std::string bytes = interop::binary_pattern(size);
        connection.send_binary(std::as_bytes(std::span(bytes)));
      }
    }
  }
};

/// One TLS stream for each of the server's slots.
class Tls final : public server::TlsAcceptor {
 public:
  Tls(Port& port, std::size_t slots) : server_(port) {
    for (std::size_t i = 0; i < slots; ++i) slots_.push_back(std::make_unique<Slot>(server_));
  }
  Result<void> configure(const char* certificate, const char* key) {
    return server_.configure_files(certificate, key, nullptr);
  }
  Result<Stream*> accept(std::size_t slot, Stream& below, StreamEvents& events, Port&) noexcept override {
    return slots_[slot]->stream.start(below, events);
  }

 private:
  struct Slot {
    explicit Slot(tls::Server& server) : stream(server, buffer) {}
    std::array<std::byte, tls::record_bytes_max> buffer;
    tls::ServerStream stream;
  };
  tls::Server server_;
  std::vector<std::unique_ptr<Slot>> slots_;
};

struct Options {
  std::string certificate;
  std::string key;
  std::uint32_t fragment_bytes = 0;
  long ping_ms = 20000;
  long upgrade_ms = 5000;
  std::size_t connections = 8;
};

Options read_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    const char* value = argv[i + 1];
    if (name == "--cert") options.certificate = value;
    if (name == "--key") options.key = value;
    if (name == "--fragment") options.fragment_bytes = static_cast<std::uint32_t>(std::atol(value));
    if (name == "--ping-ms") options.ping_ms = std::atol(value);
    if (name == "--upgrade-ms") options.upgrade_ms = std::atol(value);
    if (name == "--connections") options.connections = static_cast<std::size_t>(std::atol(value));
  }
  return options;
}

test::ServerSetup server_config(const Options& options) {
  test::ServerSetup config;
  config.service.connections_max = options.connections;
  config.service.limits = Limits::host();
  if (options.fragment_bytes != 0) config.service.limits.fragment_bytes_max = options.fragment_bytes;
  config.server.upgrade_timeout = std::chrono::milliseconds(options.upgrade_ms);
  config.service.keepalive.interval = std::chrono::milliseconds(options.ping_ms);
  return config;
}

struct Goodbye {
  test::TestServer& server;
  uv::Loop& loop;
};

int serve(uv::Loop& loop, uv_signal_t& signal, const Options& options) {
  uv::Port port(loop);
  const test::ServerSetup setup = server_config(options);
  const std::size_t slots = test::TestServer::slots(setup);
  uv::Listener listener(loop, {.streams_max = slots});
  Tls tls(port, slots);
  const bool secure = !options.certificate.empty();
  if (secure) {
    if (auto configured = tls.configure(options.certificate.c_str(), options.key.c_str()); !configured) {
      Event("failed").with(configured.error());
      return 2;
    }
  }
  EchoService echo;
  server::Service* services[] = {&echo};
  LogHook log = [](const LogRecord& record) noexcept {
    Event("log").with("name", record.event).with("message", record.message);
  };
  test::TestServer server(port, listener, secure ? &tls : nullptr, setup, services, std::move(log));
  Address loopback;
  loopback.bytes = {127, 0, 0, 1};
  const auto bound = server.listen(loopback);
  if (!bound) {
    Event("failed").with(bound.error());
    return 2;
  }
  Event("listening").with("port", bound->port);

  Goodbye goodbye{server, loop};
  signal.data = &goodbye;
  uv_signal_init(loop.native(), &signal);
  uv_signal_start(
      &signal,
      [](uv_signal_t* handle, int) {
        auto* self = static_cast<Goodbye*>(handle->data);
        self->server.shut_down([self]() noexcept { self->loop.stop(); });
      },
      SIGTERM);
  loop.run();
  uv_close(reinterpret_cast<uv_handle_t*>(&signal), nullptr);
  Event("gone").with("connections", server.connection_count());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  uv_signal_t signal;  // outlives the loop, which runs its close callback
  uv::Loop loop;
  return serve(loop, signal, read_options(argc, argv));
}

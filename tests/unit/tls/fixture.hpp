#pragma once
// A client of ours and a server of ours, joined by a pipe in memory.

#include <kedge/tls.hpp>

#include "support/certificates.hpp"
#include "support/cmocka.hpp"
#include "support/stream_pipe.hpp"

#include <memory>
#include <optional>
#include <random>
#include <string>

namespace kedge::test {

/// A clock, and randomness that may fail; nothing else of a port.
class ClockPort final : public Port {
 public:
  void set_events(PortEvents&) noexcept override {}
  [[nodiscard]] Instant now() noexcept override { return {}; }
  [[nodiscard]] std::optional<WallTime> wall_time() noexcept override { return wall; }
  [[nodiscard]] bool random(std::span<std::byte> out) noexcept override {
    if (random_left == 0) return false;
    --random_left;
    for (auto& byte : out) byte = static_cast<std::byte>(engine());
    return true;
  }
  void arm(Instant) noexcept override {}
  Result<void> resolve(std::string_view, std::uint16_t) noexcept override { return {}; }
  void cancel_resolve() noexcept override {}
  Result<Stream*> connect(const Address&, StreamEvents&) noexcept override {
    return Error(ErrorKind::connection, "no network");
  }

  std::optional<WallTime> wall = std::chrono::sys_days{std::chrono::year{2026} / 6 / 15};
  int random_left = 1'000'000;
  std::mt19937 engine{7};
};

/// The user of one end: reads what comes unless paused, and writes down everything.
class End : public StreamEvents {
 public:
  void on_open() noexcept override { ++opens; }
  void on_error(const Error& given) noexcept override {
    ++errors;
    error = given;
  }
  void on_readable() noexcept override {
    ++readables;
    if (!paused) read_all();
  }
  void on_writable() noexcept override {
    ++writables;
    write_rest();
  }
  void on_closed() noexcept override { ++closes; }

  void read_all() {
    std::byte bytes[5000];
    while (true) {
      const IoResult got = stream->read(std::span(bytes).first(read_size));
      if (got.status == IoStatus::ok) {
        received.append(reinterpret_cast<const char*>(bytes), got.bytes);
        if (got.bytes == read_size) continue;
      } else if (got.status == IoStatus::end) {
        ended = true;
      } else if (got.status == IoStatus::error) {
        ++failures;
        error = stream->error();
      }
      return;
    }
  }
  /// Writes, and goes on with what is left when told that there is room.
  void send(std::string_view text) {
    rest.append(text);
    write_rest();
  }
  void write_rest() {
    while (!rest.empty()) {
      const IoResult sent = stream->write(std::as_bytes(std::span(rest)));
      if (sent.status != IoStatus::ok) return;
      rest.erase(0, sent.bytes);
    }
  }

  Stream* stream = nullptr;
  int opens = 0, errors = 0, readables = 0, writables = 0, closes = 0, failures = 0;
  bool ended = false, paused = false;
  std::size_t read_size = 5000;
  std::string received, rest;
  Error error;
};

/// One connection between a client and a server that outlive it.
struct Connection {
  Connection(tls::Client& with, tls::Server& to, Port& port, std::string_view host = "localhost",
             std::uint16_t tcp_port = 443, const PipeRules& rules = {}, std::size_t server_buffer = 4096)
      : pipe(rules), buffer(server_buffer), server_side(to, buffer) {
    const auto accepted = server_side.start(pipe.b(), server);
    if (accepted) server.stream = *accepted;
    auto started = with.start(pipe.a(), client, host, tcp_port, port);
    if (started) {
      client.stream = *started;
    } else {
      client.error = started.error();
    }
    if (accepted && started) pipe.run();
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { close(); }
  void close() {
    if (client.stream != nullptr) client.stream->close();
    if (server.stream != nullptr) server.stream->close();
    pipe.run();
    client.stream = server.stream = nullptr;
  }
  [[nodiscard]] bool open() const { return client.opens == 1 && server.opens == 1; }

  StreamPipe pipe;
  std::vector<std::byte> buffer;
  End client, server;
  tls::ServerStream server_side;
};

/// A CA, a server with its certificate, and a client that trusts it.
struct World {
  World() : World(tls::ServerConfig{}) {}
  explicit World(const tls::ServerConfig& with) : World(with, make_server_certificate(the_ca())) {}
  World(tls::ServerConfig with, const Certificate& certificate) : server(port) {
    with.certificate = certificate.pem_bytes();
    with.key = certificate.key_bytes();
    const auto configured = server.configure(with);
    EXPECT(configured.ok(), "the server to take its certificate");
    EXPECT(client().trust(the_ca().pem_bytes()).ok(), "the client to take the CA");
  }
  /// Made once for each test program.
  static const Certificate& the_ca() {
    static const Certificate ca = make_ca();
    return ca;
  }
  tls::Client& client() { return storage->client; }

  ClockPort port;
  tls::Server server;
  std::unique_ptr<tls::ClientStorage<>> storage = std::make_unique<tls::ClientStorage<>>();
};

}  // namespace kedge::test

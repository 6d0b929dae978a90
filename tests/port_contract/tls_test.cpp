// mbedTLS upon port/sim: a stream on a stream keeps a stream's promises.

#include "sim_ground.hpp"

#include <kedge/tls.hpp>

#include "support/certificates.hpp"

using namespace kedge;
using namespace kedge::test;

namespace {

/// Starts TLS on a stream as soon as that is open.
class Below final : public StreamEvents {
 public:
  std::function<void()> then;
  void on_open() noexcept override { then(); }
  void on_error(const Error&) noexcept override { EXPECT(false, "a stream to stand on"); }
  void on_readable() noexcept override {}
  void on_writable() noexcept override {}
  void on_closed() noexcept override {}
};

/// Certificates are made once for the program.
const Certificate& the_ca() {
  static const Certificate ca = make_ca();
  return ca;
}

class TlsLine final : public Line, private AcceptEvents {
 public:
  explicit TlsLine(Ground& ground) : ground_(ground), server_(ground.port()) {
    static const Certificate certificate = make_server_certificate(the_ca());
    const tls::ServerConfig config{.certificate = certificate.pem_bytes(), .key = certificate.key_bytes()};
    EXPECT(server_.configure(config).ok(), "the server to take its certificate");
    EXPECT(client_tls_->client.trust(the_ca().pem_bytes()).ok(), "the client to take the CA");
    const Address address = *ground.acceptor().listen(ground.own_address(), *this);
    Stream* plain = *ground.port().connect(address, below_);
    below_.then = [this, plain, &ground] {
      const auto started = client_tls_->client.start(*plain, client_, "localhost", 443, ground.port());
      EXPECT(started.ok(), "a handshake to be started");
      client_.stream = *started;
    };
    EXPECT(ground.run_until([this] { return client_.opened == 1 && server_end_.opened == 1; }),
           "a handshake");
  }
  // Memory of a TLS stream is free once it is closed.
  ~TlsLine() override {
    for (End* end : {&client_, &server_end_}) {
      end->when_open = end->when_readable = end->when_writable = end->when_closed = nullptr;
    }
    for (End* end : {&client_, &server_end_}) {
      if (end->stream == nullptr || end->closed > 0) continue;
      end->stream->close();
      EXPECT(ground_.run_until([end] { return end->closed == 1; }), "on_closed");
    }
  }
  End& client() override { return client_; }
  End& server() override { return server_end_; }

 private:
  void on_accept(Stream& stream, const Address&) noexcept override {
    const auto started = server_side_.start(stream, server_end_);
    EXPECT(started.ok(), "the server's side to be started");
    server_end_.stream = *started;
  }
  void on_accept_error(const Error&) noexcept override {}
  void on_accept_closed() noexcept override {}

  Ground& ground_;
  tls::Server server_;
  std::vector<std::byte> input_ = std::vector<std::byte>(4096);
  tls::ServerStream server_side_{server_, input_};
  std::unique_ptr<tls::ClientStorage<>> client_tls_ = std::make_unique<tls::ClientStorage<>>();
  Below below_;
  End client_, server_end_;
};

class TlsGround final : public SimGround {
 public:
  std::unique_ptr<Line> connect() override { return std::make_unique<TlsLine>(*this); }
};

}  // namespace

int main() {
  return run_contract("tls", [] { return std::make_unique<TlsGround>(); }, {stream_promises()});
}

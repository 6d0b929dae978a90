#pragma once
// The real thing on one loop: the hub's stand-in behind TLS on a loopback port, and clients over libuv that
// come by name.

#include "server/tls_acceptor.hpp"
#include "support/certificates.hpp"
#include "support/ground.hpp"

#include <kedge/port_uv.hpp>
#include <kedge/tls.hpp>

#include <uv.h>

namespace kedge::test {

/// Made once for each test program.
inline const Certificate& the_ca() {
  static const Certificate ca = make_ca();
  return ca;
}
inline const Certificate& the_server_certificate() {
  static const Certificate certificate = make_server_certificate(the_ca());
  return certificate;
}

/// Turns `loop` until `done`; false after `limit_ms`.
inline bool turn_until(uv::Loop& loop, const std::function<bool()>& done, std::uint64_t limit_ms = 30'000) {
  struct Watch {
    uv_timer_t timer;
    uv_prepare_t prepare;
    const std::function<bool()>& done;
    bool expired = false;
    int open = 2;
    static void closed(uv_handle_t* handle) {
      auto* watch = static_cast<Watch*>(handle->data);
      if (--watch->open == 0) delete watch;
    }
  };
  auto* watch = new Watch{.timer = {}, .prepare = {}, .done = done};
  uv_timer_init(loop.native(), &watch->timer);
  uv_prepare_init(loop.native(), &watch->prepare);
  watch->timer.data = watch->prepare.data = watch;
  uv_update_time(loop.native());
  uv_timer_start(
      &watch->timer, [](uv_timer_t* self) { static_cast<Watch*>(self->data)->expired = true; }, limit_ms, 0);
  // A turn runs the timers, then waits: what the timers have brought about must not wait for another event.
  uv_prepare_start(&watch->prepare, [](uv_prepare_t* self) {
    if (static_cast<Watch*>(self->data)->done()) uv_stop(self->loop);
  });
  while (!done() && !watch->expired) loop.run_once();
  uv_prepare_stop(&watch->prepare);  // `done` is gone when the handle is closed
  uv_close(reinterpret_cast<uv_handle_t*>(&watch->timer), Watch::closed);
  uv_close(reinterpret_cast<uv_handle_t*>(&watch->prepare), Watch::closed);
  return done();
}

struct UvOptions {
  bool server_tls = true;
  bool client_tls = true;
  std::string host = "localhost";
  const Certificate* certificate = nullptr;  ///< null: the_server_certificate()
  const Certificate* trusted = nullptr;      ///< null: the_ca()
};

template <class P>
class UvGround final : public Ground<P> {
 public:
  explicit UvGround(typename P::Config config, const UvOptions& options = {})
      : Ground<P>(std::move(config)), options_(options) {
    const Certificate& shown = options_.certificate ? *options_.certificate : the_server_certificate();
    const Certificate& trusted = options_.trusted ? *options_.trusted : the_ca();
    tls::ServerConfig tls_config;
    tls_config.certificate = shown.pem_bytes();
    tls_config.key = shown.key_bytes();
    EXPECT(tls_server.configure(tls_config).ok(), "the server to take its certificate");
    for (auto& client : tls_clients)
      EXPECT(client.client.trust(trusted.pem_bytes()).ok(), "the client to take the CA");
    const ServerSetup server_config = this->small_server(256 * 1024);
    acceptor_ = std::make_unique<server::SlotTlsAcceptor>(tls_server, TestServer::slots(server_config));
    Address loopback;
    loopback.bytes = {127, 0, 0, 1};
    tcp_port = this->serve(server_, server_port_, listener_, options.server_tls ? acceptor_.get() : nullptr,
                           server_config, loopback)
                   .port;
  }
  ~UvGround() override {
    bool gone = false;
    server_->shut_down([&gone]() noexcept { gone = true; });
    EXPECT(run_until([&gone] { return gone; }), "the server to end");
  }

  Way way(std::size_t party) override {
    const std::string url =
        (options_.client_tls ? "wss://" : "ws://") + options_.host + ":" + std::to_string(tcp_port) + "/";
    return {&client_ports_[party], &tls_clients[party].client, url};
  }
  bool run_until(const std::function<bool()>& done) override { return turn_until(loop, done); }

 private:
  const UvOptions options_;

 public:
  uv::Loop loop;

 private:
  uv::Port client_ports_[2] = {uv::Port(loop), uv::Port(loop)};
  uv::Port server_port_{loop};
  uv::Listener listener_{loop, {.streams_max = 16}};

 public:
  tls::Server tls_server{server_port_};
  tls::ClientStorage<> tls_clients[2];
  std::uint16_t tcp_port = 0;

 private:
  std::unique_ptr<server::SlotTlsAcceptor> acceptor_;
  std::unique_ptr<TestServer> server_;
};

}  // namespace kedge::test

#pragma once
// A link that goes through an HTTP proxy, which reads CONNECT, answers as the test says, and passes bytes on.

#include "link_fixture.hpp"

#include <kedge/port_sim.hpp>

#include <optional>
#include <string>
#include <vector>

#include "support/cmocka.hpp"

namespace kedge::test {

/// A machine of its own.
class ProxyHost {
 public:
  /// Listens at 10.0.0.9:3128, by the name `proxy`.
  explicit ProxyHost(sim::World& world)
      : host_(world, [this](sim::Peer peer, sim::PeerEvent event) noexcept { heard(peer, event); }) {
    sim::NetworkProfile profile;
    profile.keep_segments = true;
    host_.set_profile(profile);
    const Address addresses[] = {sim::ipv4(10, 0, 0, 9)};
    world.set_name("proxy", addresses);
    EXPECT(host_.listen(sim::ipv4(10, 0, 0, 9, 3128)).ok(), "the proxy to listen");
  }

  std::string answer = "HTTP/1.1 200 Connection established\r\n\r\n";
  bool in_single_bytes = false;  ///< each of the answer's arrives alone
  bool ends = false;             ///< after the answer
  /// Where a tunnel leads, which is there before a 200 is sent; none: nowhere.
  std::optional<Address> target = sim::ipv4(10, 0, 0, 1, 80);
  std::vector<std::string> requests;
  std::string in_tunnel;  ///< what the last client said there

  [[nodiscard]] std::uint64_t accepted() const { return host_.accepted(); }
  void say(std::string_view text) {
    for (std::size_t at = 0; at < text.size(); at += in_single_bytes ? 1 : text.size()) {
      client_.write(text.substr(at, in_single_bytes ? 1 : text.size()));
    }
    if (ends) client_.finish();
  }

 private:
  void heard(sim::Peer peer, sim::PeerEvent event) noexcept {
    const bool of_server = server_ && peer == *server_;
    switch (event) {
      case sim::PeerEvent::open:
        if (of_server) return say(answer);
        client_ = peer;
        server_.reset();
        request_.clear();
        asked_ = false;
        return;
      case sim::PeerEvent::bytes:
        return took(peer, of_server);
      case sim::PeerEvent::writable:
        if (server_) pass_on();
        return;
      default:
        if (of_server) {
          client_.close();
        } else if (peer == client_ && server_) {
          server_->close();
        }
    }
  }
  void took(sim::Peer peer, bool of_server) noexcept {
    if (of_server || (asked_ && server_)) return pass_on();
    std::byte bytes[4096];
    while (const std::size_t size = peer.read(bytes)) {
      (asked_ ? in_tunnel : request_).append(reinterpret_cast<const char*>(bytes), size);
    }
    if (asked_ || !request_.ends_with("\r\n\r\n")) return;
    asked_ = true;
    requests.push_back(request_);
    in_tunnel.clear();
    to_client_.clear();
    to_server_.clear();
    if (target && answer.find(" 200 ") != std::string::npos) {
      server_ = host_.dial(*target);
    } else {
      say(answer);
    }
  }

  void pass_on() noexcept {
    pass(client_, *server_, to_server_, &in_tunnel);
    pass(*server_, client_, to_client_, nullptr);
  }
  /// What fits; the rest stays where it is.
  static void pass(sim::Peer from, sim::Peer to, std::string& rest, std::string* seen) noexcept {
    std::byte bytes[4096];
    for (;;) {
      rest.erase(0, to.write(rest));
      if (!rest.empty()) return;
      const std::size_t size = from.read(bytes);
      if (size == 0) return;
      rest.assign(reinterpret_cast<const char*>(bytes), size);
      if (seen != nullptr) seen->append(rest);
    }
  }

  sim::PeerHost host_;
  sim::Peer client_;
  std::optional<sim::Peer> server_;
  std::string request_;
  std::string to_client_, to_server_;  // taken, and not passed on yet
  bool asked_ = false;
};

inline ClientConfig through_proxy(std::string_view url = "ws://gateway/") {
  ClientConfig config;
  config.url = url;
  config.proxy = "http://proxy:3128";
  return config;
}
inline ClientConfig with_credential(std::string_view credential) {
  ClientConfig config = through_proxy();
  config.proxy_credentials = [credential](Secret& secret) noexcept { return secret.assign(credential); };
  return config;
}

/// A link, its server, and a proxy between them. Nobody but the proxy knows the server's name.
struct ProxyWorld : LinkWorld {
  explicit ProxyWorld(ClientConfig config = through_proxy(), Limits limits_in = Limits::small())
      : LinkWorld(std::move(config), 1, limits_in) {
    world.set_name_failure("gateway");
    serve();
  }
  /// One attempt, that fails.
  const Error& refused() {
    EXPECT(link->connect().ok() && run_until_state(LinkState::waiting), "a failed attempt");
    EXPECT(service.opened == 0, "no session");
    return link->last_error();
  }
  ProxyHost proxy{world};
};

inline std::string answer_of(int status, std::string_view fields = {}) {
  return "HTTP/1.1 " + std::to_string(status) + " Words\r\n" + std::string(fields) + "\r\n";
}

}  // namespace kedge::test

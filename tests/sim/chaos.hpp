#pragma once
// What goes wrong around a client, whatever its protocol: line, names, TLS, upgrades, the server's life, the
// machine.

#include "model/server.hpp"
#include "run.hpp"

#include <kedge/client.hpp>

namespace kedge::rig {

/// How often, per thousand draws; each seed has some kinds of trouble and not others, so that mild runs get
/// far and hostile ones test the way back.
class Chaos {
 public:
  explicit Chaos(Run& run);

  /// A timer of the client's may come this late.
  [[nodiscard]] Duration late() const noexcept { return late_; }
  /// About once a second: what happens now to the world, the server and the client's machine. True when the
  /// server's process was killed.
  bool tick(ModelServer& server, sim::Port& client, LinkState state);
  /// For a connection that was just accepted.
  [[nodiscard]] Conduct conduct();
  /// Mends everything: from now on nothing fails.
  void stop(ModelServer& server, sim::Port& client);

  static constexpr std::string_view host = "gateway";

 private:
  [[nodiscard]] bool happens(Fault fault, std::uint32_t permille);
  void change_weather();
  void put_proxy_before(sim::Port& client);
  void refuse_as_the_proxy(Conduct& conduct);
  [[nodiscard]] std::string hint();
  void set_name();

  Run& run_;
  std::uint64_t kinds_;  // one bit for each Fault
  Duration late_{};
  Instant server_back_ = never;
  Instant name_back_ = never;
  Instant random_back_ = never;
  std::uint64_t proxy_answers_ = 0;  // still to come, before the server is reached again
  int proxy_status_ = 0;
};

}  // namespace kedge::rig

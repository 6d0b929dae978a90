#pragma once
// One attempt as its stream shows it: each stage ends by its timeout, what the server answered is what the
// client tells, and nobody dials on who has an answer or was closed.

#include "../run.hpp"
#include "../tap.hpp"

#include <kedge/client.hpp>

namespace kedge::rig {

class StageCheck final : public StageWatcher {
 public:
  /// A timer may come `late`.
  StageCheck(Run& run, const ClientConfig& config, Duration late);

  /// From `on_state`.
  void on_state(LinkState state, const Error& error);
  /// The client reads nothing until it is resumed: it may never hear what was said on this line.
  void paused() noexcept { paused_ = true; }
  /// The code that the server closed with before the client did; 0 for none.
  [[nodiscard]] std::uint16_t goodbye() const noexcept { return goodbye_; }
  /// At each step.
  void watch();

 private:
  void on_resolving() override;
  void on_connecting() override;
  void on_securing() override;
  void on_upgrading() override;
  void on_answered(const std::string& head) override;
  void on_goodbye(std::uint16_t code) override { goodbye_ = code; }

  void begin(std::string_view stage, Duration timeout);
  void judge_end(const Error& error);

  Run& run_;
  Duration resolve_timeout_;
  Duration connect_timeout_;
  Duration tls_timeout_;
  Duration upgrade_timeout_;
  Duration authentication_timeout_;  // and what saying goodbye may take
  Duration late_;

  std::string_view stage_;
  Instant stage_by_ = never;
  bool closing_ = false;
  bool opened_ = false;  // the WebSocket
  bool paused_ = false;
  int status_ = 0;                  // that the server answered with
  std::int64_t retry_after_s_ = 0;  // that it named
  std::uint16_t goodbye_ = 0;       // the code that it closed with, before the client did
};

}  // namespace kedge::rig

#pragma once
// agent-gate's side of the hub.

#include "../side.hpp"
#include "gate.hpp"
#include "gate_operator.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace kedge::hub::agent_gate {

class GateSide final : public Side {
 public:
  /// What it was told, once it is prepared.
  [[nodiscard]] const Config& config() const noexcept { return config_; }

  // Side
  [[nodiscard]] std::string_view name() const noexcept override { return "agent-gate"; }
  void add_options(CLI::App& app) override;
  [[nodiscard]] std::string_view help() const noexcept override;
  [[nodiscard]] bool wanted() const override;
  void prepare(const program::Patience& patience) override;
  [[nodiscard]] std::vector<std::string> paths() const override { return {config_.path}; }
  [[nodiscard]] std::optional<OwnAddress> own_address() const override { return std::nullopt; }
  [[nodiscard]] server::Offer offer() override { return {&*gate_, gate_service_config()}; }
  void attach(server::Server& server) override { gate_->attach(server); }
  void tell_where(json::Writer& writer, const std::string& base) const override {
    writer.member("url", base + config_.path);
  }
  [[nodiscard]] OperatorPart& operator_part() override { return *operator_; }

 private:
  /// What the command line gave; none: the policy file's, or the default.
  struct Given {
    std::string policy_file;
    std::string token_file;
    std::optional<std::string> generation;
    std::optional<double> auth_timeout_s;
    std::optional<double> approval_timeout_s;
    std::optional<double> result_ttl_s;
    std::optional<std::uint32_t> requests_per_minute;

    [[nodiscard]] bool any() const noexcept {
      return !policy_file.empty() || !token_file.empty() || generation || auth_timeout_s ||
             approval_timeout_s || result_ttl_s || requests_per_minute;
    }
  };

  Given given_;
  Config config_;
  std::optional<Gate> gate_;
  std::optional<GateOperator> operator_;
};

}  // namespace kedge::hub::agent_gate

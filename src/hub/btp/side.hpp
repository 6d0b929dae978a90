#pragma once
// BTP's side of the hub.

#include "../side.hpp"
#include "connector.hpp"
#include "connector_operator.hpp"

#include <optional>
#include <string>

namespace kedge::hub::btp {

class ConnectorSide final : public Side {
 public:
  /// What it was told, once it is prepared.
  [[nodiscard]] const Config& config() const noexcept { return config_; }
  [[nodiscard]] const PeerTokens& tokens() const noexcept { return connector_->tokens(); }

  // Side
  [[nodiscard]] std::string_view name() const noexcept override { return "BTP"; }
  void add_options(CLI::App& app) override;
  [[nodiscard]] std::string_view help() const noexcept override;
  [[nodiscard]] bool wanted() const override { return !given_.file.empty(); }
  void prepare(const program::Patience& patience) override;
  [[nodiscard]] std::vector<std::string> paths() const override {
    return {config_.crosstown_path, config_.btp2_path};
  }
  [[nodiscard]] std::optional<OwnAddress> own_address() const override { return own_address_; }
  [[nodiscard]] server::Offer offer() override { return {&*connector_, connector_service_config()}; }
  void attach(server::Server& server) override { connector_->attach(server); }
  void tell_where(json::Writer& writer, const std::string& base) const override;
  [[nodiscard]] OperatorPart& operator_part() override { return *operator_; }

 private:
  /// What the command line gave; none: the file's, or the default.
  struct Given {
    std::string file;
    std::string peers_file;
    std::string listen;
    std::optional<std::string> crosstown_path;
    std::optional<std::string> btp2_path;
  };

  [[nodiscard]] PeerTokens read_tokens(const program::Patience& patience) const;

  Given given_;
  Config config_;
  std::optional<OwnAddress> own_address_;
  std::optional<Connector> connector_;
  std::optional<ConnectorOperator> operator_;
};

}  // namespace kedge::hub::btp

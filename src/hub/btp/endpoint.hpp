#pragma once
// A path of the server at which a connector speaks one dialect.

#include "../service.hpp"
#include "config.hpp"

#include <kedge/btp.hpp>

#include <string>
#include <utility>

namespace kedge::hub::btp {

class Connector;

class Endpoint final : public Service {
 public:
  /// `connector` is borrowed and outlives this.
  Endpoint(Connector& connector, kedge::btp::Dialect dialect, std::string path)
      : connector_(connector), dialect_(dialect), path_(std::move(path)) {}

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  // Service
  [[nodiscard]] bool serves(std::string_view path) const noexcept override {
    return path_ == any_path || path == path_;
  }
  [[nodiscard]] bool pings() const noexcept override;
  Admission admit(const ws::UpgradeServer&) noexcept override { return {}; }
  void on_open(Connection& connection) noexcept override;
  void on_message(Connection& connection, ws::MessageType type,
                  std::span<const std::byte> payload) noexcept override;
  void on_closed(Connection& connection, const Error& why) noexcept override;
  void on_turn(Instant now) noexcept override;
  [[nodiscard]] Instant next_deadline() const noexcept override;

 private:
  Connector& connector_;
  const kedge::btp::Dialect dialect_;
  const std::string path_;
};

}  // namespace kedge::hub::btp

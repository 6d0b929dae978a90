#pragma once
// What the operator can ask of the connector: who is connected, what is under way, and to cut a peer off.

#include "../operator_part.hpp"
#include "connector.hpp"

namespace kedge::hub::btp {

class ConnectorOperator final : public OperatorPart {
 public:
  /// Borrowed.
  explicit ConnectorOperator(Connector& connector) noexcept : connector_(connector) {}

  [[nodiscard]] std::optional<HttpAnswer> answer(const HttpRequest& request) override;
  void write_status(json::Writer& writer) const override;

 private:
  [[nodiscard]] HttpAnswer list_peers() const;
  [[nodiscard]] HttpAnswer cut_peer(const HttpRequest& request);
  void write_peers(json::Writer& writer) const;

  Connector& connector_;
};

}  // namespace kedge::hub::btp

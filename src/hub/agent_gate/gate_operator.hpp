#pragma once
// What the operator can ask of the gate: who waits for a word, what ran, and to cut the agent off.

#include "../operator_part.hpp"
#include "gate.hpp"

namespace kedge::hub::agent_gate {

class GateOperator final : public OperatorPart {
 public:
  /// Borrowed.
  explicit GateOperator(Gate& gate) noexcept : gate_(gate) {}

  [[nodiscard]] std::optional<HttpAnswer> answer(const HttpRequest& request) override;
  void write_status(json::Writer& writer) const override;

 private:
  [[nodiscard]] HttpAnswer list_approvals() const;
  [[nodiscard]] HttpAnswer list_executions(const HttpRequest& request) const;
  [[nodiscard]] HttpAnswer judge(std::string_view rest, const HttpRequest& request);
  [[nodiscard]] HttpAnswer cut(const HttpRequest& request);

  Gate& gate_;
};

}  // namespace kedge::hub::agent_gate

#pragma once
// What the operator can ask of one side.

#include "../program/http/message.hpp"

#include <kedge/json.hpp>

#include <optional>

namespace kedge::hub {

using program::HttpAnswer;
using program::HttpRequest;

class OperatorPart {
 public:
  /// Answers a request for a path of its own; none: the path is not its own.
  [[nodiscard]] virtual std::optional<HttpAnswer> answer(const HttpRequest& request) = 0;
  /// Its members of the answer to `GET /status`.
  virtual void write_status(json::Writer& writer) const = 0;

 protected:
  ~OperatorPart() = default;
};

}  // namespace kedge::hub

#pragma once
// Which path answers what, and to whom.

#include "answers.hpp"
#include "send_route.hpp"
#include "snapshot.hpp"

#include "../program/http/server.hpp"

#include <functional>

namespace kedge::agent {

class Routes final : public program::HttpHandler {
 public:
  /// `send` is borrowed. `local`: the API listens on loopback, and answers only who asks for it by a name of
  /// this machine (403).
  Routes(SendRoute& send, bool local, std::function<Snapshot()> snapshot)
      : send_(send), local_(local), snapshot_(std::move(snapshot)) {}

  std::optional<HttpAnswer> on_request(const HttpRequest& request, program::HttpTicket ticket) override;
  HttpAnswer refusal(int status, std::string_view message) override { return error_answer(status, message); }

 private:
  SendRoute& send_;
  bool local_;
  std::function<Snapshot()> snapshot_;
};

}  // namespace kedge::agent

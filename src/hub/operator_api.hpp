#pragma once
// The operator's HTTP API on 127.0.0.1.

#include "../program/http/server.hpp"
#include "operator_answers.hpp"
#include "operator_routes.hpp"

#include <kedge/port_uv.hpp>
#include <kedge/result.hpp>

#include <cstdint>
#include <utility>
#include <vector>

namespace kedge::hub {

/// All calls on the loop's thread.
class OperatorApi final : private program::HttpHandler {
 public:
  static constexpr program::HttpLimits limits{};

  /// Everything is borrowed and outlives this; the parts are asked in this order.
  OperatorApi(uv::Loop& loop, const server::Server& server, std::vector<OperatorPart*> parts)
      : server_(server), parts_(std::move(parts)), http_(loop, *this, limits) {}

  /// Once. Binds 127.0.0.1; port 0 takes any free one. Returns the port. Errors: connection.
  Result<std::uint16_t> listen(std::uint16_t port) noexcept {
    return http_.listen(Address{Address::Family::ipv4, port, 0, {127, 0, 0, 1}});
  }
  /// Ends every connection at once and stops listening. Not from inside an answer.
  void close() noexcept { http_.close(); }

 private:
  std::optional<HttpAnswer> on_request(const HttpRequest& request, program::HttpTicket) override {
    return answer_operator(request, server_, parts_);
  }
  HttpAnswer refusal(int status, std::string_view message) override {
    return operator_error(status, message);
  }

  const server::Server& server_;
  std::vector<OperatorPart*> parts_;
  program::HttpServer http_;
};

}  // namespace kedge::hub

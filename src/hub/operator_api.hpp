#pragma once
// The operator's HTTP API on 127.0.0.1, by libmicrohttpd inside our libuv loop: no thread of its own.

#include "operator_routes.hpp"

#include <kedge/port_uv.hpp>
#include <kedge/result.hpp>

#include <cstdint>

namespace kedge::hub {

/// At most 16 connections, 16 KiB of memory each (head too large: 431), 4 KiB of body (413), 10 s without a
/// byte. All calls on the loop's thread.
class OperatorApi {
 public:
  static constexpr unsigned connections_max = 16;
  static constexpr std::size_t connection_bytes = 16 * 1024;
  static constexpr std::size_t body_bytes_max = 4 * 1024;
  static constexpr unsigned timeout_s = 10;

  /// Everything is borrowed and outlives this.
  OperatorApi(uv::Loop& loop, agent_gate::Gate& gate, Server& server,
              btp::Connector* connector = nullptr) noexcept;
  OperatorApi(const OperatorApi&) = delete;
  OperatorApi& operator=(const OperatorApi&) = delete;
  ~OperatorApi() { close(); }

  /// Once. Binds 127.0.0.1; port 0 takes any free one. Returns the port. Errors: connection.
  Result<std::uint16_t> listen(std::uint16_t port) noexcept;
  /// Ends every connection at once and stops listening. Not from inside an answer.
  void close() noexcept;
  /// What a request gets. For the daemon's callback. Throws std::bad_alloc.
  [[nodiscard]] OperatorAnswer answer(const OperatorRequest& request) {
    return answer_operator(request, gate_, server_, connector_);
  }

 private:
  struct Machinery;
  Machinery* machinery_ = nullptr;  // freed by the loop, when its handles are closed
  uv::Loop& loop_;
  agent_gate::Gate& gate_;
  Server& server_;
  btp::Connector* connector_;
};

}  // namespace kedge::hub

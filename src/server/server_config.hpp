#pragma once
// What a server does with connections before they are one of its services'.

#include <kedge/time.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace kedge::server {

struct ServerConfig {
  /// Connections beyond those of all services that are told so: 503 with `retry_after`. Further ones are
  /// closed without a word.
  std::size_t refusals_max = 8;
  std::chrono::seconds retry_after{5};
  Duration upgrade_timeout = std::chrono::seconds{5};  ///< TLS and upgrade together; then 408
  Duration refuse_timeout = std::chrono::seconds{2};   ///< for a refusal to go out
  std::uint32_t read_buffer_bytes = 64 * 1024;         ///< one for all connections
  std::uint16_t upgrade_bytes_max = 8192;              ///< of each request's head
  std::uint16_t upgrade_headers_max = 64;
};

}  // namespace kedge::server

#pragma once
// How the daemon is to be, every value of it checked.

#include "settings.hpp"

#include <kedge/btp.hpp>
#include <kedge/limits.hpp>
#include <kedge/port.hpp>
#include <kedge/secret.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace kedge::agent {

/// 64 packets in flight; room for a dozen of the largest to wait at once.
[[nodiscard]] constexpr Limits agent_limits() noexcept {
  Limits limits = Limits::host();
  limits.outbound_bytes = 1024 * 1024;
  limits.reserved_bytes = 16 * 1024;  // the longest secret, each character escaped
  limits.reserved_messages_max = 16;
  limits.url_bytes_max = 2048;
  return limits;
}

struct Configuration {
  std::string url;         ///< empty: sending is off
  std::string token_file;  ///< empty: the secret was given itself
  std::string ca_file;     ///< empty: the system's
  std::string certificate_file;
  std::string key_file;
  std::string peer_id{btp::default_peer_id};
  btp::Dialect dialect = btp::Dialect::crosstown;
  std::optional<std::uint32_t> max_retries;
  std::optional<std::chrono::milliseconds> packet_timeout;
  std::string node_id = "agent-runtime";
  Address http{Address::Family::ipv4, 8080, 0, {127, 0, 0, 1}};
  std::chrono::milliseconds shutdown_grace = std::chrono::seconds{5};

  [[nodiscard]] bool sends() const noexcept { return !url.empty(); }
};

/// Checks every value that was given; those that are wrong are told in `problems`, all of them. The secret
/// goes into `token`, unless it is to come from a file. Files are named here, not opened.
[[nodiscard]] Configuration read_configuration(const SettingValues& values, Secret& token,
                                               Problems& problems);

}  // namespace kedge::agent

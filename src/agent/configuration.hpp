#pragma once
// How the daemon is to be, every value of it checked.

#include "../program/daemon/credential_sources.hpp"
#include "send_request.hpp"
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

/// Most bytes of a message with a packet: its data, and a destination with all that is around it.
inline constexpr std::uint32_t packet_bytes_max = data_bytes_max + 2 * 1024;

/// 64 packets in flight; each of them may be of the largest size and wait to be written.
[[nodiscard]] constexpr Limits agent_limits() noexcept {
  Limits limits = Limits::host();
  // One more, so that it is the number of packets that refuses the 65th.
  limits.outbound_bytes = (limits.pending_max + 1U) * packet_bytes_max;
  limits.reserved_bytes = 16 * 1024;  // 15 refusals of what is sent to it, with their words
  limits.reserved_messages_max = 16;
  limits.url_bytes_max = 2048;
  return limits;
}

/// Without a URL sending is off.
struct Configuration : program::CredentialSources {
  std::string peer_id{btp::default_peer_id};
  btp::Dialect dialect = btp::Dialect::crosstown;
  std::optional<std::uint32_t> max_retries;
  std::optional<std::chrono::milliseconds> packet_timeout;
  std::string node_id = "agent-runtime";
  Address http{Address::Family::ipv4, 8080, 0, {127, 0, 0, 1}};
  std::chrono::milliseconds shutdown_grace = std::chrono::seconds{5};

  [[nodiscard]] bool sends() const noexcept { return !url.empty(); }
};

/// What problems with the files of secret and certificates begin with.
[[nodiscard]] program::CredentialNames credential_names() noexcept;

/// Checks every value that was given; those that are wrong are told in `problems`, all of them. The secret
/// goes into `token`, unless it is to come from a file. Files are named here, not opened.
[[nodiscard]] Configuration read_configuration(const SettingValues& values, Secret& token,
                                               Problems& problems);

}  // namespace kedge::agent

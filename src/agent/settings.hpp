#pragma once
// What kedge-agent can be told.

#include "../program/daemon/settings.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace kedge::agent {

using program::Problems;
using program::SettingWords;

enum class Setting : std::uint8_t {
  url,
  token,
  token_file,
  no_token,
  peer_id,
  dialect,
  max_retries,
  packet_timeout,
  ca_file,
  certificate_file,
  key_file,
  node_id,
  http_host,
  http_port,
  shutdown_grace,
};
inline constexpr std::size_t setting_count = static_cast<std::size_t>(Setting::shutdown_grace) + 1;

/// In the order of `Setting`.
[[nodiscard]] const program::SettingTable& setting_table() noexcept;
[[nodiscard]] std::string_view name_of(Setting setting) noexcept;

/// The texts that were given of them.
class SettingValues : public program::SettingValues {
 public:
  SettingValues() : program::SettingValues(setting_table()) {}
};

}  // namespace kedge::agent

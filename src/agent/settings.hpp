#pragma once
// What can be set, and where it comes from: the environment, or the file of --config under the same names.

#include "../program/kept_file.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kedge::agent {

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

/// How a setting is spoken of.
struct SettingWords {
  std::string_view name;      ///< of the variable, and of the key in the file
  std::string_view fallback;  ///< what holds without it, for a person
  std::string_view meaning;
};
/// In the order of `Setting`. Static storage.
[[nodiscard]] std::span<const SettingWords, setting_count> all_settings() noexcept;
[[nodiscard]] std::string_view name_of(Setting setting) noexcept;

/// What is wrong with a configuration, a sentence each, the setting first. Values are never repeated: one of
/// them may be a secret in the wrong place.
using Problems = std::vector<std::string>;

/// The texts that were given. One of them may be a secret: they are wiped when this goes.
class SettingValues {
 public:
  SettingValues() = default;
  SettingValues(const SettingValues&) = delete;
  SettingValues& operator=(const SettingValues&) = delete;
  ~SettingValues();

  /// The text of a setting; none when it was not given or is empty.
  [[nodiscard]] std::optional<std::string_view> get(Setting setting) const noexcept;
  void set(Setting setting, std::string_view text);
  /// Whether there is to be no secret; what is wrong with the setting is another matter.
  [[nodiscard]] bool without_token() const noexcept { return get(Setting::no_token).value_or("0") != "0"; }
  /// Takes over what is given there and not here. A secret, the file of one and that there is none count as
  /// the same.
  void add_missing(const SettingValues& others);

 private:
  std::array<std::string, setting_count> texts_;
};

/// Takes what the environment has. `warnings` are told what is there and was not taken: variables that begin
/// with `CONNECTOR_` and are not known, and a port that Kubernetes has set to the URL of a service
/// (`HTTP_PORT=tcp://10.0.0.1:80`). Other variables that describe its services are passed over.
void read_environment(SettingValues& values, Problems& warnings);
/// Takes what a JSON text has: one object of strings, whole numbers and nulls (not given), under the names of
/// the variables.
void read_settings_text(std::string_view text, SettingValues& values, Problems& problems);
/// The same from a file of at most 64 KiB, perhaps a pipe that somebody has yet to write. Errors: cancelled
/// (a signal came meanwhile).
Result<void> read_settings_file(
    const std::string& path, SettingValues& values, Problems& problems,
    const program::Patience& patience = program::Patience(std::chrono::milliseconds{0}));

}  // namespace kedge::agent

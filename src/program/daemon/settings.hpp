#pragma once
// What a daemon can be told, and where it comes from: the environment, or the file of --config under the same
// names.

#include "../kept_file.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace kedge::program {

/// How a setting is spoken of.
struct SettingWords {
  std::string_view name;      ///< of the variable, and of the key in the file
  std::string_view fallback;  ///< what holds without it, for a person
  std::string_view meaning;
  /// The secret, where it comes from, or that there is none. What is given of them in the environment hides
  /// the others of a file, unless it says no more than the fallback.
  bool of_the_secret = false;
};

/// All that a daemon can be told. Static storage.
struct SettingTable {
  std::span<const SettingWords> words;
  /// Variables that begin with it and are in no row are named in a warning.
  std::string_view prefix;
};

/// A setting: its row in the table, which a daemon's enumeration counts.
struct SettingId {
  template <class Setting>
  requires std::is_enum_v<Setting>
  constexpr SettingId(Setting setting) noexcept : row(static_cast<std::size_t>(setting)) {}
  constexpr explicit SettingId(std::size_t row_of_table) noexcept : row(row_of_table) {}
  std::size_t row;
};

/// What is wrong with a configuration, a sentence each, the setting first. Values are never repeated: one of
/// them may be a secret in the wrong place.
using Problems = std::vector<std::string>;

/// The texts that were given. One of them may be a secret: they are wiped when this goes.
class SettingValues {
 public:
  explicit SettingValues(const SettingTable& table) : table_(table), texts_(table.words.size()) {}
  SettingValues(const SettingValues&) = delete;
  SettingValues& operator=(const SettingValues&) = delete;
  ~SettingValues();

  [[nodiscard]] const SettingTable& table() const noexcept { return table_; }
  [[nodiscard]] std::string_view name_of(SettingId setting) const noexcept {
    return table_.words[setting.row].name;
  }
  /// The text of a setting; none when it was not given or is empty.
  [[nodiscard]] std::optional<std::string_view> get(SettingId setting) const noexcept;
  /// `text` is no view of what is there: that is wiped.
  void set(SettingId setting, std::string_view text);
  /// Takes over what is given there and not here.
  void add_missing(const SettingValues& others);

 private:
  const SettingTable& table_;
  std::vector<std::string> texts_;
};

/// Takes what the environment has. `warnings` are told what is there and was not taken: variables that begin
/// with the table's prefix and are not known, and a port that Kubernetes has set to the URL of a service
/// (`HTTP_PORT=tcp://10.0.0.1:80`). Other variables that describe its services are passed over.
void read_environment(SettingValues& values, Problems& warnings);
/// Takes what a JSON text has: one object of strings, whole numbers and nulls (not given), under the names of
/// the variables.
void read_settings_text(std::string_view text, SettingValues& values, Problems& problems);
/// The same from a file of at most 64 KiB, perhaps a pipe that somebody has yet to write. Errors: cancelled
/// (a signal came meanwhile).
Result<void> read_settings_file(const std::string& path, SettingValues& values, Problems& problems,
                                const Patience& patience = Patience(std::chrono::milliseconds{0}));

}  // namespace kedge::program

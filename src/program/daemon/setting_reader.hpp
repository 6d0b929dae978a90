#pragma once
// Settings as what they stand for, each of them checked.

#include "settings.hpp"

#include <kedge/port.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kedge::program {

/// Reads them one by one. What is wrong with one is told by its name, and never its value.
class SettingReader {
 public:
  /// Both are borrowed.
  SettingReader(const SettingValues& values, Problems& problems) : values_(values), problems_(problems) {}

  [[nodiscard]] std::string_view name_of(SettingId setting) const noexcept {
    return values_.name_of(setting);
  }
  [[nodiscard]] bool given(SettingId setting) const noexcept { return values_.get(setting).has_value(); }
  /// Empty when it was not given.
  [[nodiscard]] std::string_view text(SettingId setting) const noexcept {
    return values_.get(setting).value_or(std::string_view());
  }
  void wrong(SettingId setting, std::string_view what);

  /// An integer within its range; none when it is not given, or is none, which is told.
  std::optional<std::uint64_t> number(SettingId setting, std::uint64_t least, std::uint64_t most);
  /// From `least` to as many as 31 bits hold, 24 days.
  std::optional<std::chrono::milliseconds> milliseconds(SettingId setting, std::uint64_t least);
  /// A name for others to see: UTF-8 of a length. As it was when none is given.
  void name(SettingId setting, std::size_t bytes_max, std::string& into);
  /// Where to listen: an address or `localhost`, and a port. As it was where nothing is given.
  void address(SettingId host, SettingId port, Address& into);

 private:
  const SettingValues& values_;
  Problems& problems_;
};

}  // namespace kedge::program

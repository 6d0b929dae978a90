#pragma once
// What a configuration adds to every upgrade, copied into fixed memory.

#include <kedge/result.hpp>
#include <kedge/upgrade_extras.hpp>
#include <kedge/websocket.hpp>

#include <cstddef>
#include <span>
#include <string_view>

namespace kedge::websocket {

class UpgradeText {
 public:
  static constexpr std::size_t storage_bytes(const Limits& limits) noexcept {
    return limits.upgrade_bytes_max / 2U;
  }
  /// Borrowed.
  explicit UpgradeText(std::span<char> storage) noexcept : storage_(storage) {}

  /// Copies headers, user agent and subprotocols. Errors: config, by the member's name.
  Result<void> assign(const Config& config) noexcept;
  /// Errors: config, by the member's name.
  Result<void> add_to(UpgradeExtras& extras) const noexcept;

 private:
  bool put(std::string_view text) noexcept;

  std::span<char> storage_;  // texts, each ended by a NUL, which no header can hold
  std::size_t size_ = 0;
  std::size_t headers_ = 0;  // names and values of so many come first
  std::size_t subprotocols_ = 0;
};

}  // namespace kedge::websocket

#pragma once
// Comparing what a peer shows with what it should have shown.

#include <string_view>

namespace kedge::hub {

/// Compares without telling by its time how much was right.
[[nodiscard]] inline bool same_secret(std::string_view expected, std::string_view given) noexcept {
  unsigned difference = expected.size() == given.size() ? 0 : 1;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const char other = i < given.size() ? given[i] : '\0';
    difference |= static_cast<unsigned char>(expected[i]) ^ static_cast<unsigned char>(other);
  }
  return difference == 0;
}

}  // namespace kedge::hub

#pragma once
// A server that repeats what it was told.

#include "../run.hpp"
#include "support/spellings.hpp"

#include <string>
#include <string_view>

namespace kedge::rig {

/// `words`, and now and then the secret behind them, in one of its spellings. No longer than a close frame's
/// reason may be, with a secret of sixteen bytes and words of twenty.
[[nodiscard]] inline std::string gossip(Run& run, std::string_view words, std::string_view secret) {
  std::string text(words);
  if (!run.rng.chance(300)) return text;
  const auto last = test::all_spellings.size() - 1;
  const auto how = static_cast<std::size_t>(run.rng.between(std::uint64_t{0}, std::uint64_t{last}));
  return text.append(": ").append(test::spelled(secret, test::all_spellings.at(how)));
}

}  // namespace kedge::rig

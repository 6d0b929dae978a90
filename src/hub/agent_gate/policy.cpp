#include "policy.hpp"

namespace kedge::hub::agent_gate {

// After a mismatch only the last star need take one more character: what stood before it matched already.
bool glob_matches(std::string_view pattern, std::string_view text) noexcept {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t taken = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++taken;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

Decision Policy::decide(std::string_view tool) const noexcept {
  for (const Rule& rule : rules_) {
    if (glob_matches(rule.pattern, tool)) return rule.decision;
  }
  return Decision::deny;
}

}  // namespace kedge::hub::agent_gate

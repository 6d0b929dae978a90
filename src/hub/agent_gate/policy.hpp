#pragma once
// Which tools run at once, which never, and which a human is asked about.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kedge::hub::agent_gate {

enum class Decision : std::uint8_t { allow, deny, ask };

/// Whether `text` matches `pattern`, in which `*` stands for any characters, none too, and `?` for exactly
/// one byte. Time is at most the product of both lengths.
[[nodiscard]] bool glob_matches(std::string_view pattern, std::string_view text) noexcept;

/// Rules by tool name, in order: the first that matches decides, and without one the tool is denied.
class Policy {
 public:
  void add(std::string pattern, Decision decision) { rules_.push_back({std::move(pattern), decision}); }
  [[nodiscard]] Decision decide(std::string_view tool) const noexcept;

 private:
  struct Rule {
    std::string pattern;
    Decision decision;
  };
  std::vector<Rule> rules_;
};

}  // namespace kedge::hub::agent_gate

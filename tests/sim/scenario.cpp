#include "scenario.hpp"

#include <algorithm>
#include <vector>

namespace kedge::rig {

namespace {

std::vector<Scenario>& registered() {
  static std::vector<Scenario> all;
  return all;
}

}  // namespace

Registered::Registered(std::string_view name, void (*play)(Run& run)) {
  auto& all = registered();
  const auto place =
      std::find_if(all.begin(), all.end(), [&](const Scenario& one) { return name < one.name; });
  all.insert(place, {name, play});
}

std::span<const Scenario> scenarios() {
  return registered();
}

}  // namespace kedge::rig

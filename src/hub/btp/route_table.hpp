#pragma once
// Which route a packet takes: that of the longest prefix.

#include "route.hpp"

#include <string_view>
#include <vector>

namespace kedge::hub::btp {

class RouteTable {
 public:
  /// False when there is a route with that prefix already.
  bool add(Route route);
  /// The route with the longest prefix of `address`, in whole segments: "test.bob" is one of "test.bob" and
  /// of "test.bob.1", not of "test.bobby". Null when there is none. Valid until `add`.
  [[nodiscard]] const Route* find(std::string_view address) const noexcept;
  [[nodiscard]] const std::vector<Route>& routes() const noexcept { return routes_; }

 private:
  std::vector<Route> routes_;
};

/// Whether it is a prefix: segments of letters, digits, `_`, `-` and `~` between dots (RFC-0015), or nothing.
[[nodiscard]] bool is_prefix(std::string_view text) noexcept;

}  // namespace kedge::hub::btp

#include "route_table.hpp"

#include <kedge/ilp.hpp>

#include <algorithm>
#include <utility>

namespace kedge::hub::btp {

namespace {

bool covers(std::string_view prefix, std::string_view address) noexcept {
  if (prefix.empty()) return true;
  if (!address.starts_with(prefix)) return false;
  return address.size() == prefix.size() || address[prefix.size()] == '.';
}

bool in_segment(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == '~';
}

}  // namespace

bool RouteTable::add(Route route) {
  const auto same = [&](const Route& other) { return other.prefix == route.prefix; };
  if (std::any_of(routes_.begin(), routes_.end(), same)) return false;
  routes_.push_back(std::move(route));
  return true;
}

const Route* RouteTable::find(std::string_view address) const noexcept {
  const Route* best = nullptr;
  for (const Route& route : routes_) {
    if (!covers(route.prefix, address)) continue;
    if (best == nullptr || route.prefix.size() > best->prefix.size()) best = &route;
  }
  return best;
}

bool is_prefix(std::string_view text) noexcept {
  if (text.size() > ilp::address_bytes_max) return false;
  if (text.starts_with('.') || text.ends_with('.') || text.find("..") != std::string_view::npos) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return c == '.' || in_segment(c); });
}

}  // namespace kedge::hub::btp

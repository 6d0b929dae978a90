#include "address.hpp"

#include <array>

namespace kedge::btp {

namespace {

constexpr bool is_segment_character(Dialect dialect, char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         (c == '~' && dialect == Dialect::btp2);
}

// RFC-0015, "Allocation Schemes".
constexpr std::array<std::string_view, 10> schemes = {"g",    "private", "example", "peer",  "self",
                                                      "test", "test1",   "test2",   "test3", "local"};

bool begins_with_scheme(std::string_view address) noexcept {
  const std::size_t dot = address.find('.');
  if (dot == std::string_view::npos) return false;
  for (const std::string_view scheme : schemes) {
    if (address.substr(0, dot) == scheme) return true;
  }
  return false;
}

}  // namespace

std::string_view address_fault(Dialect dialect, std::string_view address) noexcept {
  if (address.empty()) return "empty";
  if (address.size() > ilp::address_bytes_max) return "longer than 1023 characters";
  char before = '.';
  for (const char c : address) {
    if (c == '.' ? before == '.' : !is_segment_character(dialect, c)) {
      return c == '.' ? "an empty segment" : "a character outside the alphabet";
    }
    before = c;
  }
  if (before == '.') return "an empty segment";
  if (dialect == Dialect::btp2 && !begins_with_scheme(address)) {
    return "no allocation scheme before the first dot";
  }
  return {};
}

}  // namespace kedge::btp

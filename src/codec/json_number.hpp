#pragma once
// The parts of a number's text.

#include <kedge/result.hpp>

#include <string_view>

namespace kedge::json {

/// A number taken apart; views into its text.
struct NumberText {
  bool negative = false;
  std::string_view integer;   ///< at least one digit; no leading zero
  std::string_view fraction;  ///< digits after the point, possibly none
  std::string_view exponent;  ///< with its sign; empty when there is none
  bool has_fraction = false;

  /// Neither fraction nor exponent is written.
  [[nodiscard]] bool is_integer() const noexcept { return !has_fraction && exponent.empty(); }
};

/// Takes a number apart. Errors: protocol (not a number as RFC 8259 section 6 defines it).
Result<NumberText> split_number(std::string_view number) noexcept;

}  // namespace kedge::json

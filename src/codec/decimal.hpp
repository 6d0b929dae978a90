#pragma once
// From decimal digits to the nearest double, exact for any number of digits, in fixed memory.

#include "json_number.hpp"

#include <optional>

namespace kedge::codec {

/// The double that is nearest to the number, of two as near the even one, as strtod gives it; below half of
/// the smallest one a zero of its sign. None when the nearest would be infinite. Some 400 bytes of stack.
///
/// Not strtod itself, which obeys the locale and allocates in newlib, nor std::from_chars, whose tables cost
/// a firmware 21 KB.
[[nodiscard]] std::optional<double> nearest_double(const json::NumberText& number) noexcept;

}  // namespace kedge::codec

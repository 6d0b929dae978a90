#pragma once
// The date format of HTTP (RFC 9110 section 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.

#include <kedge/time.hpp>

#include <optional>
#include <string_view>

namespace kedge::ws {

/// The moment of an IMF-fixdate; nothing when it is not one, or names a day that does not exist. The two
/// obsolete formats are not read.
[[nodiscard]] std::optional<WallTime> parse_http_date(std::string_view text) noexcept;

}  // namespace kedge::ws

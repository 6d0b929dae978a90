#pragma once
// Whether a request to an API on loopback was meant for it.

#include "message.hpp"

#include <string_view>

namespace kedge::program {

/// What of the request names another site than this machine's loopback, "Host header", "Origin header" or
/// "target"; empty when nothing does. A page of another site, in a browser that can reach us, cannot leave
/// its Host out; the health checks of HTTP/1.0 do.
[[nodiscard]] std::string_view foreign_part(const HttpRequest& request) noexcept;

}  // namespace kedge::program

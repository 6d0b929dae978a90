#pragma once
// Whether a request to an API on loopback was meant for it.

#include <kedge/port.hpp>

#include <string_view>

namespace kedge::program {

/// Whether only this machine can reach the address.
[[nodiscard]] bool is_loopback(const Address& address) noexcept;

/// Whether the authority (of a Host header or an origin) names this machine's loopback. Anything else is a
/// name that somebody's page made point here (DNS rebinding).
[[nodiscard]] bool is_loopback_authority(std::string_view authority) noexcept;

/// Whether the value of an Origin header is `http://` and such an authority.
[[nodiscard]] bool is_loopback_origin(std::string_view origin) noexcept;

}  // namespace kedge::program

#pragma once
// What a system call or the resolver reported, in words.

#include <kedge/error.hpp>

#include <string_view>

namespace kedge::uv {

/// Kind `connection`, layer `system`, `code` (an errno) as layer code; the message is `doing` and the reason.
[[nodiscard]] Error system_error(std::string_view doing, int code) noexcept;

/// Kind `connection`, layer `resolver`, libuv's status as layer code; the message is the reason and the host.
[[nodiscard]] Error resolver_error(int uv_status, std::string_view host) noexcept;

}  // namespace kedge::uv

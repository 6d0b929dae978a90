#pragma once
// ILP addresses, as far as each dialect has them.

#include <kedge/btp.hpp>

#include <string_view>

namespace kedge::btp {

/// What is wrong with an address, in words that follow its name, such as "longer than 1023 characters"; empty
/// when nothing is. Static storage. crosstown: segments of letters, digits, `_` and `-`. btp2: RFC-0015,
/// which has `~` too, and wants an allocation scheme before at least one segment.
[[nodiscard]] std::string_view address_fault(Dialect dialect, std::string_view address) noexcept;

}  // namespace kedge::btp

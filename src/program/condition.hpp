#pragma once
// The condition of a packet whose sender names none.

#include <kedge/ilp.hpp>

#include <array>
#include <cstddef>
#include <span>

namespace kedge::program {

/// Whoever has the data can fulfil it: the fulfillment is SHA-256 of the data, the condition SHA-256 of that.
/// False when no hash could be made.
[[nodiscard]] bool condition_of(std::span<const std::byte> data,
                                std::array<std::byte, ilp::hash_bytes>& condition) noexcept;

}  // namespace kedge::program

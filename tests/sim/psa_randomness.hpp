#pragma once
// The randomness that mbedTLS 3.6 does not take from the port.

#include <cstdint>

namespace kedge::rig {

/// Begins it anew; for each run, or its keys would depend on the runs before.
void seed_psa(std::uint64_t seed) noexcept;

}  // namespace kedge::rig

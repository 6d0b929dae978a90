// mbedTLS 3.6 makes the keys of TLS 1.3 through PSA, whose generator is seeded by the operating system; that
// it could be another's is an option for whoever builds mbedTLS, and Debian does not take it. A run has to be
// the same each time it is played: this function stands before the library's in kedge_sim.

#include "psa_randomness.hpp"

#include <kedge/sim/rng.hpp>

namespace {
kedge::sim::Rng generator;
}

namespace kedge::rig {

void seed_psa(std::uint64_t seed) noexcept {
  generator = sim::Rng(sim::mix(seed ^ 0x50'53'41));
}

}  // namespace kedge::rig

extern "C" std::int32_t psa_generate_random(std::uint8_t* out, std::size_t size) noexcept {
  generator.fill(std::as_writable_bytes(std::span(out, size)));
  return 0;  // PSA_SUCCESS
}

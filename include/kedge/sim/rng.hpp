#pragma once
// Repeatable numbers for the simulation. Not for secrets.

#include <kedge/time.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace kedge::sim {

/// One step of splitmix64 (Steele, Lea, Flood 2014): a well-mixed number from a counter; derives seeds from
/// seeds.
[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t seed) noexcept {
  std::uint64_t z = seed + 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

/// xoshiro256** (Blackman, Vigna 2018), seeded through splitmix64 as its authors recommend. The same seed
/// gives the same numbers on every machine.
class Rng {
 public:
  constexpr explicit Rng(std::uint64_t seed = 0) noexcept {
    for (std::uint64_t& word : state_) {
      word = mix(seed);
      seed += 0x9E3779B97F4A7C15u;
    }
  }

  constexpr std::uint64_t next() noexcept {
    const std::uint64_t result = rotate(state_[1] * 5, 7) * 9;
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = rotate(state_[3], 45);
    return result;
  }

  /// A number from `low` to `high`, both included; `low` if the range is empty. The bias of the remainder
  /// (under 2^-32 for ranges under 2^32) does not matter in a simulation.
  constexpr std::uint64_t between(std::uint64_t low, std::uint64_t high) noexcept {
    if (high <= low) return low;
    const std::uint64_t range = high - low + 1;
    return low + (range == 0 ? next() : next() % range);
  }
  /// A duration from `low` to `high`, both included.
  constexpr Duration between(Duration low, Duration high) noexcept {
    if (high <= low) return low;
    return low + Duration{static_cast<Duration::rep>(
                     between(std::uint64_t{0}, static_cast<std::uint64_t>((high - low).count())))};
  }
  /// Returns true `permille` times in a thousand. 0 and 1000 draw no number, so that a fault that is off does
  /// not shift the others.
  constexpr bool chance(std::uint32_t permille) noexcept {
    if (permille == 0) return false;
    return permille >= 1000 || next() % 1000 < permille;
  }
  constexpr void fill(std::span<std::byte> out) noexcept {
    while (!out.empty()) {
      std::uint64_t word = next();
      const std::size_t count = out.size() < 8 ? out.size() : 8;
      for (std::byte& byte : out.first(count)) {
        byte = static_cast<std::byte>(word & 0xFF);
        word >>= 8;
      }
      out = out.subspan(count);
    }
  }

 private:
  static constexpr std::uint64_t rotate(std::uint64_t value, int bits) noexcept {
    return (value << bits) | (value >> (64 - bits));
  }
  std::array<std::uint64_t, 4> state_{};
};

}  // namespace kedge::sim

#include <kedge/sim/network.hpp>
#include <kedge/sim/rng.hpp>

namespace kedge::sim {

NetworkProfile NetworkProfile::randomised(std::uint64_t seed) noexcept {
  using std::chrono::milliseconds;
  Rng rng(mix(seed));
  const auto number = [&rng](std::uint64_t low, std::uint64_t high) noexcept {
    return static_cast<std::uint32_t>(rng.between(low, high));
  };
  const auto permille = [&rng](std::uint64_t high) noexcept {
    return static_cast<std::uint16_t>(rng.between(0, high));
  };
  NetworkProfile profile;
  profile.latency_min = rng.between(Duration{50}, Duration{milliseconds{50}});
  profile.latency_max = profile.latency_min + rng.between(Duration::zero(), Duration{milliseconds{250}});
  if (rng.chance(300)) profile.merge_window = rng.between(Duration{1}, Duration{milliseconds{200}});
  if (rng.chance(400)) profile.segment_bytes_max = number(1, 2000);
  profile.keep_segments = rng.chance(300);
  if (rng.chance(400)) profile.read_bytes_max = number(1, 3000);
  if (rng.chance(400)) profile.write_bytes_max = number(1, 3000);
  if (rng.chance(400)) profile.write_block_permille = permille(500);
  profile.writable_delay_max = rng.between(Duration::zero(), Duration{milliseconds{20}});
  if (rng.chance(500)) profile.buffer_bytes = number(256, 32 * 1024);
  profile.no_answer_permille = permille(50);
  profile.refuse_permille = permille(50);
  profile.unreachable_permille = permille(50);
  const auto fate = [&]() noexcept {
    return Fate{permille(150), Duration::zero(), rng.between(Duration::zero(), std::chrono::minutes{2})};
  };
  profile.reset = fate();
  profile.silence = fate();
  profile.end = fate();
  profile.reset_out = {permille(100), 0, number(0, 4096)};
  profile.reset_in = {permille(100), 0, number(0, 4096)};
  profile.reset_discards = rng.chance(300);
  return profile;
}

}  // namespace kedge::sim

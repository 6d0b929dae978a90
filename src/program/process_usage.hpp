#pragma once
// What the process takes of its machine, as Linux tells it.

#include <kedge/time.hpp>

#include <cstdint>
#include <optional>

namespace kedge::program {

/// Nothing where the system did not tell: /proc may not be there, or no descriptor be left to read it with.
struct ProcessUsage {
  std::optional<Duration> cpu;  ///< user and system, of all threads
  std::optional<std::uint64_t> resident_bytes;
  std::optional<std::uint64_t> virtual_bytes;
  std::optional<std::uint64_t> open_descriptors;
  std::optional<std::uint64_t> descriptors_max;  ///< the soft limit; none when there is no limit
};

[[nodiscard]] ProcessUsage process_usage() noexcept;

}  // namespace kedge::program

#pragma once
// How the simulated network treats a connection, and how much a World can hold.

#include <kedge/time.hpp>

#include <chrono>
#include <cstdint>

namespace kedge::sim {

/// Something that may happen to a connection once, at a time drawn from a range.
struct Fate {
  std::uint16_t permille = 0;  ///< of connections that it happens to; 1000: all
  Duration after_min{};        ///< counted from the moment the connection is accepted
  Duration after_max{};
};

/// Something that may happen to a connection once, when a number of bytes has passed.
struct ByteFate {
  std::uint16_t permille = 0;
  std::uint64_t after_min = 0;  ///< bytes; 0: as soon as it is open
  std::uint64_t after_max = 0;
};

/// How one connection behaves; copied when it is opened. The defaults are a short, clean connection. Each
/// value is drawn per connection, call or segment from the World's seed; a size of 0 means no limit.
struct NetworkProfile {
  // Transport. Bytes never overtake each other.
  Duration latency_min = std::chrono::milliseconds{1};  ///< one way
  Duration latency_max = std::chrono::milliseconds{1};
  Duration merge_window{};                 ///< arrivals wait for the next multiple of this, so writes merge
  std::uint32_t segment_bytes_max = 0;     ///< a write travels in segments of 1 to this many bytes
  bool keep_segments = false;              ///< a read returns bytes of one segment only
  std::uint32_t read_bytes_max = 0;        ///< a read returns 1 to this many bytes
  std::uint32_t write_bytes_max = 0;       ///< a write takes 1 to this many bytes
  std::uint16_t write_block_permille = 0;  ///< of writes that take nothing although there is room
  Duration writable_delay_max{};           ///< from such a short write to `on_writable`
  std::uint32_t buffer_bytes = 0;  ///< written and not yet read, each way; at most `Capacity::buffer_bytes`

  // Connecting: at most one of these happens, checked in this order.
  std::uint16_t no_answer_permille = 0;    ///< of attempts that are never answered
  std::uint16_t refuse_permille = 0;       ///< of attempts that are refused
  std::uint16_t unreachable_permille = 0;  ///< of attempts that find no route

  // The end of the connection. "Out" is what the connecting side writes, "in" what it reads.
  Fate reset;                   ///< both sides see a reset
  Fate silence;                 ///< bytes vanish and neither end notices
  Fate end;                     ///< both sides read an orderly end
  ByteFate reset_out;           ///< reset when that many bytes out have arrived
  ByteFate reset_in;            ///< reset when that many bytes in have arrived
  bool reset_discards = false;  ///< a reset also discards what had arrived and was unread

  /// A rough connection, the same one for the same seed: latency of up to 300 ms, odd sizes of everything,
  /// and a few percent of each fault above. It never loses or reorders bytes without ending.
  [[nodiscard]] static NetworkProfile randomised(std::uint64_t seed) noexcept;
};

/// What happens to a connection that is cut.
enum class Cut : std::uint8_t {
  reset,   ///< both sides see a reset
  clean,   ///< both sides read an orderly end, after the bytes in transit
  silent,  ///< nothing arrives any more and neither end notices: a half-open connection. `restore` undoes it
};

/// How much a World can hold. Its constructor allocates all of it, and nothing is allocated later.
struct Capacity {
  std::uint16_t ports = 8;
  std::uint16_t hosts = 8;                 ///< Listeners and PeerHosts
  std::uint16_t connections = 64;          ///< at once
  std::uint32_t buffer_bytes = 64 * 1024;  ///< per connection and direction
  std::uint16_t names = 16;
  std::uint16_t actions = 64;  ///< `World::at` pending at once
};

}  // namespace kedge::sim

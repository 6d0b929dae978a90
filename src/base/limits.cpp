#include <kedge/limits.hpp>

#include "limit_ranges.hpp"

namespace kedge {

Result<void> check_ranges(std::span<const LimitRange> ranges) noexcept {
  for (const LimitRange& range : ranges) {
    if (range.value >= range.least && range.value <= range.most) continue;
    return Error(ErrorKind::config, "Limits::")
        .append(range.name)
        .append(" must be ")
        .append(static_cast<std::int64_t>(range.least))
        .append(" to ")
        .append(static_cast<std::int64_t>(range.most))
        .append(", is ")
        .append(static_cast<std::int64_t>(range.value));
  }
  return {};
}

Result<void> check(const Limits& limits) noexcept {
  constexpr std::uint64_t bytes_max = buffer_bytes_most;
  // A frame must fit into the write buffer whole, its header of up to 14 bytes included.
  const std::uint64_t fragment_most = limits.write_buffer_bytes < 14U ? 0U : limits.write_buffer_bytes - 14U;
  const LimitRange ranges[] = {
      {"pending_max", limits.pending_max, 1, 4096},
      {"outbound_messages_max", limits.outbound_messages_max, 1, 4096},
      {"outbound_block_bytes", limits.outbound_block_bytes, 32, 4096},
      {"outbound_bytes", limits.outbound_bytes, limits.outbound_block_bytes, bytes_max},
      {"credential_bytes_max", limits.credential_bytes_max, 1, 16384},
      {"reserved_messages_max", limits.reserved_messages_max, 2, 256},  // an authentication and a poll
      {"reserved_bytes", limits.reserved_bytes, 256, bytes_max},
      {"outbound_message_bytes_max", limits.outbound_message_bytes_max, 1, bytes_max},
      {"inbound_message_bytes_max", limits.inbound_message_bytes_max, 128, bytes_max},
      {"read_buffer_bytes", limits.read_buffer_bytes, 512, bytes_max},
      {"write_buffer_bytes", limits.write_buffer_bytes, 512, bytes_max},
      {"fragment_bytes_max", limits.fragment_bytes_max, 1, fragment_most},
      {"upgrade_bytes_max", limits.upgrade_bytes_max, 256, 0xFFFF},
      {"upgrade_headers_max", limits.upgrade_headers_max, 8, 1024},
      {"url_bytes_max", limits.url_bytes_max, 16, 8192},
      {"addresses_max", limits.addresses_max, 1, 255},
      {"json_depth_max", limits.json_depth_max, 8, 255},
      {"mask_pool_bytes", limits.mask_pool_bytes, 4, 0xFFFF},
  };
  if (auto checked = check_ranges(ranges); !checked) return checked;
  if (limits.mask_pool_bytes % 4 != 0)
    return Error(ErrorKind::config, "Limits::mask_pool_bytes must be a multiple of 4");
  return {};
}

}  // namespace kedge

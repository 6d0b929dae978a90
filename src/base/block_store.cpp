#include "block_store.hpp"

namespace kedge {

BlockStore::BlockStore(std::uint32_t block_count, std::uint16_t block_bytes, Arena& arena) noexcept
    : next_(arena.take<std::uint32_t>(block_count)),
      bytes_(arena.take_untouched(std::size_t{block_count} * block_bytes)),
      block_bytes_(block_bytes) {
  if (next_.empty() || bytes_.empty()) return;
  for (std::uint32_t i = 0; i < block_count; ++i) next_[i] = i + 1 < block_count ? i + 1 : none;
  free_first_ = 0;
  free_count_ = block_count;
}

}  // namespace kedge

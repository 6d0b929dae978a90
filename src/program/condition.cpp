#include "condition.hpp"

#include "../crypto/digest.hpp"

namespace kedge::program {

bool condition_of(std::span<const std::byte> data,
                  std::array<std::byte, ilp::hash_bytes>& condition) noexcept {
  std::array<std::byte, ilp::hash_bytes> fulfillment{};
  return crypto::sha256(data, fulfillment) && crypto::sha256(fulfillment, condition);
}

}  // namespace kedge::program

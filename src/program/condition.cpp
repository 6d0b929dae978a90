#include "condition.hpp"

#include "../tls/digest.hpp"

namespace kedge::program {

bool condition_of(std::span<const std::byte> data,
                  std::array<std::byte, ilp::hash_bytes>& condition) noexcept {
  std::array<std::byte, ilp::hash_bytes> fulfillment{};
  return tls::sha256(data, fulfillment) && tls::sha256(fulfillment, condition);
}

}  // namespace kedge::program

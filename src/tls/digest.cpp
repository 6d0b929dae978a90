#include "digest.hpp"

#include "mbedtls_compat.hpp"

namespace kedge::tls {

bool sha1(std::span<const std::byte> input, std::array<std::byte, 20>& digest) noexcept {
  return compat::sha1(reinterpret_cast<const unsigned char*>(input.data()), input.size(),
                      reinterpret_cast<unsigned char*>(digest.data())) == 0;
}

bool sha256(std::span<const std::byte> input, std::array<std::byte, 32>& digest) noexcept {
  return compat::sha256(reinterpret_cast<const unsigned char*>(input.data()), input.size(),
                        reinterpret_cast<unsigned char*>(digest.data())) == 0;
}

}  // namespace kedge::tls

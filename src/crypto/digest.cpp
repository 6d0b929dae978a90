#include "digest.hpp"

#include <mbedtls/md.h>

namespace kedge::crypto {

namespace {

/// By mbedTLS's one function for every hash: those of a single one have other names in 2.28 than in 3.6. It
/// fails when mbedTLS was built without this one.
template <std::size_t size>
bool hashed(mbedtls_md_type_t by, std::span<const std::byte> input,
            std::array<std::byte, size>& digest) noexcept {
  return mbedtls_md(mbedtls_md_info_from_type(by), reinterpret_cast<const unsigned char*>(input.data()),
                    input.size(), reinterpret_cast<unsigned char*>(digest.data())) == 0;
}

}  // namespace

bool sha1(std::span<const std::byte> input, std::array<std::byte, 20>& digest) noexcept {
  return hashed(MBEDTLS_MD_SHA1, input, digest);
}

bool sha256(std::span<const std::byte> input, std::array<std::byte, 32>& digest) noexcept {
  return hashed(MBEDTLS_MD_SHA256, input, digest);
}

}  // namespace kedge::crypto

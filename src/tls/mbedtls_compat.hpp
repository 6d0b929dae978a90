#pragma once
// Everything that differs between mbedTLS 2.28 and 3.6. No other file asks for the version.

#include <mbedtls/sha1.h>
#include <mbedtls/sha256.h>
#include <mbedtls/version.h>

#include <cstddef>

namespace kedge::tls::compat {

#if MBEDTLS_VERSION_NUMBER >= 0x03000000

inline int sha1(const unsigned char* bytes, std::size_t size, unsigned char* digest) noexcept {
  return mbedtls_sha1(bytes, size, digest);
}
inline int sha256(const unsigned char* bytes, std::size_t size, unsigned char* digest) noexcept {
  return mbedtls_sha256(bytes, size, digest, 0);
}

#else

inline int sha1(const unsigned char* bytes, std::size_t size, unsigned char* digest) noexcept {
  return mbedtls_sha1_ret(bytes, size, digest);
}
inline int sha256(const unsigned char* bytes, std::size_t size, unsigned char* digest) noexcept {
  return mbedtls_sha256_ret(bytes, size, digest, 0);
}

#endif

}  // namespace kedge::tls::compat

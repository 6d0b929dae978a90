#pragma once
// Certificates and keys, parsed: what mbedTLS's configuration points to.

#include <kedge/port.hpp>
#include <kedge/result.hpp>

#include "mbedtls_compat.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace kedge::tls {

/// mbedTLS's random source over `Port::random`; `port` is a `kedge::Port*`.
int random_from_port(void* port, unsigned char* out, std::size_t size) noexcept;

/// Whether a list may hold certificates that cannot be read.
enum class Strictness : std::uint8_t { every_one, at_least_one };

/// What of a PEM list could not be read.
struct Unreadable {
  std::uint32_t count = 0;
  std::uint32_t first = 0;  ///< its number in the list, from 1
  std::uint32_t line = 0;   ///< where it begins, from 1
};

/// A list of certificates. Owns what mbedTLS allocates for it.
class Certificates {
 public:
  Certificates() noexcept { mbedtls_x509_crt_init(&list_); }
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;
  ~Certificates() { mbedtls_x509_crt_free(&list_); }

  /// PEM (NUL at the end not needed) or DER, in place of what was there; empty after an error.
  Result<void> parse(std::span<const std::byte> bytes, Strictness strictness) noexcept;
  /// In trust_files.cpp.
  Result<void> parse_file(const char* path, Strictness strictness) noexcept;
  void clear() noexcept;
  [[nodiscard]] bool empty() const noexcept { return list_.raw.p == nullptr; }
  [[nodiscard]] mbedtls_x509_crt* get() noexcept { return &list_; }
  [[nodiscard]] const Unreadable& unreadable() const noexcept { return unreadable_; }

 private:
  [[nodiscard]] int parse_each(std::string_view pem) noexcept;

  mbedtls_x509_crt list_;
  Unreadable unreadable_;
};

/// A certificate (with its chain) and its private key; the key is wiped with the object.
class Identity {
 public:
  Identity() noexcept { mbedtls_pk_init(&key_); }
  Identity(const Identity&) = delete;
  Identity& operator=(const Identity&) = delete;
  ~Identity() { mbedtls_pk_free(&key_); }

  /// In place of what was there; empty after an error.
  Result<void> parse(std::span<const std::byte> certificate, std::span<const std::byte> key,
                     Port& port) noexcept;
  /// In trust_files.cpp.
  Result<void> parse_files(const char* certificate_path, const char* key_path, Port& port) noexcept;
  void clear() noexcept;
  [[nodiscard]] bool empty() const noexcept { return certificates_.empty(); }
  [[nodiscard]] mbedtls_x509_crt* certificates() noexcept { return certificates_.get(); }
  [[nodiscard]] mbedtls_pk_context* key() noexcept { return &key_; }

 private:
  Result<void> parse_key(std::span<const std::byte> key, Port& port) noexcept;
  Result<void> finish(int key_result, Port& port) noexcept;

  Certificates certificates_;
  mbedtls_pk_context key_;
};

/// Which of a list could not be read, in words.
[[nodiscard]] Error unreadable_error(const Unreadable& unreadable) noexcept;

/// Kind config, layer tls.
[[nodiscard]] Error credential_error(int code, std::string_view text) noexcept;

}  // namespace kedge::tls

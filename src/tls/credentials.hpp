#pragma once
// Certificates and keys, parsed: what mbedTLS's configuration points to.

#include <kedge/port.hpp>
#include <kedge/result.hpp>

#include "mbedtls_compat.hpp"

#include <span>

namespace kedge::tls {

/// mbedTLS's random source over `Port::random`; `port` is a `kedge::Port*`.
int random_from_port(void* port, unsigned char* out, std::size_t size) noexcept;

/// How many unreadable certificates a bundle may hold.
enum class Strictness : std::uint8_t { every_one, at_least_one };

/// A list of certificates. Owns what mbedTLS allocates for it.
class Certificates {
 public:
  Certificates() noexcept { mbedtls_x509_crt_init(&list_); }
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;
  ~Certificates() { mbedtls_x509_crt_free(&list_); }

  /// PEM (NUL at the end not needed) or DER, in place of what was there; empty after an error.
  Result<void> parse(std::span<const std::byte> bytes) noexcept;
  /// In trust_files.cpp.
  Result<void> parse_file(const char* path, Strictness strictness) noexcept;
  void clear() noexcept;
  [[nodiscard]] bool empty() const noexcept { return list_.raw.p == nullptr; }
  [[nodiscard]] mbedtls_x509_crt* get() noexcept { return &list_; }

 private:
  mbedtls_x509_crt list_;
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
  Result<void> finish(int key_result, Port& port) noexcept;

  Certificates certificates_;
  mbedtls_pk_context key_;
};

/// Kind config, layer tls.
[[nodiscard]] Error credential_error(int code, std::string_view text) noexcept;

}  // namespace kedge::tls

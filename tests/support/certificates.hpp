#pragma once
// Certificates made while the tests run: EC P-256, signed with SHA-256, a few milliseconds each.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kedge::test {

struct Certificate {
  std::string name;  ///< the subject's common name
  std::string pem;
  std::string key_pem;
  std::vector<std::byte> der;

  [[nodiscard]] std::span<const std::byte> pem_bytes() const { return std::as_bytes(std::span(pem)); }
  [[nodiscard]] std::span<const std::byte> key_bytes() const { return std::as_bytes(std::span(key_pem)); }
  /// SHA-256 of the certificate, and of its SubjectPublicKeyInfo.
  [[nodiscard]] std::array<std::byte, 32> sha256() const;
  [[nodiscard]] std::array<std::byte, 32> public_key_sha256() const;
};

struct CertificateSpec {
  std::string name = "localhost";
  std::vector<std::string> dns_names = {};
  /// Each 4 or 16 bytes.
  std::vector<std::vector<std::uint8_t>> addresses = {};
  std::string not_before = "20200101000000";  ///< YYYYMMDDhhmmss, UTC
  std::string not_after = "20991231235959";
  bool ca = false;
  /// Who signs; null: it signs itself.
  const Certificate* issuer = nullptr;
};

/// Keys and serials of this process come from this seed from now on, so that a simulation gives the same run
/// again.
void seed_certificates(std::uint64_t seed);
/// Aborts with a message when mbedTLS refuses.
[[nodiscard]] Certificate make_certificate(const CertificateSpec& spec);
/// A CA that signed itself.
[[nodiscard]] Certificate make_ca(const std::string& name = "kedge test CA");
/// What a local server needs: DNS localhost and gate.example, 127.0.0.1 and ::1.
[[nodiscard]] Certificate make_server_certificate(const Certificate& ca);
/// A temporary file with this text, removed at exit. Its path.
[[nodiscard]] std::string write_temporary_file(std::string_view text);

}  // namespace kedge::test

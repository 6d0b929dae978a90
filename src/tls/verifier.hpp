#pragma once
// Our part of verifying a chain: dates, pins, address literals, and what to say when it fails. Signatures,
// constraints and DNS names are mbedTLS's part.

#include <kedge/error.hpp>
#include <kedge/tls.hpp>

#include "../codec/address_literal.hpp"
#include "dates.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace kedge::tls {

/// Who is at which end; it says whose certificate is meant.
enum class Role : std::uint8_t { client, server };

/// What one handshake must hold against.
struct VerifyRules {
  DateJudge dates;
  std::optional<codec::AddressLiteral> literal;  ///< the host, when it is an address
  std::optional<Pin> pin;
  mbedtls_x509_crt* trusted = nullptr;  ///< the CAs, borrowed; null when a pin stands for them
  bool skip = false;                    ///< insecure_skip_verify
};

/// True when a subjectAltName of `certificate` is this address (RFC 5280 section 4.2.1.6). mbedTLS 2.28
/// compares DNS names only.
[[nodiscard]] bool names_address(const mbedtls_x509_crt& certificate,
                                 const codec::AddressLiteral& address) noexcept;

/// Judges the peer's chain in mbedTLS's verify callback.
class Verifier {
 public:
  void begin(const VerifyRules& rules) noexcept;
  /// mbedTLS calls it once for each certificate, the topmost of the chain first, the peer's own last.
  static int callback(void* self, mbedtls_x509_crt* certificate, int depth, std::uint32_t* flags) noexcept;
  /// When the first certificate of the verified chain expires; `WallTime::max()` before any was seen.
  [[nodiscard]] WallTime valid_until() const noexcept { return valid_until_; }
  /// When the peer's own expires, verified or not; none before it was seen.
  [[nodiscard]] std::optional<WallTime> peer_expires() const noexcept { return peer_expires_; }
  /// The words for a chain that was refused with `flags`: a failed verification; one that failed for nothing
  /// but a date, or memory that ran out during it, of which another attempt may know nothing.
  [[nodiscard]] Error explain(std::uint32_t flags, Role role, std::string_view host) const noexcept;

 private:
  void judge(const mbedtls_x509_crt& certificate, int depth, std::uint32_t& flags) noexcept;
  void judge_pin(const mbedtls_x509_crt& certificate, int depth, std::uint32_t& flags) noexcept;
  void remember_missing_issuer(const mbedtls_x509_crt& certificate) noexcept;
  void look_for_missing_issuer(const mbedtls_x509_crt& chain) noexcept;
  [[nodiscard]] Error explain_distrust(Role role) const noexcept;
  [[nodiscard]] bool ran_out_of_memory(const mbedtls_x509_crt& certificate) const noexcept;
  [[nodiscard]] Error bad_date(std::uint32_t flags, std::string_view whose) const noexcept;
  [[nodiscard]] bool is_pinned(const mbedtls_x509_crt& certificate) const noexcept;

  VerifyRules rules_;
  WallTime valid_until_ = WallTime::max();
  std::optional<WallTime> peer_expires_;
  WallTime bad_date_{};  // the date that made it expired, or not yet valid
  /// The topmost certificate that nobody trusted has issued; only while a chain is being judged.
  const mbedtls_x509_crt* distrusted_ = nullptr;
  std::array<char, 48> issuer_{};  // its issuer's name, as far as it fits
  std::size_t issuer_size_ = 0;
  bool top_is_root_ = false;   // it signed itself
  bool out_of_order_ = false;  // its issuer was sent, at a place where mbedTLS does not look
  bool pin_seen_ = false;
  bool self_signed_ = false;
  bool out_of_memory_ = false;
};

}  // namespace kedge::tls

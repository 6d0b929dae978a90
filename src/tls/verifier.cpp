#include "verifier.hpp"

#include <kedge/tls_layer.hpp>

#include "../crypto/digest.hpp"
#include "mbedtls_compat.hpp"
#include "words.hpp"

#include <algorithm>
#include <cstring>

namespace kedge::tls {

static_assert(tls_verification_failed == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED);

namespace {

constexpr std::uint32_t date_flags = MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE;

/// A walk through DER: `at` moves on, never past `end`.
struct Der {
  unsigned char* at;
  unsigned char* end;

  /// Steps into the next element when it has this tag; its contents, or nothing.
  std::optional<Der> take(int tag) noexcept {
    std::size_t size = 0;
    if (mbedtls_asn1_get_tag(&at, end, &size, tag) != 0) return std::nullopt;
    const Der contents{at, at + size};
    at += size;
    return contents;
  }
};

constexpr int sequence = MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE;
constexpr unsigned char subject_alt_name[] = {0x55, 0x1D, 0x11};  // 2.5.29.17
constexpr unsigned char ip_address_tag = MBEDTLS_ASN1_CONTEXT_SPECIFIC | 7;

bool general_names_hold(Der names, const codec::AddressLiteral& address) noexcept {
  while (names.at < names.end) {
    const unsigned char tag = *names.at;
    const auto name = names.take(tag);
    if (!name) return false;
    const auto size = static_cast<std::size_t>(name->end - name->at);
    if (tag == ip_address_tag && size == address.size &&
        std::memcmp(name->at, address.bytes.data(), size) == 0) {
      return true;
    }
  }
  return false;
}

Error refused(std::string_view text) noexcept {
  return Error(ErrorKind::tls, Layer::tls, tls_verification_failed, text);
}

bool same(const mbedtls_x509_buf& a, const mbedtls_x509_buf& b) noexcept {
  return a.len == b.len && a.len != 0 && std::memcmp(a.p, b.p, a.len) == 0;
}

/// The common name, else the first part there is.
const mbedtls_x509_buf& best_name(const mbedtls_x509_name& name) noexcept {
  constexpr unsigned char common_name[] = {0x55, 0x04, 0x03};  // 2.5.4.3
  for (const mbedtls_x509_name* part = &name; part != nullptr; part = part->next) {
    const auto* oid = part->oid.p;
    if (std::equal(oid, oid + part->oid.len, std::begin(common_name), std::end(common_name)))
      return part->val;
  }
  return name.val;
}

}  // namespace

bool names_address(const mbedtls_x509_crt& certificate, const codec::AddressLiteral& address) noexcept {
  const mbedtls_x509_buf& raw = certificate.v3_ext;
  if (raw.p == nullptr) return false;
  auto extensions = Der{raw.p, raw.p + raw.len}.take(sequence);
  while (extensions && extensions->at < extensions->end) {
    auto extension = extensions->take(sequence);
    if (!extension) return false;
    const auto oid = extension->take(MBEDTLS_ASN1_OID);
    if (!oid) return false;
    if (!std::equal(oid->at, oid->end, std::begin(subject_alt_name), std::end(subject_alt_name))) continue;
    (void)extension->take(MBEDTLS_ASN1_BOOLEAN);  // critical, or left out
    auto value = extension->take(MBEDTLS_ASN1_OCTET_STRING);
    if (!value) return false;
    const auto names = value->take(sequence);
    return names && general_names_hold(*names, address);
  }
  return false;
}

void Verifier::begin(const VerifyRules& rules) noexcept {
  *this = Verifier{};
  rules_ = rules;
}

int Verifier::callback(void* self, mbedtls_x509_crt* certificate, int depth, std::uint32_t* flags) noexcept {
  static_cast<Verifier*>(self)->judge(*certificate, depth, *flags);
  return 0;
}

void Verifier::judge(const mbedtls_x509_crt& certificate, int depth, std::uint32_t& flags) noexcept {
  if (depth == 0) peer_expires_ = to_wall_time(certificate.valid_to);
  if (rules_.skip) {
    flags = 0;
    return;
  }
  const bool untrusted = (flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED) != 0;
  if (untrusted && ran_out_of_memory(certificate)) out_of_memory_ = true;
  if (untrusted && distrusted_ == nullptr) remember_missing_issuer(certificate);
  if (depth == 0) look_for_missing_issuer(certificate);
  if (depth == 0) self_signed_ = same(certificate.issuer_raw, certificate.subject_raw);
  if (rules_.pin) {
    judge_pin(certificate, depth, flags);
    if (!pin_seen_) return;  // above the pinned one nothing matters
  }

  // mbedTLS asked libc for the time, which may know nothing of it: what it found is judged anew.
  flags &= ~date_flags;
  const WallTime not_after = to_wall_time(certificate.valid_to);
  const WallTime not_before = to_wall_time(certificate.valid_from);
  const std::uint32_t found = rules_.dates.judge(not_before, not_after);
  if (found != 0) bad_date_ = found == MBEDTLS_X509_BADCERT_EXPIRED ? not_after : not_before;
  flags |= found;
  valid_until_ = std::min(valid_until_, not_after);

  if (depth == 0 && rules_.literal && !names_address(certificate, *rules_.literal)) {
    flags |= MBEDTLS_X509_BADCERT_CN_MISMATCH;
  }
}

void Verifier::remember_missing_issuer(const mbedtls_x509_crt& certificate) noexcept {
  distrusted_ = &certificate;
  top_is_root_ = same(certificate.issuer_raw, certificate.subject_raw);
  const mbedtls_x509_buf& name = best_name(certificate.issuer);
  issuer_size_ = std::min(name.len, issuer_.size());
  // Whoever is on the line chose these bytes.
  std::transform(name.p, name.p + issuer_size_, issuer_.begin(),
                 [](unsigned char c) { return c < ' ' || c > '~' ? '?' : static_cast<char>(c); });
}

// mbedTLS looks for an issuer among those trusted and behind the certificate in what the peer sent, as RFC
// 5246 section 7.4.2 demands that order. `chain` begins with the peer's own.
void Verifier::look_for_missing_issuer(const mbedtls_x509_crt& chain) noexcept {
  const mbedtls_x509_crt* one = distrusted_ == nullptr ? nullptr : &chain;
  for (; one != nullptr && one != distrusted_ && !out_of_order_; one = one->next) {
    out_of_order_ = same(distrusted_->issuer_raw, one->subject_raw) &&
                    compat::check_signature(*distrusted_, const_cast<mbedtls_x509_crt&>(*one)) == 0;
  }
  distrusted_ = nullptr;
}

// mbedTLS takes a signature that it had no memory to check for a bad one, and says no more than "not
// trusted". So it is checked again by each who could have signed: is it good now, or is there still no
// memory, then that was the reason. The chain stays refused; but it is no reason to give the peer up.
bool Verifier::ran_out_of_memory(const mbedtls_x509_crt& certificate) const noexcept {
  const auto starved = [&certificate](mbedtls_x509_crt* list) noexcept {
    for (mbedtls_x509_crt* one = list; one != nullptr; one = one->next) {
      if (!same(certificate.issuer_raw, one->subject_raw) || !compat::is_unlimited_ca(*one)) continue;
      if (mbedtls_x509_crt_check_key_usage(one, MBEDTLS_X509_KU_KEY_CERT_SIGN) != 0) continue;
      const int checked = compat::check_signature(certificate, *one);
      if (checked == 0 || is_out_of_memory(checked)) return true;
    }
    return false;
  };
  return starved(rules_.trusted) || (rules_.trusted != nullptr && starved(certificate.next));
}

void Verifier::judge_pin(const mbedtls_x509_crt& certificate, int depth, std::uint32_t& flags) noexcept {
  if (pin_seen_) return;  // below the pinned one mbedTLS's verdict on each signature stands
  pin_seen_ = is_pinned(certificate);
  if (pin_seen_) {
    flags &= ~std::uint32_t{MBEDTLS_X509_BADCERT_NOT_TRUSTED};
  } else {
    // No CA is trusted, so mbedTLS distrusts the top of every chain. Without a pinned one below it, the
    // peer's own certificate, which comes last, is refused here.
    flags = depth == 0 ? flags | MBEDTLS_X509_BADCERT_NOT_TRUSTED : 0;
  }
}

bool Verifier::is_pinned(const mbedtls_x509_crt& certificate) const noexcept {
  const mbedtls_x509_buf& hashed =
      rules_.pin->of == Pin::Of::certificate ? certificate.raw : certificate.pk_raw;
  std::array<std::byte, 32> digest;
  return crypto::sha256(std::as_bytes(std::span(hashed.p, hashed.len)), digest) &&
         digest == rules_.pin->sha256;
}

// The name last: it may be long, and what is cut is the end.
Error Verifier::explain_distrust(Role role) const noexcept {
  const std::string_view peer = role == Role::client ? "the server" : "the client";
  const std::string_view issuer(issuer_.data(), issuer_size_);
  if (out_of_order_) {
    return refused(peer)
        .append(" sends its certificates in the wrong order, this issuer too early: ")
        .append(issuer);
  }
  if (top_is_root_) {
    return refused(peer).append("'s certificate comes from an unknown CA, trust it: ").append(issuer);
  }
  return refused("unknown CA: not trusted, and ")
      .append(peer)
      .append(" may not send it or sends it in the wrong order: ")
      .append(issuer);
}

Error Verifier::explain(std::uint32_t flags, Role role, std::string_view host) const noexcept {
  const std::string_view whose =
      role == Role::client ? "the server's certificate " : "the client's certificate ";
  if ((flags & MBEDTLS_X509_BADCERT_MISSING) != 0) {
    return refused(role == Role::client ? "the server sent no certificate"
                                        : "the client sent no certificate");
  }
  if (out_of_memory_) return failure_error(MBEDTLS_ERR_X509_ALLOC_FAILED, role);
  if (flags != 0 && (flags & ~date_flags) == 0) return bad_date(flags, whose);
  Error error = refused(whose);
  if ((flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED) != 0) {
    if (rules_.pin)
      return error.append("is not the pinned one, nor issued by it: renew the pin if it changed");
    if (self_signed_)
      return error.append("is self-signed and not trusted: give it as a trusted CA, or pin it");
    return explain_distrust(role);
  }
  if ((flags & MBEDTLS_X509_BADCERT_CN_MISMATCH) != 0) {
    return error.append("is for another host, not for ").append(host);
  }
  if ((flags & (MBEDTLS_X509_BADCERT_KEY_USAGE | MBEDTLS_X509_BADCERT_EXT_KEY_USAGE |
                MBEDTLS_X509_BADCERT_NS_CERT_TYPE)) != 0) {
    return error.append("is not made for TLS at this end (key usage)");
  }
  if ((flags & (MBEDTLS_X509_BADCERT_BAD_MD | MBEDTLS_X509_BADCERT_BAD_PK | MBEDTLS_X509_BADCERT_BAD_KEY)) !=
      0) {
    return error.append("has a key, curve, hash or signature that is too weak");
  }
  return error.append("was refused (flags ").append(std::int64_t{flags}).append(")");
}

// Who is wrong, the certificate or this device's clock, is for a person to see: both times stand there.
Error Verifier::bad_date(std::uint32_t flags, std::string_view whose) const noexcept {
  const bool expired = (flags & MBEDTLS_X509_BADCERT_EXPIRED) != 0;
  Error error(ErrorKind::tls, Layer::tls, tls_certificate_dates, whose);
  append_minute(error.append(expired ? "was valid until " : "is valid from "), bad_date_);
  rules_.dates.append_now(error.append(" UTC, and "));
  return error;
}

}  // namespace kedge::tls

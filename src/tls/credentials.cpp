#include "credentials.hpp"

#include <kedge/secret.hpp>

#include "words.hpp"

#include <mbedtls/platform.h>

#include <cstring>
#include <string_view>

namespace kedge::tls {
namespace {

/// mbedTLS takes PEM only with a NUL behind it. This lends one, through mbedTLS's own allocator, and wipes
/// it.
class ParserInput {
 public:
  explicit ParserInput(std::span<const std::byte> bytes) noexcept
      : at_(reinterpret_cast<const unsigned char*>(bytes.data())), size_(bytes.size()) {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (text.find("-----BEGIN ") == std::string_view::npos || text.back() == '\0') return;
    copy_ = static_cast<unsigned char*>(mbedtls_calloc(1, size_ + 1));
    if (copy_ == nullptr) return;
    std::memcpy(copy_, at_, size_);
    at_ = copy_;
    ++size_;
  }
  ParserInput(const ParserInput&) = delete;
  ParserInput& operator=(const ParserInput&) = delete;
  ~ParserInput() {
    if (copy_ == nullptr) return;
    wipe(std::as_writable_bytes(std::span(copy_, size_)));
    mbedtls_free(copy_);
  }
  [[nodiscard]] const unsigned char* data() const noexcept { return at_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  const unsigned char* at_;
  std::size_t size_;
  unsigned char* copy_ = nullptr;
};

}  // namespace

int random_from_port(void* port, unsigned char* out, std::size_t size) noexcept {
  return static_cast<Port*>(port)->random(std::as_writable_bytes(std::span(out, size))) ? 0 : no_randomness;
}

Error credential_error(int code, std::string_view text) noexcept {
  return Error(ErrorKind::config, Layer::tls, code, is_out_of_memory(code) ? no_memory : text);
}

Result<void> Certificates::parse(std::span<const std::byte> bytes) noexcept {
  clear();
  if (bytes.empty()) return credential_error(0, "no certificate was given");
  if (!compat::start_library()) return credential_error(0, "mbedTLS could not be started");
  const ParserInput input(bytes);
  const int result = mbedtls_x509_crt_parse(&list_, input.data(), input.size());
  if (result == 0) return {};
  clear();
  if (result > 0) {
    return credential_error(0, "certificates that cannot be read: ").append(std::int64_t{result});
  }
  return credential_error(result, "the certificate is neither PEM nor DER, or is damaged");
}

void Certificates::clear() noexcept {
  mbedtls_x509_crt_free(&list_);
  mbedtls_x509_crt_init(&list_);
}

Result<void> Identity::parse(std::span<const std::byte> certificate, std::span<const std::byte> key,
                             Port& port) noexcept {
  clear();
  if (const auto parsed = certificates_.parse(certificate); !parsed) return parsed;
  const ParserInput input(key);
  return finish(key.empty() ? MBEDTLS_ERR_PK_KEY_INVALID_FORMAT
                            : compat::parse_key(key_, input.data(), input.size(), random_from_port, &port),
                port);
}

Result<void> Identity::finish(int key_result, Port& port) noexcept {
  if (key_result == 0) {
    const int pair = compat::check_pair(certificates_.get()->pk, key_, random_from_port, &port);
    if (pair == 0) return {};
    clear();
    if (pair == no_randomness) return failure_error(pair, Role::client);
    return credential_error(pair, "the private key does not belong to the certificate");
  }
  clear();
  if (key_result == MBEDTLS_ERR_PK_PASSWORD_REQUIRED || key_result == MBEDTLS_ERR_PK_PASSWORD_MISMATCH) {
    return credential_error(key_result, "the private key is encrypted: give it decrypted");
  }
  return credential_error(key_result, "the private key is neither PEM nor DER, or is damaged");
}

void Identity::clear() noexcept {
  certificates_.clear();
  mbedtls_pk_free(&key_);  // overwrites the key before its memory goes back
  mbedtls_pk_init(&key_);
}

}  // namespace kedge::tls

#include "credentials.hpp"

#include <kedge/secret.hpp>

#include "words.hpp"

#include <mbedtls/platform.h>

#include <algorithm>
#include <cstring>
#include <string_view>

namespace kedge::tls {
namespace {

constexpr std::string_view pem_begin = "-----BEGIN CERTIFICATE-----";

/// mbedTLS takes PEM only with a NUL behind it. This lends one, through mbedTLS's own allocator, and wipes
/// it.
class ParserInput {
 public:
  explicit ParserInput(std::span<const std::byte> bytes) noexcept
      : at_(reinterpret_cast<const unsigned char*>(bytes.data())), size_(bytes.size()) {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (text.find("-----BEGIN ") == std::string_view::npos || text.back() == '\0') return;
    copy_ = static_cast<unsigned char*>(mbedtls_calloc(1, size_ + 1));
    out_of_memory_ = copy_ == nullptr;
    if (out_of_memory_) return;
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
  /// Without a copy PEM looks damaged.
  [[nodiscard]] bool out_of_memory() const noexcept { return out_of_memory_; }
  [[nodiscard]] const unsigned char* data() const noexcept { return at_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  const unsigned char* at_;
  std::size_t size_;
  unsigned char* copy_ = nullptr;
  bool out_of_memory_ = false;
};

}  // namespace

int random_from_port(void* port, unsigned char* out, std::size_t size) noexcept {
  return static_cast<Port*>(port)->random(std::as_writable_bytes(std::span(out, size))) ? 0 : no_randomness;
}

Error credential_error(int code, std::string_view text) noexcept {
  return Error(ErrorKind::config, Layer::tls, code, is_out_of_memory(code) ? no_memory : text);
}

Error unreadable_error(const Unreadable& unreadable) noexcept {
  Error error = credential_error(0, "certificates that cannot be read: ");
  return error.append(std::int64_t{unreadable.count})
      .append(", the first is number ")
      .append(std::int64_t{unreadable.first})
      .append(" in line ")
      .append(std::int64_t{unreadable.line});
}

Result<void> Certificates::parse(std::span<const std::byte> bytes, Strictness strictness) noexcept {
  clear();
  if (bytes.empty()) return credential_error(0, "no certificate was given");
  if (!compat::start_library()) return credential_error(0, "mbedTLS could not be started");
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const bool pem = text.find(pem_begin) != std::string_view::npos;
  const int result = pem ? parse_each(text)
                         : mbedtls_x509_crt_parse_der(
                               &list_, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  if (result == 0 && (unreadable_.count == 0 || strictness == Strictness::at_least_one)) return {};
  const Error some = unreadable_error(unreadable_);
  clear();
  if (result == 0) return some;
  return credential_error(result, "the certificate is neither PEM nor DER, or is damaged");
}

// One by one, so that the one that cannot be read has a number and a line. 0, or mbedTLS's code when memory
// ran out or none could be read.
int Certificates::parse_each(std::string_view text) noexcept {
  int last_failure = 0;
  std::uint32_t number = 0;
  std::size_t counted = 0;  // up to where lines are counted
  std::uint32_t line = 1;
  for (std::size_t at = text.find(pem_begin); at != std::string_view::npos;) {
    const std::size_t next = text.find(pem_begin, at + pem_begin.size());
    ++number;
    line += static_cast<std::uint32_t>(std::count(text.begin() + counted, text.begin() + at, '\n'));
    counted = at;
    const ParserInput input(std::as_bytes(std::span(text.substr(at, next - at))));
    const int result = input.out_of_memory() ? MBEDTLS_ERR_X509_ALLOC_FAILED
                                             : mbedtls_x509_crt_parse(&list_, input.data(), input.size());
    if (is_out_of_memory(result)) return result;
    if (result != 0) last_failure = result;
    if (result != 0 && unreadable_.count++ == 0) {
      unreadable_.first = number;
      unreadable_.line = line;
    }
    at = next;
  }
  return empty() ? last_failure : 0;
}

void Certificates::clear() noexcept {
  mbedtls_x509_crt_free(&list_);
  mbedtls_x509_crt_init(&list_);
  unreadable_ = {};
}

Result<void> Identity::parse(std::span<const std::byte> certificate, std::span<const std::byte> key,
                             Port& port) noexcept {
  clear();
  if (const auto parsed = certificates_.parse(certificate, Strictness::every_one); !parsed) return parsed;
  return parse_key(key, port);
}

Result<void> Identity::parse_key(std::span<const std::byte> key, Port& port) noexcept {
  const ParserInput input(key);
  if (key.empty()) return finish(MBEDTLS_ERR_PK_KEY_INVALID_FORMAT, port);
  if (input.out_of_memory()) return finish(MBEDTLS_ERR_PK_ALLOC_FAILED, port);
  return finish(compat::parse_key(key_, input.data(), input.size(), random_from_port, &port), port);
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

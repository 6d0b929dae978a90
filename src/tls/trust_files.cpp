// Whatever of TLS opens files. A device without files leaves this source out.

#include "client_impl.hpp"
#include "credentials.hpp"
#include "server_impl.hpp"
#include "words.hpp"

#include <kedge/secret.hpp>

#include <mbedtls/platform.h>

#include <climits>
#include <cstdio>
#include <memory>
#include <span>

namespace kedge::tls {
namespace {

Error file_error(int code, std::string_view what, const char* path) noexcept {
  Error error = credential_error(code, what);
  if (is_out_of_memory(code)) return error;
  if (code == MBEDTLS_ERR_PK_FILE_IO_ERROR || code == MBEDTLS_ERR_X509_FILE_IO_ERROR) {
    return error.append(" cannot be opened: ").append(path);
  }
  return error.append(" is not valid PEM or DER: ").append(path);
}

/// A file's bytes, in memory of mbedTLS's allocator, wiped when they go: a key may stand in the same file.
class FileBytes {
 public:
  FileBytes() noexcept = default;
  FileBytes(const FileBytes&) = delete;
  FileBytes& operator=(const FileBytes&) = delete;
  ~FileBytes() {
    if (bytes_ == nullptr) return;
    wipe(std::as_writable_bytes(std::span(bytes_, size_)));
    mbedtls_free(bytes_);
  }
  /// Once: 0, or the code that mbedTLS has for it.
  [[nodiscard]] int load(const char* path) noexcept;
  [[nodiscard]] std::span<const std::byte> get() const noexcept {
    return std::as_bytes(std::span(bytes_, size_));
  }

 private:
  unsigned char* bytes_ = nullptr;
  std::size_t size_ = 0;
};

int FileBytes::load(const char* path) noexcept {
  struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };
  const std::unique_ptr<std::FILE, Close> file(std::fopen(path, "rb"));
  if (!file) return MBEDTLS_ERR_X509_FILE_IO_ERROR;
  std::setvbuf(file.get(), nullptr, _IONBF, 0);  // no second copy
  (void)std::fseek(file.get(), 0, SEEK_END);
  const long end = std::ftell(file.get());  // -1 of a pipe; of a folder LONG_MAX
  if (end < 0 || end == LONG_MAX) return MBEDTLS_ERR_X509_FILE_IO_ERROR;
  const auto size = static_cast<std::size_t>(end);
  std::rewind(file.get());
  bytes_ = static_cast<unsigned char*>(mbedtls_calloc(1, size + 1));  // of no bytes it may give nothing
  if (bytes_ == nullptr) return MBEDTLS_ERR_X509_ALLOC_FAILED;
  size_ = size;
  return std::fread(bytes_, 1, size, file.get()) == size ? 0 : MBEDTLS_ERR_X509_FILE_IO_ERROR;
}

}  // namespace

Result<void> Certificates::parse_file(const char* path, Strictness strictness) noexcept {
  clear();
  FileBytes file;
  if (const int loaded = file.load(path); loaded != 0)
    return file_error(loaded, "the certificate file", path);
  const auto parsed = parse(file.get(), strictness);
  if (parsed) return {};
  if (is_out_of_memory(parsed.error().layer_code())) return parsed.error();
  if (parsed.error().layer_code() != 0) {
    return file_error(parsed.error().layer_code(), "the certificate file", path);
  }
  Error error = parsed.error();
  return error.append(": ").append(path);
}

Result<void> Identity::parse_files(const char* certificate_path, const char* key_path, Port& port) noexcept {
  clear();
  if (const auto parsed = certificates_.parse_file(certificate_path, Strictness::every_one); !parsed) {
    return parsed;
  }
  FileBytes file;  // not mbedTLS's own reader, which asks for memory of the size that a folder says it has
  if (const int loaded = file.load(key_path); loaded != 0) {
    clear();
    return file_error(loaded, "the key file", key_path);
  }
  return parse_key(file.get(), port);
}

Result<void> Client::trust_file(const char* path) noexcept {
  return impl().trust(
      [path](Certificates& into) noexcept { return into.parse_file(path, Strictness::at_least_one); });
}

Result<void> Client::trust_system_bundle(const char* path) noexcept {
  return trust_file(path);
}

Result<void> Client::set_client_certificate_files(const char* certificate_path, const char* key_path,
                                                  Port& port) noexcept {
  return impl().identify([certificate_path, key_path, &port](Identity& into) noexcept {
    return into.parse_files(certificate_path, key_path, port);
  });
}

Result<void> Server::configure_files(const char* certificate_path, const char* key_path,
                                     const char* client_ca_path, const ServerConfig& config) noexcept {
  Impl& server = impl();
  if (const auto free = server.check_not_configured(); !free) return free;
  if (const auto parsed = server.identity().parse_files(certificate_path, key_path, server.port()); !parsed) {
    return parsed;
  }
  if (client_ca_path != nullptr) {
    const auto parsed = server.client_ca().parse_file(client_ca_path, Strictness::every_one);
    if (!parsed) return parsed;
  }
  return server.finish(config);
}

}  // namespace kedge::tls

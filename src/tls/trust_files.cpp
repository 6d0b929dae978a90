// Whatever of TLS opens files, through mbedTLS. A device without files leaves this source out.

#include "client_impl.hpp"
#include "credentials.hpp"
#include "server_impl.hpp"
#include "words.hpp"

#include <kedge/secret.hpp>

#include <mbedtls/platform.h>

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

}  // namespace

Result<void> Certificates::parse_file(const char* path, Strictness strictness) noexcept {
  clear();
  unsigned char* bytes = nullptr;
  std::size_t size = 0;  // without the NUL that mbedTLS puts behind
  const int loaded = mbedtls_pk_load_file(path, &bytes, &size);
  if (loaded != 0) return file_error(loaded, "the certificate file", path);
  const auto parsed = parse(std::as_bytes(std::span(bytes, size)), strictness);
  wipe(std::as_writable_bytes(std::span(bytes, size)));  // a key may stand in the same file
  mbedtls_free(bytes);
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
  const int result = compat::parse_key_file(key_, key_path, random_from_port, &port);
  if (result == MBEDTLS_ERR_PK_FILE_IO_ERROR) {
    clear();
    return file_error(result, "the key file", key_path);
  }
  return finish(result, port);
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

#include "certificate_files.hpp"

namespace kedge::program {

namespace {

std::span<const std::byte> bytes_of(const SecretText& text) noexcept {
  return std::as_bytes(std::span(text.view()));
}

}  // namespace

// What is a regular file goes to the library by its name, which its words then tell.

Result<void> trust(tls::Client& client, const KeptFile& certificates) {
  if (!certificates.is_kept()) return client.trust_file(certificates.path().c_str());
  const auto text = certificates.read();
  if (!text) return text.error();
  Error error = client.trust(bytes_of(**text)).error();
  if (!error) return {};
  return error.append(": ").append(certificates.path());
}

Result<void> identify(tls::Client& client, const KeptFile& certificate, const KeptFile& key, Port& port) {
  if (!certificate.is_kept() && !key.is_kept()) {
    return client.set_client_certificate_files(certificate.path().c_str(), key.path().c_str(), port);
  }
  const auto chain = certificate.read();
  if (!chain) return chain.error();
  const auto secret = key.read();
  return secret ? client.set_client_certificate(bytes_of(**chain), bytes_of(**secret), port) : secret.error();
}

Result<void> configure(tls::Server& server, const KeptFile& certificate, const KeptFile& key) {
  if (!certificate.is_kept() && !key.is_kept()) {
    return server.configure_files(certificate.path().c_str(), key.path().c_str(), nullptr);
  }
  const auto chain = certificate.read();
  if (!chain) return chain.error();
  const auto secret = key.read();
  if (!secret) return secret.error();
  return server.configure({.certificate = bytes_of(**chain), .key = bytes_of(**secret)});
}

}  // namespace kedge::program

#pragma once
// The secret and the certificates: read at the start, and again when told that they have changed.

#include "../certificate_files.hpp"
#include "../token.hpp"
#include "credential_sources.hpp"

#include <kedge/proxy_variables.hpp>
#include <kedge/secret.hpp>
#include <kedge/tls.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace kedge::program {

/// TLS whose trust and certificate change together: what connects next begins with what was given last, and
/// what is connected keeps what it began with.
class ReplaceableTls final : public TlsLayer {
 public:
  void replace(std::unique_ptr<tls::ClientStorage<>> fresh) noexcept { fresh_ = std::move(fresh); }
  /// As tls::Client. Not before the first `replace`.
  Result<Stream*> start(Stream& below, StreamEvents& events, std::string_view host, std::uint16_t tcp_port,
                        Port& port) noexcept override {
    // The stream of the one before is closed, but perhaps we are called from its last words.
    if (fresh_) {
      last_peer_expires_ = peer_certificate_expires();  // whoever comes next may never see it
      before_ = std::exchange(current_, std::exchange(fresh_, nullptr));
    }
    return current_->client.start(below, events, host, tcp_port, port);
  }
  void drop() noexcept override {
    if (current_) current_->client.drop();
  }
  /// Of the certificate that the peer showed last; see tls::Client.
  [[nodiscard]] std::optional<WallTime> peer_certificate_expires() const noexcept {
    std::optional<WallTime> expires;
    for (const auto* one : {&current_, &before_}) {
      if (!expires && *one) expires = (*one)->client.peer_certificate_expires();
    }
    return expires ? expires : last_peer_expires_;
  }
  /// Of our own that was given last.
  [[nodiscard]] std::optional<WallTime> client_certificate_expires() noexcept {
    const auto& newest = fresh_ ? fresh_ : current_;
    return newest ? newest->client.client_certificate_expires() : std::nullopt;
  }

 private:
  std::unique_ptr<tls::ClientStorage<>> fresh_, current_, before_;
  std::optional<WallTime> last_peer_expires_;
};

/// All calls on the loop's thread.
class Credentials {
 public:
  /// `sources` and `port` are borrowed and outlive this; `names` is what problems begin with.
  Credentials(const CredentialSources& sources, const CredentialNames& names, Port& port) noexcept
      : sources_(sources), names_(names), port_(port) {}

  /// The secret, when it was given itself. Errors: too_large.
  Result<void> set_token(std::string_view token) noexcept { return token_.assign(token); }

  /// Reads the files that are named, and checks them before anything is replaced: what is wrong is added to
  /// `problems`, and what was read before stays in force. What is no regular file is waited for with
  /// `patience`, read once and kept (KeptFile). Errors: cancelled (a signal came meanwhile).
  Result<void> read(Problems& problems, const Patience& patience = no_patience());

  /// Reads which proxy the environment names for the URL. Errors: config, naming the variable.
  Result<void> read_proxy() { return proxy_.read(sources_.url); }
  [[nodiscard]] const ProxyVariables& proxy() const noexcept { return proxy_; }

  /// What of the trusted certificates that were read last does not count; empty when all do.
  [[nodiscard]] Error trust_warning() const noexcept { return trust_warning_; }

  /// Copies the secret.
  Result<void> give(Secret& secret) const noexcept { return secret.assign(token_.reveal()); }
  /// For connections to wss://.
  [[nodiscard]] ReplaceableTls& tls() noexcept { return tls_; }

 private:
  using File = std::optional<KeptFile>;

  [[nodiscard]] static Patience no_patience() noexcept { return Patience(std::chrono::milliseconds{0}); }
  Result<void> prepare(Problems& problems, const Patience& patience);
  void read_token(Problems& problems);
  void read_certificates(Problems& problems);
  Result<void> trust(tls::Client& client) const;
  Result<void> identify(tls::Client& client) const;

  const CredentialSources& sources_;
  CredentialNames names_;
  Port& port_;
  // None where none is named, or it could not be prepared.
  File token_file_, ca_file_, certificate_file_, key_file_;
  Token token_;
  ProxyVariables proxy_;
  ReplaceableTls tls_;
  Error trust_warning_;
};

}  // namespace kedge::program

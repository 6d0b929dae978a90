#include "client_impl.hpp"
#include "dates.hpp"
#include "words.hpp"

#include <algorithm>
#include <new>

namespace kedge::tls {

Client::Impl::Impl(std::span<std::byte> input_buffer) noexcept : stream_(Role::client, input_buffer, *this) {
  mbedtls_ssl_config_init(&config_);
}

void Client::Impl::changed() noexcept {
  session_.wipe();
  // A handshake under way must not leave a session behind that was verified by the old rules.
  settings_changed_ = true;
}

void Client::Impl::trust_pin(const Pin& pin) noexcept {
  changed();
  spare_trust().certificates.clear();
  spare_trust().pin = pin;
  trust_is_new_ = true;
}

Error Client::Impl::trust_warning() noexcept {
  Trust& newest = trust_is_new_ ? spare_trust() : trust_in_use();
  const Unreadable& unreadable = newest.certificates.unreadable();
  return unreadable.count == 0 ? Error{} : unreadable_error(unreadable);
}

void Client::Impl::tell_unreadable() noexcept {
  const Error warning = trust_warning();
  if (!warning || !log_ || !std::exchange(warning_is_new_, false)) return;
  log_({LogLevel::warning, "trust", {}, warning.message()});
}

void Client::Impl::set_log(LogHook log) noexcept {
  log_ = std::move(log);
  tell_unreadable();
}

void Client::Impl::clear_identity() noexcept {
  changed();
  spare_identity().clear();
  identity_is_new_ = true;
}

std::optional<WallTime> Client::Impl::own_expires() noexcept {
  Identity& newest = identity_is_new_ ? spare_identity() : identities_[identity_index_];
  if (newest.empty()) return std::nullopt;
  return to_wall_time(newest.certificates()->valid_to);
}

void Client::Impl::set_dates(const DatePolicy& policy) noexcept {
  if (policy == dates_) return;
  changed();
  dates_ = policy;
}

void Client::Impl::set_skip(bool skip) noexcept {
  if (skip == skip_) return;
  changed();
  skip_ = skip;
}

void Client::Impl::take_what_is_new() noexcept {
  if (trust_is_new_) {
    trust_in_use().certificates.clear();
    trust_index_ ^= 1U;
    trust_is_new_ = false;
  }
  if (identity_is_new_) {
    identities_[identity_index_].clear();
    identity_index_ ^= 1U;
    identity_is_new_ = false;
  }
}

Result<void> Client::Impl::configure(Port& port) noexcept {
  mbedtls_ssl_config_free(&config_);
  mbedtls_ssl_config_init(&config_);
  take_what_is_new();
  int result = compat::start_library() ? 0 : MBEDTLS_ERR_SSL_INTERNAL_ERROR;
  if (result == 0) {
    result = mbedtls_ssl_config_defaults(&config_, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
                                         MBEDTLS_SSL_PRESET_DEFAULT);
  }
  Identity& identity = identities_[identity_index_];
  if (result == 0 && !identity.empty()) {
    result = mbedtls_ssl_conf_own_cert(&config_, identity.certificates(), identity.key());
  }
  if (result != 0) return failure_error(result, Role::client);
  compat::set_versions(config_, true);
  compat::stop_at_new_tickets(config_);
  compat::refuse_renegotiation(config_);
  mbedtls_ssl_conf_rng(&config_, random_from_port, &port);
  // With a pin the list is empty: mbedTLS trusts nobody, and the verifier knows the one that counts.
  mbedtls_ssl_conf_ca_chain(&config_, trust_in_use().certificates.get(), nullptr);
  mbedtls_ssl_conf_authmode(&config_, skip_ ? MBEDTLS_SSL_VERIFY_OPTIONAL : MBEDTLS_SSL_VERIFY_REQUIRED);
  mbedtls_ssl_conf_session_tickets(&config_, MBEDTLS_SSL_SESSION_TICKETS_ENABLED);
  return {};
}

Result<void> Client::Impl::set_host(std::string_view host) noexcept {
  if (host.ends_with('.')) host.remove_suffix(1);  // a fully qualified name is written without it in TLS
  const bool fits = !host.empty() && host.size() <= host_bytes_max;
  // A NUL would make mbedTLS verify another name than the one that was asked for.
  if (!fits || std::any_of(host.begin(), host.end(), [](char c) { return c <= ' ' || c >= '\x7F'; })) {
    return Error(ErrorKind::config,
                 "TLS: the host is neither a name of 1 to 253 ASCII characters nor an address");
  }
  std::copy(host.begin(), host.end(), host_.begin());
  host_[host.size()] = '\0';
  host_size_ = host.size();
  return {};
}

Result<VerifyRules> Client::Impl::rules(Port& port) noexcept {
  VerifyRules rules;
  rules.skip = skip_;
  rules.pin = trust_in_use().pin;
  if (!rules.pin) rules.trusted = trust_in_use().certificates.get();
  rules.literal = codec::parse_address_literal(host());
  rules.dates = DateJudge(dates_, port.wall_time());
  if (skip_) return rules;
  if (!rules.pin && trust_in_use().certificates.empty()) {
    return Error(ErrorKind::config, "TLS: nothing is trusted: give a CA, a pin, or the system's bundle");
  }
  if (!rules.dates.can_judge()) {
    return Error(ErrorKind::tls, Layer::tls, 0,
                 "this device does not know the time: set its clock, or give DatePolicy a floor");
  }
  return rules;
}

Result<Stream*> Client::Impl::start(Stream& below, StreamEvents& events, std::string_view host,
                                    std::uint16_t tcp_port, Port& port) noexcept {
  if (!stream_.idle()) {
    return Error(ErrorKind::config, "TLS: the connection before has not reported on_closed");
  }
  if (const auto set = set_host(host); !set) return set.error();
  tcp_port_ = tcp_port;
  if (const auto configured = configure(port); !configured) return configured.error();
  settings_changed_ = false;
  const auto found = rules(port);
  if (!found) return found.error();
  if (skip_) warn();

  if (!session_.is_for(this->host(), tcp_port) ||
      (!skip_ && found->dates.judge(WallTime::min(), session_.valid_until()) != 0)) {
    session_.wipe();
  }
  const auto started = stream_.start({.below = below,
                                      .events = events,
                                      .config = config_,
                                      .server_name = found->literal ? nullptr : host_.data(),
                                      .host = this->host(),
                                      .session = session_.size() != 0 ? &session_ : nullptr,
                                      .has_certificate = !identities_[identity_index_].empty(),
                                      .rules = *found});
  if (!started) {
    on_handshake_failed();
    return started.error();
  }
  return &stream_;
}

void Client::Impl::warn() noexcept {
  if (!log_) return;
  // host:port on the stack: a record's views live during the call only.
  Error peer(ErrorKind::none, host().substr(0, Error::message_max - 6));
  peer.append(":").append(std::int64_t{tcp_port_});
  log_({LogLevel::warning, "connect", peer.message(),
        "insecure_skip_verify: this TLS connection is open to anyone on the line"});
}

void Client::Impl::on_handshake_done(const mbedtls_ssl_context& ssl, bool resumed) noexcept {
  ++(resumed ? counts_.resumed : counts_.full);
  // What is resumed began with the last full handshake: no other session is kept.
  if (!resumed) peer_expires_ = stream_.verifier().peer_expires();
  // A resumed session keeps the date of the chain it was verified with.
  chain_valid_until_ = resumed ? session_.valid_until() : stream_.verifier().valid_until();
  // A ticket of TLS 1.3 is for one connection (RFC 8446 appendix C.4), and the next one is still to come.
  if (compat::is_tls_1_3(ssl)) return session_.wipe();
  keep_session(ssl);
}

void Client::Impl::keep_session(const mbedtls_ssl_context& ssl) noexcept {
  if (!settings_changed_) session_.save(ssl, host(), tcp_port_, chain_valid_until_);
}

void Client::Impl::on_handshake_failed() noexcept {
  ++counts_.failed;
  // It may have been the session that the peer choked on.
  session_.wipe();
}

void Client::Impl::on_new_ticket(const mbedtls_ssl_context& ssl) noexcept {
  keep_session(ssl);
}

Client::Client(std::span<std::byte> input_buffer) noexcept {
  static_assert(sizeof(Impl) <= client_bytes, "Client::client_bytes is too small for this mbedTLS");
  new (storage_.data()) Impl(input_buffer);
}

Client::~Client() {
  impl().~Impl();
}

Client::Impl& Client::impl() noexcept {
  return *std::launder(reinterpret_cast<Impl*>(storage_.data()));
}
const Client::Impl& Client::impl() const noexcept {
  return *std::launder(reinterpret_cast<const Impl*>(storage_.data()));
}

Result<void> Client::trust(std::span<const std::byte> certificates) noexcept {
  return impl().trust([certificates](Certificates& into) noexcept {
    return into.parse(certificates, Strictness::at_least_one);
  });
}

Error Client::trust_warning() noexcept {
  return impl().trust_warning();
}

void Client::trust_pin(const Pin& pin) noexcept {
  impl().trust_pin(pin);
}

Result<void> Client::set_client_certificate(std::span<const std::byte> certificate,
                                            std::span<const std::byte> key, Port& port) noexcept {
  return impl().identify(
      [certificate, key, &port](Identity& into) noexcept { return into.parse(certificate, key, port); });
}

void Client::clear_client_certificate() noexcept {
  impl().clear_identity();
}
std::optional<WallTime> Client::peer_certificate_expires() const noexcept {
  return impl().peer_expires();
}
std::optional<WallTime> Client::client_certificate_expires() noexcept {
  return impl().own_expires();
}
void Client::set_date_policy(const DatePolicy& policy) noexcept {
  impl().set_dates(policy);
}
void Client::insecure_skip_verify(bool skip) noexcept {
  impl().set_skip(skip);
}
void Client::set_log(LogHook log) noexcept {
  impl().set_log(std::move(log));
}

Result<Stream*> Client::start(Stream& below, StreamEvents& events, std::string_view host,
                              std::uint16_t tcp_port, Port& port) noexcept {
  return impl().start(below, events, host, tcp_port, port);
}

void Client::drop() noexcept {
  impl().drop();
}

const HandshakeCounts& Client::handshakes() const noexcept {
  return impl().counts();
}
std::size_t Client::saved_session_bytes() const noexcept {
  return impl().session().size();
}
void Client::wipe_session() noexcept {
  impl().wipe_session();
}

}  // namespace kedge::tls

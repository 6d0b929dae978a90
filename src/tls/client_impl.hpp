#pragma once
// The inside of Client.

#include <kedge/tls.hpp>

#include "credentials.hpp"
#include "saved_session.hpp"
#include "stream.hpp"

#include <array>
#include <optional>
#include <utility>

namespace kedge::tls {

class Client::Impl final : private HandshakeWatcher {
 public:
  explicit Impl(std::span<std::byte> input_buffer) noexcept;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() { mbedtls_ssl_config_free(&config_); }

  /// Sets new CAs: `parse(Certificates&)` fills the spare, which the next start takes into use.
  template <class Parse>
  Result<void> trust(Parse parse) noexcept {
    changed();
    Trust& spare = spare_trust();
    spare.pin.reset();
    const Result<void> parsed = parse(spare.certificates);
    trust_is_new_ = warning_is_new_ = parsed.ok();
    tell_unreadable();
    return parsed;
  }
  void trust_pin(const Pin& pin) noexcept;
  /// Sets a new client certificate; as `trust`.
  template <class Parse>
  Result<void> identify(Parse parse) noexcept {
    changed();
    const Result<void> parsed = parse(spare_identity());
    identity_is_new_ = parsed.ok();
    return parsed;
  }
  void clear_identity() noexcept;
  void set_dates(const DatePolicy& policy) noexcept;
  void set_skip(bool skip) noexcept;
  void set_log(LogHook log) noexcept;
  [[nodiscard]] Error trust_warning() noexcept;

  Result<Stream*> start(Stream& below, StreamEvents& events, std::string_view host, std::uint16_t tcp_port,
                        Port& port) noexcept;
  void drop() noexcept { stream_.drop(); }
  [[nodiscard]] std::optional<WallTime> peer_expires() const noexcept { return peer_expires_; }
  [[nodiscard]] std::optional<WallTime> own_expires() noexcept;
  [[nodiscard]] const HandshakeCounts& counts() const noexcept { return counts_; }
  void wipe_session() noexcept { changed(); }
  [[nodiscard]] const SavedSession& session() const noexcept { return session_; }

 private:
  struct Trust {
    Certificates certificates;
    std::optional<Pin> pin;
  };

  void on_handshake_done(const mbedtls_ssl_context& ssl, bool resumed) noexcept override;
  void on_handshake_failed() noexcept override;
  void on_new_ticket(const mbedtls_ssl_context& ssl) noexcept override;

  void changed() noexcept;
  void tell_unreadable() noexcept;
  void keep_session(const mbedtls_ssl_context& ssl) noexcept;
  [[nodiscard]] Trust& trust_in_use() noexcept { return trusts_[trust_index_]; }
  [[nodiscard]] Trust& spare_trust() noexcept { return trusts_[trust_index_ ^ 1U]; }
  [[nodiscard]] Identity& spare_identity() noexcept { return identities_[identity_index_ ^ 1U]; }
  void take_what_is_new() noexcept;
  Result<void> configure(Port& port) noexcept;
  Result<void> set_host(std::string_view host) noexcept;
  Result<VerifyRules> rules(Port& port) noexcept;
  void warn() noexcept;
  [[nodiscard]] std::string_view host() const noexcept { return {host_.data(), host_size_}; }

  // A connection under way points to what it began with: what is set meanwhile is parsed into the other one.
  std::array<Trust, 2> trusts_;
  std::array<Identity, 2> identities_;
  std::size_t trust_index_ = 0;
  std::size_t identity_index_ = 0;
  bool trust_is_new_ = false;
  bool identity_is_new_ = false;
  bool warning_is_new_ = false;  // of the trust that was set last; not logged yet

  DatePolicy dates_;
  bool skip_ = false;
  bool settings_changed_ = true;  // since the last start
  LogHook log_;

  mbedtls_ssl_config config_;
  TlsStream stream_;
  SavedSession session_;
  WallTime chain_valid_until_{};  // of the connection that is open
  std::optional<WallTime> peer_expires_;
  HandshakeCounts counts_;
  std::array<char, host_bytes_max + 1> host_{};  // with a NUL, for mbedTLS
  std::size_t host_size_ = 0;
  std::uint16_t tcp_port_ = 0;
};

}  // namespace kedge::tls

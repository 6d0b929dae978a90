#pragma once
// One TLS session kept between two connections to the same host and port.

#include <kedge/tls.hpp>

#include "mbedtls_compat.hpp"

#include <array>
#include <string_view>

namespace kedge::tls {

/// Serialised, bounded, wiped. What else it depends on (trust, certificates, policies) is the owner's to
/// watch: any change there calls `wipe()`.
class SavedSession {
 public:
  SavedSession() noexcept = default;
  SavedSession(const SavedSession&) = delete;
  SavedSession& operator=(const SavedSession&) = delete;
  ~SavedSession() { wipe(); }

  /// Keeps the session of a finished handshake; keeps none when it does not fit or cannot be resumed.
  /// `valid_until`: when the first certificate of the verified chain expires.
  void save(const mbedtls_ssl_context& ssl, std::string_view host, std::uint16_t tcp_port,
            WallTime valid_until) noexcept;
  /// Offers the session in the handshake about to begin.
  void offer(mbedtls_ssl_context& ssl) const noexcept;
  [[nodiscard]] bool is_for(std::string_view host, std::uint16_t tcp_port) const noexcept;
  [[nodiscard]] WallTime valid_until() const noexcept { return valid_until_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  void wipe() noexcept;

 private:
  std::array<unsigned char, session_bytes_max> bytes_;
  std::array<char, host_bytes_max> host_;
  std::size_t size_ = 0;
  std::size_t host_size_ = 0;
  std::uint16_t tcp_port_ = 0;
  WallTime valid_until_{};
};

}  // namespace kedge::tls

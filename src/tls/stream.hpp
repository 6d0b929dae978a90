#pragma once
// TLS as a stream on a stream: the one implementation of both ends.

#include <kedge/port.hpp>

#include "mbedtls_compat.hpp"
#include "verifier.hpp"

#include <span>
#include <string_view>

namespace kedge::tls {

class SavedSession;

/// Who owns the stream hears how its handshake went, before the stream's user does.
class HandshakeWatcher {
 public:
  /// The handshake is complete; `resumed` when no certificates were exchanged.
  virtual void on_handshake_done(const mbedtls_ssl_context& ssl, bool resumed) noexcept = 0;
  virtual void on_handshake_failed() noexcept = 0;
  /// A ticket came after the handshake (TLS 1.3); called inside the user's read or write.
  virtual void on_new_ticket(const mbedtls_ssl_context& ssl) noexcept = 0;

 protected:
  ~HandshakeWatcher() = default;
};

/// One TLS connection at a time, over the stream it is started on. See `Client` for what it promises.
class TlsStream final : public Stream, private StreamEvents {
 public:
  /// `input` is the buffer between the stream below and mbedTLS; borrowed, as is `watcher`.
  TlsStream(Role role, std::span<std::byte> input, HandshakeWatcher& watcher) noexcept;
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;
  ~TlsStream();

  /// What a handshake begins with. `config` and `host` must live until `on_closed`.
  struct Start {
    Stream& below;
    StreamEvents& events;
    const mbedtls_ssl_config& config;
    const char* server_name = nullptr;      ///< to send and to verify; null for an address, and on a server
    std::string_view host = {};             ///< for error texts
    const SavedSession* session = nullptr;  ///< to offer
    bool has_certificate = false;           ///< a client's, to show when it is asked for
    VerifyRules rules = {};
  };
  /// Begins the handshake. On an error `below` keeps its events. Errors: config (still open), or the failure.
  Result<void> start(const Start& with) noexcept;
  [[nodiscard]] bool idle() const noexcept { return state_ == State::idle; }
  /// Closes the stream below and forgets the connection: nothing is told. Not from within its events.
  void drop() noexcept;
  [[nodiscard]] const Verifier& verifier() const noexcept { return verifier_; }

  IoResult read(std::span<std::byte> into) noexcept override;
  IoResult write(std::span<const std::byte> from) noexcept override;
  void shutdown_write() noexcept override;
  void close() noexcept override;
  [[nodiscard]] Error error() const noexcept override { return error_; }
  void set_events(StreamEvents& events) noexcept override { events_ = &events; }

 private:
  enum class State : std::uint8_t { idle, handshaking, open, failed, closing };
  enum class Ending : std::uint8_t { none, end, error };
  enum class Progress : std::uint8_t { waiting, done, failed };

  // Events of the stream below.
  void on_open() noexcept override {}
  void on_error(const Error& error) noexcept override;
  void on_readable() noexcept override;
  void on_writable() noexcept override;
  void on_closed() noexcept override;

  Result<void> set_up(const Start& with) noexcept;
  void forget() noexcept;
  [[nodiscard]] Progress shake() noexcept;
  void advance() noexcept;
  [[nodiscard]] Error failure(int result) const noexcept;
  [[nodiscard]] Error end_without_notice(int result) const noexcept;
  [[nodiscard]] Error write_failure(int result) noexcept;
  [[nodiscard]] Error alert(int code) const noexcept;
  [[nodiscard]] Error handshake_failure(int result) noexcept;
  /// The fatal alert that lies unread in the stream below, or -1.
  [[nodiscard]] int unread_alert() noexcept;
  [[nodiscard]] IoResult refused() noexcept;
  void tell_readable() noexcept;
  void tell_late_ending() noexcept;
  void send_close_notify() noexcept;
  /// Sends what is left of an alert that reading began: `mbedtls_ssl_write` would only send that, and say
  /// that it took the user's bytes. 0, or mbedTLS's error.
  [[nodiscard]] int flush_alert() noexcept;

  /// Records without payload (warnings, empty records) in a row before the peer counts as hostile.
  static constexpr int empty_records_max = 64;
  /// Most bytes a handshake takes. mbedTLS has room for 16 KiB a message, but passes over warnings for ever.
  static constexpr std::size_t handshake_bytes_max = 128 * 1024;
  /// Ours, for mbedTLS to hand back: the stream below failed, or what it said is no handshake; `error_` says
  /// why.
  static constexpr int below_failed = -0x004C;

  static int send(void* self, const unsigned char* bytes, std::size_t size) noexcept;
  static int receive(void* self, unsigned char* bytes, std::size_t size) noexcept;
  int receive(std::span<std::byte> into) noexcept;
  void look_at_first(std::byte first) noexcept;
  [[nodiscard]] bool reading_waits(int result) noexcept;
  [[nodiscard]] bool input_blocked() const noexcept { return input_.empty() && read_blocked_; }
  [[nodiscard]] IoResult ending() noexcept;

  const Role role_;
  const std::span<std::byte> buffer_;
  HandshakeWatcher& watcher_;
  Stream* below_ = nullptr;
  StreamEvents* events_ = nullptr;
  std::string_view host_;
  mbedtls_ssl_context ssl_;
  Verifier verifier_;
  Error error_;
  std::span<const std::byte> input_;  // what was read below and mbedTLS has not taken yet
  std::size_t pending_write_ = 0;     // payload of the record that waits, encrypted, inside mbedTLS
  std::size_t handshake_bytes_ = 0;
  State state_ = State::idle;
  Ending ending_ = Ending::none;     // what reading came upon
  bool late_ending_ = false;         // it came right behind bytes, and the user does not know yet
  bool full_handshake_ = false;      // certificates were exchanged
  bool certificate_set_ = false;     // we have one to show
  bool certificate_wanted_ = false;  // the server has asked for one
  bool heard_ = false;               // a record came behind the handshake, and verified
  bool first_byte_seen_ = false;
  bool plain_text_ = false;
  bool read_blocked_ = false;   // the stream below owes us on_readable
  bool write_blocked_ = false;  // the stream below owes us on_writable
  bool owes_writable_ = false;  // we owe the user on_writable
  bool owes_readable_ = false;  // and on_readable, once there is room to write
  bool reading_ = false;        // mbedTLS is called to read
  bool close_notify_wanted_ = false;
  bool close_notify_waits_ = false;  // it is encrypted, and not sent whole
  bool write_shut_ = false;          // it is sent, and the stream below is shut down
};

}  // namespace kedge::tls

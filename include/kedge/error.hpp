#pragma once
// An error: a kind to test for, the layer that it came from with that layer's own code, and a text for a
// person.

#include <kedge/language.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kedge {

/// What an error means to the caller. You can test it without knowing the codes of any layer.
enum class ErrorKind : std::uint8_t {
  none,            ///< no error
  config,          ///< the configuration or an argument is wrong
  connection,      ///< name resolution, TCP or the WebSocket: could not be opened, or was lost
  tls,             ///< handshake, certificate or record failure
  authentication,  ///< the peer refused the credential
  denied,          ///< the peer refused this request (policy, or a human)
  timeout,         ///< a deadline passed
  cancelled,       ///< the caller cancelled the request
  queue_full,      ///< a pool, ring or store has no room
  too_large,       ///< a message is larger than a limit
  protocol,        ///< the peer broke a protocol's rules, or sent something that cannot be decoded
  remote,          ///< the peer answered with an error
  closed,          ///< the client is closed
};

/// The layer that an error came from, and so the meaning of `Error::layer_code()`.
enum class Layer : std::uint8_t {
  none,       ///< no layer, or the client itself
  system,     ///< socket calls: an errno
  resolver,   ///< name resolution: the resolver's own code
  tls,        ///< mbedTLS: its (negative) code
  http,       ///< the upgrade: the HTTP status, 0 for a malformed response
  websocket,  ///< frames: the close code (RFC 6455 section 7.4)
  protocol,   ///< the application protocol: its own code, also in `Error::code()`
  proxy,      ///< the proxy's answer to CONNECT: the HTTP status, 0 for a malformed one or none
};

/// A stable lower-case name, such as "queue_full". Static storage.
[[nodiscard]] std::string_view to_string(ErrorKind kind) noexcept;
/// A stable lower-case name, such as "websocket". Static storage.
[[nodiscard]] std::string_view to_string(Layer layer) noexcept;

/// An error as a value: 136 bytes, trivially copyable, never allocates, holds no secret.
///
/// The message is copied and cut at `message_max` bytes, never inside a UTF-8 sequence. Once it is cut,
/// `append` adds nothing more, so that no text follows a gap.
class Error {
 public:
  static constexpr std::size_t message_max = 119;

  /// No error.
  constexpr Error() noexcept = default;
  Error(ErrorKind kind, std::string_view message) noexcept : Error(kind, Layer::none, 0, message) {}
  Error(ErrorKind kind, Layer layer, std::int32_t layer_code, std::string_view message) noexcept;

  /// True when there is an error.
  [[nodiscard]] constexpr explicit operator bool() const noexcept { return kind_ != ErrorKind::none; }
  [[nodiscard]] constexpr ErrorKind kind() const noexcept { return kind_; }
  [[nodiscard]] constexpr Layer layer() const noexcept { return layer_; }
  /// The layer's own code: errno, mbedTLS code, HTTP status, close code. 0 when it has none.
  [[nodiscard]] constexpr std::int32_t layer_code() const noexcept { return layer_code_; }
  /// The protocol's own code (such as -32003), 0 when it has none.
  [[nodiscard]] constexpr std::int32_t code() const noexcept { return code_; }
  /// The shortest wait before another attempt that the peer asked for (HTTP Retry-After); 0 if it asked for
  /// none. As the peer sent it: a client waits at most ClientConfig::retry_after_max.
  [[nodiscard]] constexpr std::chrono::seconds retry_after() const noexcept {
    return std::chrono::seconds{retry_after_s_};
  }
  /// Whether the request was sent and its answer is lost, so that the peer may have acted on it and a retry
  /// may repeat it. False if it was certainly not sent, or if the peer reported that nothing was done.
  [[nodiscard]] constexpr bool may_have_run() const noexcept { return may_have_run_; }
  /// A text for a person. A view into this object.
  [[nodiscard]] std::string_view message() const noexcept { return {text_.data(), size_}; }

  /// Appends to the message. It is cut at `message_max`; once cut, nothing is appended.
  Error& append(std::string_view text) noexcept;
  /// Appends a decimal number to the message.
  Error& append(std::int64_t number) noexcept;
  Error& with_code(std::int32_t code) noexcept {
    code_ = code;
    return *this;
  }
  Error& with_retry_after(std::chrono::seconds wait) noexcept;
  Error& with_may_have_run(bool may = true) noexcept {
    may_have_run_ = may;
    return *this;
  }

 private:
  ErrorKind kind_ = ErrorKind::none;
  Layer layer_ = Layer::none;
  std::uint8_t size_ = 0;
  bool may_have_run_ = false;
  std::int32_t layer_code_ = 0;
  std::int32_t code_ = 0;
  std::uint32_t retry_after_s_ = 0;
  std::array<char, message_max> text_{};
  bool cut_ = false;  // fits into the padding
};

}  // namespace kedge

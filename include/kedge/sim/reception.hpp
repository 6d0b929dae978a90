#pragma once
// How a scripted WebSocket peer receives one connection.

#include <kedge/time.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace kedge::sim {

/// What becomes of a connection, up to the answer to its upgrade and the moment after. A value: one of the
/// functions that make it, and what is added to it.
///
///   Reception::refuse(302).with_header("Location", "ws://elsewhere.example/")
///   Reception::accept().with_subprotocol("chat.v2").delayed(std::chrono::seconds{5})
///   Reception::say("HTTP/1.1 101 Swi").then_end()
class Reception {
 public:
  /// The upgrade is accepted.
  [[nodiscard]] static Reception accept() { return Reception(Kind::accept); }
  /// The upgrade is answered with this status, without a body, and the connection ended.
  [[nodiscard]] static Reception refuse(int status);
  /// These bytes are the answer to a complete request, whatever it asks; then the line stays as it is.
  [[nodiscard]] static Reception say(std::string_view bytes) { return Reception(Kind::say, bytes); }
  /// These bytes are said as soon as the connection is there, as an SSH server does, and no request is
  /// answered.
  [[nodiscard]] static Reception greet(std::string_view bytes) { return Reception(Kind::greet, bytes); }
  /// The request is read and not answered, until `WebSocketConnection::answer`.
  [[nodiscard]] static Reception hold() { return Reception(Kind::hold); }
  /// TCP: connection refused. It counts as asked, not as a connection.
  [[nodiscard]] static Reception refuse_connection() { return Reception(Kind::refuse_connection); }
  /// TCP: the request for a connection is never answered. It counts as asked, not as a connection.
  [[nodiscard]] static Reception ignore_connection() { return Reception(Kind::ignore_connection); }

  /// One more header of the answer, of `accept` and `refuse`; nothing in it is checked.
  Reception& with_header(std::string_view name, std::string_view value);
  /// Chooses this subprotocol, offered or not.
  Reception& with_subprotocol(std::string_view name) { return with_header("Sec-WebSocket-Protocol", name); }
  /// The answer is held back for so long, from the end of the request (`greet`: from the beginning).
  Reception& delayed(Duration delay) {
    delay_ = delay;
    return *this;
  }
  /// Behind the answer: `WebSocketConnection::end`, `cut` or `stall`, after `on_open`.
  Reception& then_end() { return then(Then::end); }
  Reception& then_cut() { return then(Then::cut); }
  Reception& then_stall() { return then(Then::stall); }

  // For the peer.
  enum class Kind : std::uint8_t { accept, refuse, say, greet, hold, refuse_connection, ignore_connection };
  enum class Then : std::uint8_t { nothing, end, cut, stall };
  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  [[nodiscard]] Then what_then() const noexcept { return then_; }
  [[nodiscard]] Duration delay() const noexcept { return delay_; }
  /// Of `refuse`: the status line. Of `say` and `greet`: the bytes.
  [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }
  /// Lines, each with its CRLF.
  [[nodiscard]] const std::string& headers() const noexcept { return headers_; }

 private:
  explicit Reception(Kind kind, std::string_view bytes = {}) : kind_(kind), bytes_(bytes) {}
  Reception& then(Then what) {
    then_ = what;
    return *this;
  }

  Kind kind_;
  Then then_ = Then::nothing;
  Duration delay_{};
  std::string bytes_;
  std::string headers_;
};

}  // namespace kedge::sim

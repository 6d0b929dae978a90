#pragma once
// How a scripted WebSocket peer receives one connection.

#include <kedge/time.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace kedge::sim {

/// What happens to a connection until its upgrade is answered, and right after. A value: create it with one
/// of the functions and add to it.
///
///   Reception::refuse(302).with_header("Location", "ws://elsewhere.example/")
///   Reception::accept().with_subprotocol("chat.v2").delayed(std::chrono::seconds{5})
///   Reception::say("HTTP/1.1 101 Swi").then_end()
class Reception {
 public:
  /// Accepts the upgrade.
  [[nodiscard]] static Reception accept() { return Reception(Kind::accept); }
  /// Answers the upgrade with this status and no body, and ends the connection.
  [[nodiscard]] static Reception refuse(int status);
  /// Answers a complete request with these bytes, whatever it asks; the connection then stays as it is.
  [[nodiscard]] static Reception say(std::string_view bytes) { return Reception(Kind::say, bytes); }
  /// Sends these bytes as soon as the connection is open, like an SSH server, and answers no request.
  [[nodiscard]] static Reception greet(std::string_view bytes) { return Reception(Kind::greet, bytes); }
  /// Reads the request and does not answer it until `WebSocketConnection::answer`.
  [[nodiscard]] static Reception hold() { return Reception(Kind::hold); }
  /// TCP: refuses the connection. It counts as asked, not as a connection.
  [[nodiscard]] static Reception refuse_connection() { return Reception(Kind::refuse_connection); }
  /// TCP: never answers the attempt to connect. It counts as asked, not as a connection.
  [[nodiscard]] static Reception ignore_connection() { return Reception(Kind::ignore_connection); }

  /// Adds a header to the answer of `accept` or `refuse`; nothing in it is checked.
  Reception& with_header(std::string_view name, std::string_view value);
  /// Chooses this subprotocol, offered or not.
  Reception& with_subprotocol(std::string_view name) { return with_header("Sec-WebSocket-Protocol", name); }
  /// Delays the answer by `delay`, counted from the end of the request (`greet`: from the start).
  Reception& delayed(Duration delay) {
    delay_ = delay;
    return *this;
  }
  /// After the answer and `on_open`: calls `WebSocketConnection::end`, `cut` or `stall`.
  Reception& then_end() { return then(Then::end); }
  Reception& then_cut() { return then(Then::cut); }
  Reception& then_stall() { return then(Then::stall); }

  // For the peer.
  enum class Kind : std::uint8_t { accept, refuse, say, greet, hold, refuse_connection, ignore_connection };
  enum class Then : std::uint8_t { nothing, end, cut, stall };
  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  [[nodiscard]] Then what_then() const noexcept { return then_; }
  [[nodiscard]] Duration delay() const noexcept { return delay_; }
  /// For `refuse`: the status line. For `say` and `greet`: the bytes.
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

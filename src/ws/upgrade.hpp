#pragma once
// The opening handshake (RFC 6455 section 4 over RFC 9112), both roles, in fixed memory. No I/O: bytes in,
// bytes out.

#include <kedge/port.hpp>
#include <kedge/result.hpp>
#include <kedge/sink.hpp>
#include <kedge/upgrade_extras.hpp>

#include "accept_key.hpp"
#include "response_head.hpp"

#include <array>
#include <chrono>
#include <string_view>

namespace kedge::ws {

using kedge::UpgradeExtras;

/// Where a redirect leads, in the server's words, without user information, query and fragment: they may hold
/// a credential, and so may the rest. Two views, as the user information stood between them; valid until the
/// client starts again.
struct Redirect {
  std::string_view scheme;  ///< with its slashes, if there was user information behind it
  std::string_view rest;

  [[nodiscard]] bool empty() const noexcept { return scheme.empty() && rest.empty(); }
};

/// The client's side of one upgrade.
class UpgradeClient {
 public:
  /// `storage` holds the response's head (Limits::upgrade_bytes_max); borrowed.
  UpgradeClient(std::span<std::byte> storage, std::uint16_t headers_max) noexcept;

  /// Begins a new attempt and writes the request. `host` as in the Host header (port appended unless it is
  /// the scheme's default; IPv6 in brackets), `target` is path and query as in the URL, the extras' query is
  /// added to it. Errors: config (characters that would break out of their line), connection (no randomness
  /// for the key, no SHA-1), too_large (sink full).
  Result<void> start(Port& port, std::string_view host_header, std::string_view target,
                     const UpgradeExtras& extras, Sink& out) noexcept;

  /// Reads the response. Returns true when the head is complete and is a valid 101, false when more is
  /// needed; `*taken` is how many bytes belong to the head: those after it are frames.
  /// No error holds words of the server's. Errors, layer http: those of ResponseHead; and with the status as
  /// layer_code: 401/403 -> authentication, other status -> connection (with retry_after). Of a 101,
  /// layer_code 0: wrong accept key / unasked subprotocol or extension -> protocol. A status above 599 counts
  /// as 5xx. An HTTP/1.0 response is a refusal by its status, which some load balancers send; with 101 it is
  /// malformed.
  Result<bool> feed(std::span<const std::byte> bytes, std::size_t* taken) noexcept;
  [[nodiscard]] const UpgradeResponse& response() const noexcept { return head_.response(); }
  /// The one that the server chose, as it was offered; empty when it chose none.
  [[nodiscard]] std::string_view subprotocol() const noexcept { return subprotocol_; }
  /// Of an answer with status 3xx; empty when it names none.
  [[nodiscard]] Redirect redirect() const noexcept;
  /// What reads the head. Before `start` it is free to read another answer, a proxy's.
  [[nodiscard]] ResponseHead& head() noexcept { return head_; }

 private:
  /// What the complete head means.
  [[nodiscard]] Result<bool> judge() noexcept;
  [[nodiscard]] Result<void> read_subprotocol() noexcept;

  ResponseHead head_;
  std::array<char, accept_characters> expected_accept_{};
  std::array<std::string_view, UpgradeExtras::subprotocols_max> offered_{};  ///< empty ones: no more
  std::string_view subprotocol_;
};

/// What a client asked for, as the server sees it. Views into the parser's storage.
struct UpgradeRequest {
  std::string_view path;   ///< without the query
  std::string_view query;  ///< without the '?'; raw
  std::string_view key;    ///< Sec-WebSocket-Key
};

/// The server's side of one upgrade: 400, 405, 426, 431, 505 are found here; 404, 408, 503 are its user's to
/// say.
class UpgradeServer {
 public:
  UpgradeServer(std::span<std::byte> storage, std::uint16_t headers_max) noexcept;
  void start() noexcept;
  /// True when a valid upgrade request is complete; `*taken` as in UpgradeClient. Errors, layer http, with
  /// the status to answer as layer_code: 505 for any HTTP but 1.1 (HTTP/1.0 too), 405 for any method but GET,
  /// 426 without `Upgrade: websocket` or with a Sec-WebSocket-Version other than 13, 431 for a head over the
  /// limit (kind too_large), 400 for the rest (kind protocol, as the others).
  Result<bool> feed(std::span<const std::byte> bytes, std::size_t* taken) noexcept;
  [[nodiscard]] const UpgradeRequest& request() const noexcept { return request_; }
  /// A header of the request, or empty when absent; name compared without case.
  [[nodiscard]] std::string_view header(std::string_view name) const noexcept { return head_.header(name); }

  /// Writes the 101 for the request read.
  Result<void> accept(Sink& out) const noexcept;
  /// Writes a refusal: status line, Content-Length, Connection: close, `Sec-WebSocket-Version: 13` with 426,
  /// `Allow` with 405, Retry-After when not 0, and a short text body.
  static Result<void> refuse(int status, std::chrono::seconds retry_after, Sink& out) noexcept;

 private:
  /// What is wrong with the complete head, or no error.
  [[nodiscard]] Error check() noexcept;

  HttpHead head_;
  UpgradeRequest request_;
};

}  // namespace kedge::ws

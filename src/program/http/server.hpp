#pragma once
// A program's own HTTP API, by libmicrohttpd inside our libuv loop: no thread of its own. Everything about it
// has a limit.

#include "message.hpp"

#include <kedge/callback.hpp>
#include <kedge/port.hpp>
#include <kedge/port_uv.hpp>
#include <kedge/result.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace kedge::program {

struct HttpLimits {
  /// For one more, the connection that we have waited for longest is closed.
  unsigned connections_max = 16;
  /// Memory of a connection, from which its request's head is taken: a longer one gets 431.
  std::size_t connection_bytes = 16 * 1024;
  /// A longer body gets 413. Up to `discarded_bytes_max` it is read to its end first; a longer one is refused
  /// at once and read on up to four times that, so that a peer that does not read before it has written hears
  /// of it too.
  std::size_t body_bytes_max = 4 * 1024;
  std::size_t discarded_bytes_max = 1024 * 1024;
  /// From connecting, or from the answer before, to the end of a request; and for taking an answer. However
  /// few bytes come at a time.
  std::chrono::milliseconds patience = std::chrono::seconds{10};
};

struct HttpCounters {
  std::uint64_t connections = 0;
  std::uint64_t connections_cut = 0;       ///< too slow, or too many
  std::array<std::uint64_t, 5> answers{};  ///< by class: 1xx to 5xx
  [[nodiscard]] std::uint64_t answers_of(int status) const noexcept {
    return answers[static_cast<std::size_t>(status / 100 - 1)];
  }
};

/// Names a request that waits for its answer; harmless when nobody waits any more.
using HttpTicket = std::uint64_t;

/// What a program does with requests. Must not throw.
class HttpHandler {
 public:
  /// The answer; or nothing, and `HttpServer::answer(ticket)` follows, after this call. Must not call into
  /// the server.
  virtual std::optional<HttpAnswer> on_request(const HttpRequest& request, HttpTicket ticket) = 0;
  /// The words for what the server refuses by itself: 413.
  virtual HttpAnswer refusal(int status, std::string_view message) = 0;

 protected:
  ~HttpHandler() = default;
};

/// All calls on the loop's thread. Without a descriptor for a connection it pauses, and tries again ten times
/// a second, or when a connection has ended. Heads that are no HTTP, and those too large, get libmicrohttpd's
/// own 400 and 431.
class HttpServer {
 public:
  /// Both are borrowed and outlive this.
  HttpServer(uv::Loop& loop, HttpHandler& handler, const HttpLimits& limits) noexcept
      : loop_(loop), handler_(handler), limits_(limits) {}
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer() { close(); }

  /// Once. Port 0 takes any free one; an IPv6 address takes IPv4 peers too where it can. Returns the port.
  /// Errors: connection.
  Result<std::uint16_t> listen(const Address& address) noexcept;
  /// Answers a request that was not answered at once.
  void answer(HttpTicket ticket, HttpAnswer answer) noexcept;
  /// Stops listening. `drained` comes from the loop as soon as no request is being answered any more; until
  /// then those of connections that are open are answered as ever, and their connections closed.
  void drain(Callback<void()> drained) noexcept;
  /// Writes what was answered as far as the kernel takes it, now. Not from inside the handler.
  void flush() noexcept;
  /// Ends every connection at once and stops listening. Not from inside the handler.
  void close() noexcept;

  [[nodiscard]] HttpCounters counters() const noexcept;
  /// Connections open now.
  [[nodiscard]] std::size_t connections() const noexcept;

 private:
  class Machinery;
  Machinery* machinery_ = nullptr;  // freed by the loop, when its handles are closed
  uv::Loop& loop_;
  HttpHandler& handler_;
  HttpLimits limits_;
};

}  // namespace kedge::program

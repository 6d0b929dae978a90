#pragma once
// The log hook: the core formats a line in fixed memory and hands it over; it never writes anywhere itself.

#include <kedge/callback.hpp>

#include <cstdint>
#include <string_view>

namespace kedge {

enum class LogLevel : std::uint8_t { debug, info, warning, error };

/// A stable lower-case name. Static storage.
[[nodiscard]] std::string_view to_string(LogLevel level) noexcept;

/// One event. Views are valid during the call only. No field ever holds a secret.
struct LogRecord {
  LogLevel level = LogLevel::info;
  /// A stable name: config, connect, address (the next one is tried), addresses, retry, send and receive (a
  /// message of the protocol: its method or type, its request's id and its bytes, never what is in it),
  /// trust, timeout, error, or that of the LinkState that began. A program's own log may have others.
  std::string_view event;
  std::string_view peer;     ///< host:port
  std::string_view message;  ///< words for a person
  /// Our name to the peer, where the protocol has one (btp); else empty.
  std::string_view peer_id = {};
};

/// Called on the loop's thread. Must not call back into the object that logs.
using LogHook = Callback<void(const LogRecord&)>;

}  // namespace kedge

#pragma once
// The log hook: the core formats a record in fixed memory and passes it on; it never writes anywhere itself.

#include <kedge/callback.hpp>

#include <cstdint>
#include <string_view>

namespace kedge {

enum class LogLevel : std::uint8_t { debug, info, warning, error };

/// A stable lower-case name. Static storage.
[[nodiscard]] std::string_view to_string(LogLevel level) noexcept;

/// One event. Views are valid only during the call. No field ever holds a secret.
struct LogRecord {
  LogLevel level = LogLevel::info;
  /// A stable name: config, connect, address (the next one is tried), addresses, retry, send and receive (a
  /// message of the protocol: its method or type, its request's id and its size, never its content), trust,
  /// timeout, error, or the name of the LinkState that began. A program's own log may have others.
  std::string_view event;
  std::string_view peer;     ///< host:port
  std::string_view message;  ///< a text for a person
  /// The name that the client gives the peer, if the protocol has one (btp); otherwise empty.
  std::string_view peer_id = {};
};

/// Called on the loop's thread. Must not call back into the object that logs.
using LogHook = Callback<void(const LogRecord&)>;

}  // namespace kedge

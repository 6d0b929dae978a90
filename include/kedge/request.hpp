#pragma once
// The options of a message that a protocol sends, and of the answer that it waits for.

#include <kedge/message.hpp>
#include <kedge/priority.hpp>
#include <kedge/time.hpp>

#include <chrono>
#include <cstdint>

namespace kedge {

/// What happens to a request that was sent when its connection is lost. A request that still waits in the
/// ring goes out on the next connection, unless its protocol decides otherwise.
enum class OnLoss : std::uint8_t {
  fail,    ///< completes with `connection`: the caller decides whether to retry
  keep,    ///< is not sent again and stays pending: the next connection may bring its answer
  resend,  ///< is sent again on each connection, unchanged and in its old place, until it is answered or its
           ///< deadline passes; a message for which the peer closes does so each time
};

/// A message that expects an answer.
struct RequestOptions {
  std::uint64_t id = 0;  ///< matches the answer to the request; unique among pending requests
  MessageType type = MessageType::text;
  Priority priority = Priority::normal;
  /// From the call until it completes with `timeout`. Must be positive; Duration::max(): never.
  Duration timeout = std::chrono::seconds{60};
  /// Replaces `timeout` once the last byte was sent, counted from then. Must be positive; Duration::max():
  /// `timeout` stays in force.
  Duration answer_timeout = Duration::max();
  OnLoss on_loss = OnLoss::fail;
  /// The request changes nothing at the peer: its errors never set `may_have_run()`.
  bool harmless = false;
  std::uint32_t kind = 0;  ///< for the protocol: what was requested
};

/// A message that expects no answer.
struct PostOptions {
  MessageType type = MessageType::text;
  Priority priority = Priority::normal;
  /// The message is dropped, and `Protocol::on_expired` called, unless its first byte leaves within this
  /// time. Must be positive; Duration::max(): never dropped.
  Duration timeout = Duration::max();
  /// The protocol's own message (authentication, an acknowledgement, a subscription that each connection
  /// renews). It uses the room of Limits::reserved_bytes and reserved_messages_max, goes before all others,
  /// even before the client is ready, and does not move to the next connection: without a connection it is
  /// refused (connection). The room must hold everything posted in one turn; it is free again from
  /// `Protocol::on_sent` on.
  bool own = false;
  std::uint32_t tag = 0;  ///< passed to `Protocol::on_sent` and `Protocol::on_expired`
};

}  // namespace kedge

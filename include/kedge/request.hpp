#pragma once
// What a protocol says of a message that it sends, and of the answer that it waits for.

#include <kedge/message.hpp>
#include <kedge/priority.hpp>
#include <kedge/time.hpp>

#include <chrono>
#include <cstdint>

namespace kedge {

/// What becomes of a request that has left when its line is lost. One that still waits in the ring goes out
/// on the next line, unless its protocol says otherwise.
enum class OnLoss : std::uint8_t {
  fail,    ///< ends with `connection`: asking again is its owner's decision
  keep,    ///< is not sent again, and waits on: the next line may bring its answer
  resend,  ///< is sent again, the same message in its old place, on each line until it is answered or its
           ///< deadline has passed: a message that makes the peer end the line does so each time
};

/// A message to which an answer is expected.
struct RequestOptions {
  std::uint64_t id = 0;  ///< by which its answer finds it; unique among those pending
  MessageType type = MessageType::text;
  Priority priority = Priority::normal;
  /// Until it ends with `timeout`, unless it was answered. Positive; Duration::max(): never.
  Duration timeout = std::chrono::seconds{60};
  /// The same, counted from when its last byte has left, and then instead of `timeout`.
  /// Duration::max(): `timeout` goes on.
  Duration answer_timeout = Duration::max();
  OnLoss on_loss = OnLoss::fail;
  /// A question, which changes nothing at the peer: an error of it never says that it may have run.
  bool harmless = false;
  std::uint32_t kind = 0;  ///< the protocol's: what was asked
};

/// A message to which none is.
struct PostOptions {
  MessageType type = MessageType::text;
  Priority priority = Priority::normal;
  /// It is dropped, and reported by `Protocol::on_expired`, unless its first byte has left by then. Positive;
  /// Duration::max(): never.
  Duration timeout = Duration::max();
  /// The protocol's own word (authentication, an acknowledgement, a subscription that each line renews):
  /// takes the room that Limits::reserved_bytes and reserved_messages_max keep, goes before all others, also
  /// before the line is ready, and not over to the next line: without a line it is refused (connection).
  /// That room has to hold all that is posted in one turn; it is free again from `Protocol::on_sent` on.
  bool own = false;
  std::uint32_t tag = 0;  ///< handed back by `Protocol::on_sent` and `Protocol::on_expired`
};

}  // namespace kedge

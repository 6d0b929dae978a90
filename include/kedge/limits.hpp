#pragma once
// Every limit of a client and its requests, in one place. A protocol may add its own.

#include <kedge/result.hpp>

#include <cstdint>

namespace kedge {

/// The limits of one client, whatever protocol it speaks. You choose them before construction; they never
/// change. The protocol's `storage_bytes()` returns what they cost. `connect()` and `check()` report a limit
/// that is out of range. Where no range is given it is 1 to 256 MiB, or the most that the type holds.
struct Limits {
  /// Requests in flight at once; more are refused with `queue_full`. 1 to 4096.
  std::uint16_t pending_max = 64;
  /// Outbound messages of the caller that wait, are being written, or are kept until acknowledged. 1 to 4096.
  std::uint16_t outbound_messages_max = 128;
  /// Bytes of those messages, in blocks of `outbound_block_bytes`; a message takes whole blocks. At least one
  /// block.
  std::uint32_t outbound_bytes = 256 * 1024;
  /// Bytes of one block of the outbound store. 32 to 4096.
  std::uint16_t outbound_block_bytes = 256;
  /// Largest credential in bytes, the peer's or the proxy's. A larger one ends its attempt, and the error
  /// names this limit. Each client keeps the credential, and room for it as it is sent
  /// (`sent_credential_bytes`) in its upgrade request and in its reserved messages. The whole upgrade request
  /// must also fit into `write_buffer_bytes`; if URL, headers and credential make it larger, the attempt ends
  /// with an error that says so. `check()` cannot know that. 1 to 16384.
  std::uint16_t credential_bytes_max = 4096;
  /// Messages reserved for the protocol itself (authentication, acknowledgements, polls, subscriptions that
  /// each connection renews), which the caller's messages never use. 2 to 256.
  std::uint16_t reserved_messages_max = 4;
  /// Bytes of the reserved messages, in addition to a credential. 256 or more.
  std::uint32_t reserved_bytes = 2048;
  /// Largest message that the caller can send, in bytes. A message that `outbound_bytes` cannot hold is also
  /// too large.
  std::uint32_t outbound_message_bytes_max = 256 * 1024;
  /// Largest message received whole, in bytes (RFC 6455 section 10.4). A larger answer completes its request
  /// with `too_large` if its beginning identifies the request (agent-gate, btp); each protocol documents what
  /// happens to other messages. 128 or more.
  std::uint32_t inbound_message_bytes_max = 256 * 1024;
  /// Bytes read from the stream at once. 512 or more.
  std::uint32_t read_buffer_bytes = 64 * 1024;
  /// Size of the buffer that frames are masked into and written from with one call; also the largest request
  /// of an upgrade or to a proxy. 512 or more.
  std::uint32_t write_buffer_bytes = 64 * 1024;
  /// Longest payload of one outgoing frame, in bytes; a longer message is fragmented so that a ping does not
  /// wait for it. At most `write_buffer_bytes` - 14, because a frame is written whole.
  std::uint32_t fragment_bytes_max = 32 * 1024;
  /// Longest head of the upgrade response in bytes, all header lines together. The protocol may add half as
  /// much to the request, plus a credential. 256 or more.
  std::uint16_t upgrade_bytes_max = 8192;
  /// Most header lines in an upgrade response. 8 to 1024.
  std::uint16_t upgrade_headers_max = 64;
  /// Longest URL in bytes, query included; also the limit for the Host header and the proxy's URL together.
  /// 16 to 8192.
  std::uint16_t url_bytes_max = 512;
  /// Addresses of a name that one attempt tries; if the name has more, the next attempt starts with others.
  std::uint8_t addresses_max = 8;
  /// Deepest nesting of JSON that is accepted. 8 or more.
  std::uint8_t json_depth_max = 32;
  /// Random bytes fetched at once for mask keys (RFC 6455 section 5.3). A multiple of 4.
  std::uint16_t mask_pool_bytes = 4096;

  /// A Cortex-M with some 10 KiB to spare: two requests at a time, messages of 1 KiB, short tokens. If the
  /// server's upgrade response has a long head, perhaps with cookies, raise `upgrade_bytes_max`.
  [[nodiscard]] static constexpr Limits micro() noexcept {
    Limits limits = tiny();
    limits.pending_max = 2;
    limits.outbound_messages_max = 4;
    limits.outbound_bytes = 2 * 1024;
    limits.credential_bytes_max = 128;
    limits.reserved_messages_max = 2;
    limits.reserved_bytes = 256;
    limits.outbound_message_bytes_max = 1024;
    limits.inbound_message_bytes_max = 1024;
    limits.read_buffer_bytes = 512;
    limits.write_buffer_bytes = 768;
    limits.fragment_bytes_max = 512;
    limits.upgrade_bytes_max = 512;
    limits.upgrade_headers_max = 16;
    limits.url_bytes_max = 128;
    limits.addresses_max = 2;
    limits.json_depth_max = 8;
    limits.mask_pool_bytes = 64;
    return limits;
  }
  /// A Cortex-M with some 40 KiB to spare.
  [[nodiscard]] static constexpr Limits tiny() noexcept {
    Limits limits;
    limits.pending_max = 8;
    limits.outbound_messages_max = 16;
    limits.outbound_bytes = 8 * 1024;
    limits.outbound_block_bytes = 64;
    limits.credential_bytes_max = 512;
    limits.reserved_bytes = 1536;
    limits.outbound_message_bytes_max = 4 * 1024;
    limits.inbound_message_bytes_max = 4 * 1024;
    limits.read_buffer_bytes = 1024;
    limits.write_buffer_bytes = 2048;
    limits.fragment_bytes_max = 1024;
    limits.upgrade_bytes_max = 2048;
    limits.upgrade_headers_max = 32;
    limits.url_bytes_max = 256;
    limits.addresses_max = 4;
    limits.json_depth_max = 16;
    limits.mask_pool_bytes = 256;
    return limits;
  }
  /// A small Linux device.
  [[nodiscard]] static constexpr Limits small() noexcept {
    Limits limits;
    limits.pending_max = 32;
    limits.outbound_messages_max = 64;
    limits.outbound_bytes = 64 * 1024;
    limits.outbound_block_bytes = 128;
    limits.credential_bytes_max = 1024;
    limits.outbound_message_bytes_max = 64 * 1024;
    limits.inbound_message_bytes_max = 64 * 1024;
    limits.read_buffer_bytes = 16 * 1024;
    limits.write_buffer_bytes = 16 * 1024;
    limits.fragment_bytes_max = 8 * 1024;
    limits.upgrade_bytes_max = 4096;
    limits.mask_pool_bytes = 1024;
    return limits;
  }
  /// A Raspberry Pi or a server: the defaults.
  [[nodiscard]] static constexpr Limits host() noexcept { return Limits{}; }
};

/// Longest credential as it is sent, in bytes: twice its size, which is enough for base64 and for JSON that
/// escapes every character with a backslash. (Control characters may take more in JSON: if they do not fit,
/// the attempt ends.)
[[nodiscard]] constexpr std::uint32_t sent_credential_bytes(const Limits& limits) noexcept {
  return 2U * limits.credential_bytes_max;
}

/// Checks whether a client can be constructed with these limits.
/// Errors:
/// - config: a limit is out of range; the message names it and its range
[[nodiscard]] Result<void> check(const Limits& limits) noexcept;

}  // namespace kedge

#pragma once
// Every limit of a line and its requests, in one place. A protocol may have more of its own.

#include <kedge/result.hpp>

#include <cstdint>

namespace kedge {

/// The limits of one client, whatever protocol it speaks. Chosen before construction, never changed; the
/// protocol's `storage_bytes()` says what they cost. The client's `connect()`, and `check()`, report one that
/// is out of its range. Those without a range here take 1 or more, up to 256 MiB.
struct Limits {
  /// Requests in flight at once; one more is refused with `queue_full`. 1 to 4096.
  std::uint16_t pending_max = 64;
  /// Outbound messages of the user that wait, are being written, or are kept until acknowledged. 1 to 4096.
  std::uint16_t outbound_messages_max = 128;
  /// Bytes of those messages, in blocks of `outbound_block_bytes`; a message takes whole blocks.
  std::uint32_t outbound_bytes = 256 * 1024;
  /// Size of a block of the outbound store. 32 to 4096.
  std::uint16_t outbound_block_bytes = 256;
  /// Largest credential, the peer's or the proxy's; a larger one ends its attempt, naming this. Kept for each
  /// client, with room for it as it is sent (`sent_credential_bytes`) in its upgrade and in its reserved
  /// messages. An upgrade's request has to fit into `write_buffer_bytes` as a whole: one that does not, with
  /// the URL, the headers and the credential that it happens to have, ends its attempt and says so. `check()`
  /// knows none of these. 1 to 16384.
  std::uint16_t credential_bytes_max = 4096;
  /// Room kept for the protocol's own messages (authentication, acknowledgements, polls, subscriptions that a
  /// line renews), never taken by the user's. 2 to 256.
  std::uint16_t reserved_messages_max = 4;
  /// Their bytes, beside those of a credential. 256 or more.
  std::uint32_t reserved_bytes = 2048;
  /// Largest message of the user's that can be sent; one that `outbound_bytes` cannot hold is too large as
  /// well.
  std::uint32_t outbound_message_bytes_max = 256 * 1024;
  /// Largest message received whole (RFC 6455 section 10.4). A larger answer ends its request with
  /// `too_large` where its beginning tells whose it is (agent-gate, btp); each protocol says what else
  /// becomes of one. 128 or more.
  std::uint32_t inbound_message_bytes_max = 256 * 1024;
  /// Bytes read from the stream at once. 512 or more.
  std::uint32_t read_buffer_bytes = 64 * 1024;
  /// Frames are masked into this buffer and written with one call; also the longest fragment, and the longest
  /// request of an upgrade or to a proxy. 512 or more.
  std::uint32_t write_buffer_bytes = 64 * 1024;
  /// Longest payload of one outgoing frame; a longer message goes out in fragments, so that a ping need not
  /// wait for it. At most `write_buffer_bytes` - 14: a frame is written whole.
  std::uint32_t fragment_bytes_max = 32 * 1024;
  /// Longest head of the upgrade's response, all header lines together; half as much, beside a credential,
  /// may the protocol add to the request. 256 or more.
  std::uint16_t upgrade_bytes_max = 8192;
  /// Most header lines of an upgrade. 8 to 1024.
  std::uint16_t upgrade_headers_max = 64;
  /// Longest URL, query included; also the Host header and the proxy's URL together. 16 to 8192.
  std::uint16_t url_bytes_max = 512;
  /// Addresses of a name that are tried in one attempt; where it has more, the next attempt begins with
  /// others.
  std::uint8_t addresses_max = 8;
  /// Deepest nesting of JSON that is read. 8 or more.
  std::uint8_t json_depth_max = 32;
  /// Random bytes fetched at once for mask keys (RFC 6455 section 5.3); a multiple of 4.
  std::uint16_t mask_pool_bytes = 4096;

  /// A Cortex-M with some 10 KiB to spare: two requests at a time, messages of 1 KiB, short tokens. A server
  /// whose upgrade has a long head, with cookies perhaps, needs more of `upgrade_bytes_max`.
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

/// A credential as it is sent is at most this long: twice its size, which base64 needs less than, and JSON
/// that puts a backslash before each character. (One of control characters may take more in JSON: where it
/// does not fit, its attempt ends.)
[[nodiscard]] constexpr std::uint32_t sent_credential_bytes(const Limits& limits) noexcept {
  return 2U * limits.credential_bytes_max;
}

/// Whether a client can be made with these limits. Errors: config, naming the member and what it may be.
[[nodiscard]] Result<void> check(const Limits& limits) noexcept;

}  // namespace kedge

#pragma once
// The head of the response that counts, to an upgrade or to a proxy's CONNECT (RFC 9112 section 4, RFC 9110
// section 15), in fixed memory.

#include <kedge/error.hpp>
#include <kedge/result.hpp>
#include <kedge/time.hpp>

#include "http_head.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace kedge::ws {

inline constexpr int switching_protocols = 101;

struct UpgradeResponse {
  int status = 0;                       ///< 0 before the status line was read
  std::optional<WallTime> date;         ///< the Date header (RFC 9110 section 6.6.1), if any and valid
  std::chrono::seconds retry_after{0};  ///< Retry-After, seconds or a date relative to Date; 0 when absent
};

/// Who answers; errors name it, in words and by their layer.
enum class Answerer : std::uint8_t { server, proxy };

/// Reads interim responses and the one behind them.
class ResponseHead {
 public:
  /// `storage` bounds a head; borrowed.
  ResponseHead(std::span<std::byte> storage, std::uint16_t headers_max) noexcept;
  /// Before each answer: forgets the one before.
  void start(Answerer answerer) noexcept;

  /// True when the head is complete, false when more is needed; `*taken` is how many bytes belong to it. Up
  /// to eight interim responses (100, 102, 103; RFC 9110 section 15.2) before it are passed over.
  /// Errors, layer http or proxy, layer_code 0: protocol (malformed), too_large (over the limit). A peer of
  /// another protocol (TLS, SSH, HTTP/2) is told at the first byte that cannot belong to `HTTP/1.`, as it may
  /// be waiting for us to speak.
  Result<bool> feed(std::span<const std::byte> bytes, std::size_t* taken) noexcept;

  // --- of a complete one ---
  [[nodiscard]] const UpgradeResponse& response() const noexcept { return response_; }
  [[nodiscard]] bool is_http_1_1() const noexcept { return http_1_1_; }
  /// The words behind the status, as they came.
  [[nodiscard]] std::string_view reason() const noexcept;
  [[nodiscard]] const HttpHead& fields() const noexcept { return head_; }

  /// An answer that breaks the rules: kind protocol, who it was, then `why`.
  [[nodiscard]] Error malformed(std::string_view why) const noexcept;
  /// Layer http or proxy.
  [[nodiscard]] Layer layer() const noexcept;

 private:
  [[nodiscard]] Result<void> check_prefix(std::span<const std::byte> bytes, std::size_t* taken) noexcept;
  [[nodiscard]] Error not_http() const noexcept;

  HttpHead head_;
  Answerer answerer_ = Answerer::server;
  bool http_1_1_ = false;
  bool foreign_ = false;  ///< a byte came that is not of `HTTP/1.`: `foreign_byte_`
  std::byte foreign_byte_{};
  std::uint8_t prefix_seen_ = 0;  ///< bytes of `HTTP/1.` read
  int interim_count_ = 0;
  UpgradeResponse response_;
};

}  // namespace kedge::ws

#pragma once
// What a failure is. What to do about a fatal one is policy, and the link's business.

#include <kedge/error.hpp>

#include <cstdint>

namespace kedge {

enum class Severity : std::uint8_t { retryable, fatal };

/// The table that holds for all protocols (shared failure table): fatal are HTTP 3xx, 400, 401, 403, 404,
/// 405, 426, a bad upgrade (wrong accept key, unasked subprotocol or extension), certificate verification
/// failure, close 1008 and 1010, and every `config` error; what is in no row is retryable. A protocol may
/// overrule it.
[[nodiscard]] Severity classify(const Error& error) noexcept;

/// What ended a connection before it was ready, for what it means: a server may refuse a credential by its
/// close code alone (1008).
[[nodiscard]] Error before_ready(const Error& why) noexcept;

}  // namespace kedge

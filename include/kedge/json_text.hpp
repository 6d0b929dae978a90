#pragma once
// Converts raw JSON strings and numbers to their values.

#include <kedge/result.hpp>
#include <kedge/sink.hpp>

#include <cstdint>
#include <span>
#include <string_view>

namespace kedge::json {

/// Writes the unescaped form of a raw string (the text between the quotes, as returned by `Reader::raw` and
/// `Value::as_raw_string`). With an error, a part may have been written.
/// Errors:
/// - protocol: an escape that JSON does not have, or a lone surrogate; the reader rejects both
/// - too_large: the sink is full
Result<void> unescape(std::string_view raw, Sink& sink) noexcept;
/// Returns the unescaped form of a raw string in `buffer`, or `raw` itself if it has no escapes. It is never
/// longer than `raw`.
/// Errors:
/// - protocol: as above
/// - too_large: `buffer` is too small
Result<std::string_view> unescape(std::string_view raw, std::span<char> buffer) noexcept;
/// Whether the unescaped form of a raw string equals `text`.
[[nodiscard]] bool equals(std::string_view raw, std::string_view text) noexcept;

/// The value of an integer literal: digits with an optional minus, no fraction and no exponent (`1.0` and
/// `1e2` are not integers here).
/// Errors:
/// - protocol: not an integer, or out of range
Result<std::int64_t> to_int64(std::string_view number) noexcept;
/// The same for unsigned integers; `-0` is 0.
/// Errors:
/// - protocol: as above
Result<std::uint64_t> to_uint64(std::string_view number) noexcept;
/// The nearest double to a number of any length; a number that is too small becomes a zero of its sign.
/// Errors:
/// - protocol: not a number as RFC 8259 section 6 defines it, or beyond the range of a double
Result<double> to_double(std::string_view number) noexcept;

}  // namespace kedge::json

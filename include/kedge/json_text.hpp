#pragma once
// From JSON's raw strings and numbers to what they mean.

#include <kedge/result.hpp>
#include <kedge/sink.hpp>

#include <cstdint>
#include <span>
#include <string_view>

namespace kedge::json {

/// Writes the unescaped form of a raw string (what stands between the quotes, as `Reader::raw` and
/// `Value::as_raw_string` give it). Errors: protocol (an escape that is not JSON's, a lone surrogate; the
/// reader lets none pass), too_large (the sink had no room). May have written a beginning.
Result<void> unescape(std::string_view raw, Sink& sink) noexcept;
/// The unescaped form of a raw string, in `buffer` - or `raw` itself when it holds no escape. It is never
/// longer than `raw`. Errors as above.
Result<std::string_view> unescape(std::string_view raw, std::span<char> buffer) noexcept;
/// Whether a raw string, unescaped, is `text`.
[[nodiscard]] bool equals(std::string_view raw, std::string_view text) noexcept;

/// The value of an integer literal: digits with at most a minus, no fraction and no exponent (`1.0` and `1e2`
/// are not integers here). Errors: protocol (not an integer, or out of range).
Result<std::int64_t> to_int64(std::string_view number) noexcept;
/// The same without a sign; `-0` is 0.
Result<std::uint64_t> to_uint64(std::string_view number) noexcept;
/// The nearest double, of a number of any length; what is too small becomes a zero of its sign. Errors:
/// protocol (not a number as RFC 8259 section 6 defines it, or beyond the range of a double).
Result<double> to_double(std::string_view number) noexcept;

}  // namespace kedge::json

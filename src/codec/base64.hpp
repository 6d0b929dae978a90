#pragma once
// Base 64 (RFC 4648 sections 4 and 5). Decoding is strict: one text for each sequence of bytes.

#include <kedge/result.hpp>
#include <kedge/sink.hpp>

#include <cstddef>
#include <span>
#include <string_view>

namespace kedge::codec {

enum class Base64 : unsigned char {
  standard,      ///< `+` and `/`, padded (section 4)
  url,           ///< `-` and `_`, padded (section 5)
  url_unpadded,  ///< `-` and `_`, never padded (section 3.2; as JOSE wants it)
};

/// Characters that encode `bytes` bytes.
[[nodiscard]] constexpr std::size_t base64_encoded_size(std::size_t bytes, Base64 kind) noexcept {
  const std::size_t whole = bytes / 3 * 4;
  const std::size_t rest = bytes % 3;
  if (rest == 0) return whole;
  return whole + (kind == Base64::url_unpadded ? rest + 1 : 4);
}
/// The most bytes that `characters` characters can hold.
[[nodiscard]] constexpr std::size_t base64_decoded_size_max(std::size_t characters) noexcept {
  return characters / 4 * 3 + characters % 4 * 3 / 4;
}

/// Writes the encoded text into `out`. Errors: too_large (`out` has less than `base64_encoded_size`).
Result<std::string_view> base64_encode(std::span<const std::byte> bytes, std::span<char> out,
                                       Base64 kind = Base64::standard) noexcept;
/// Writes the encoded text to a sink. False when the sink had no room.
[[nodiscard]] bool base64_encode(std::span<const std::byte> bytes, Sink& sink,
                                 Base64 kind = Base64::standard) noexcept;

/// Decodes into `out` and returns the part of it that was written; `out` may begin where `text` does.
/// Errors: protocol (a character outside the alphabet, white space included; padding missing, misplaced or
/// unasked; bits left over that are not zero), too_large. The text itself is never in the error.
Result<std::span<std::byte>> base64_decode(std::string_view text, std::span<std::byte> out,
                                           Base64 kind = Base64::standard) noexcept;

}  // namespace kedge::codec

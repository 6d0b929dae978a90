#pragma once
// What both directions of the message codec agree on.

#include "message.hpp"

#include "../../codec/utf8.hpp"
#include "packet_time.hpp"

#include <algorithm>

namespace kedge::btp {

/// The protocol data that is the packet of btp2 (RFC-0023).
inline constexpr std::string_view packet_entry_name = "ilp";
/// Content type of what is no text.
inline constexpr std::uint16_t octet_stream = 0;

constexpr TimeFormat error_time_format(Dialect dialect) noexcept {
  return dialect == Dialect::crosstown ? TimeFormat::iso8601 : TimeFormat::generalized;
}

/// Whether the characters are those of the dialect's names: the reference of btp2 loses the eighth bit.
[[nodiscard]] inline bool is_text(Dialect dialect, std::string_view text) noexcept {
  if (dialect == Dialect::crosstown) return codec::utf8_valid(text);
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace kedge::btp

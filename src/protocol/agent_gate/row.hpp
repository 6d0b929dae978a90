#pragma once
// One row of `get_pending_results`.

#include "../../codec/siphash.hpp"
#include "row_keys.hpp"

#include <kedge/result.hpp>

#include <cstdint>
#include <span>
#include <string_view>

namespace kedge::agent_gate {

/// Fields of a row, unescaped. A field that is missing or there twice, or lies behind the end of a row cut
/// short, is empty.
struct Row {
  std::string_view request_id;
  std::string_view tool;
  std::string_view args;    ///< JSON text
  std::string_view result;  ///< JSON text of `{status, data}`
};

/// Reads a row in place: `text` is overwritten, views point into it. Of a row that was cut short it gives the
/// fields that are there whole.
[[nodiscard]] Row read_row(std::span<char> text, std::uint8_t depth_max) noexcept;

/// 128 bits of a tool's name and its arguments, whatever their order and spelling. Errors: config (`args` is
/// not JSON, not an object, has a key twice or a number beyond a double), too_large (too many members).
[[nodiscard]] Result<MatchKey> match_key(std::string_view tool, std::string_view args,
                                         const codec::HashKey& key, std::uint8_t depth_max) noexcept;

/// 64 bits of a tool's name, for a row of which nothing more is known.
[[nodiscard]] std::uint64_t tool_key(std::string_view tool, const codec::HashKey& key) noexcept;

}  // namespace kedge::agent_gate

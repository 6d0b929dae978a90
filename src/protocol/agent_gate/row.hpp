#pragma once
// One row of `get_pending_results`.

#include "../../link/pending_pool.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace kedge::agent_gate {

/// Fields of a row, unescaped. A field that is missing, or lies behind the end of a row cut short, is empty.
struct Row {
  std::string_view request_id;
  std::string_view tool;
  std::string_view args;    ///< JSON text
  std::string_view result;  ///< JSON text of `{status, data}`
  bool readable = false;    ///< whether all of it was valid JSON
};

/// Reads a row in place: `text` is overwritten, views point into it. A row that was cut short gives the
/// fields that are there whole.
[[nodiscard]] Row read_row(std::span<char> text, std::uint8_t depth_max) noexcept;

/// 128 bits of a tool's name and its arguments, whatever their order and spelling; empty `args` count as
/// `{}`. None when `args` is not a JSON object.
[[nodiscard]] std::optional<MatchKey> match_key(std::string_view tool, std::string_view args,
                                                std::uint8_t depth_max) noexcept;

}  // namespace kedge::agent_gate

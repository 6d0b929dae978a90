#pragma once
// A JSON-RPC 2.0 response taken apart, and what its codes mean.

#include <kedge/error.hpp>
#include <kedge/result.hpp>

#include <cstdint>
#include <string_view>

namespace kedge::agent_gate {

struct ReplyId {
  enum class Kind : std::uint8_t { missing, null, number, text, other };
  Kind kind = Kind::missing;
  std::uint64_t number = 0;  ///< when `number`
  std::string_view text;     ///< when `text`: between the quotes, escapes as they are
};

/// One response. Views point into the message.
struct Reply {
  ReplyId id;
  std::string_view result;  ///< JSON text; empty for an error
  Error error;              ///< empty for a result
};

/// Reads a whole message. A `result` or `error` that is null beside the other counts as absent. Errors:
/// protocol (not JSON, nested too deep, not an object, a member twice, both result and error or neither, an
/// error without an integer code or without a message).
[[nodiscard]] Result<Reply> read_reply(std::string_view message, std::uint8_t depth_max) noexcept;

/// What a code of the server means (README.md, the table of codes).
[[nodiscard]] ErrorKind kind_of_code(std::int32_t code) noexcept;
/// The error that a code and a message of the server become.
[[nodiscard]] Error remote_error(std::int32_t code, std::string_view message) noexcept;

/// The `{status, data}` of a tool's result, answered directly or kept in a row.
struct ToolResult {
  std::string_view status;  ///< executed, denied, error; empty when it could not be read
  std::string_view data;    ///< JSON text; `null` when it was missing
  Error error;              ///< what the request fails with; empty when executed
};
/// `json` is the text of `{status, data}`; views point into it or have static storage. denied -> denied, or
/// timeout where the data says "Approval timed out"; error -> remote; anything else -> protocol.
[[nodiscard]] ToolResult read_tool_result(std::string_view json, std::uint8_t depth_max) noexcept;

/// Whether a `result` says that the token was accepted.
[[nodiscard]] bool says_authenticated(std::string_view result, std::uint8_t depth_max) noexcept;

}  // namespace kedge::agent_gate

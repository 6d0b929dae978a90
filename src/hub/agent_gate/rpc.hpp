#pragma once
// JSON-RPC 2.0 as agent_gate/README.md has it: one object a message, ids echoed in their own spelling.

#include "../../program/string_sink.hpp"

#include <kedge/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kedge::hub::agent_gate {

using program::StringSink;

namespace code {
inline constexpr int parse_error = -32700;
inline constexpr int invalid_request = -32600;
inline constexpr int unknown_method = -32601;
inline constexpr int denied_by_user = -32001;
inline constexpr int approval_timeout = -32002;
inline constexpr int denied_by_policy = -32003;
inline constexpr int execution_failed = -32004;
inline constexpr int not_authenticated = -32005;
inline constexpr int rate_limited = -32006;
}  // namespace code

/// A message read.
struct Message {
  enum class Reading : std::uint8_t {
    request,      ///< id, method and params are set
    ignored,      ///< JSON, but no object: gets no reply
    parse_error,  ///< not JSON
    invalid,      ///< an object that is no request; `id` is set when it has one
  };
  Reading reading = Reading::parse_error;
  std::string_view id = "null";  ///< JSON text, in the client's own spelling
  std::string method;
  json::Value params;  ///< borrows the message's text
};

/// Reads one message, which the result borrows.
[[nodiscard]] Message read_message(std::string_view text);

/// The string's value, or none when it is no string.
[[nodiscard]] std::optional<std::string> string_of(const json::Value& value);

/// An id as text: of a string its value, of anything else its JSON text.
[[nodiscard]] std::string id_as_text(std::string_view id);

/// An answer; `id` and `result` are JSON text. Empty when they are not.
[[nodiscard]] std::string result_reply(std::string_view id, std::string_view result);
/// An answer that is an error.
[[nodiscard]] std::string error_reply(std::string_view id, int code, std::string_view message);
/// What no server may send: both in one.
[[nodiscard]] std::string both_reply(std::string_view id, std::string_view result);
/// `{"status":...,"data":...}`; `data` is JSON text.
[[nodiscard]] std::string status_data(std::string_view status, std::string_view data);
/// A string as JSON text.
[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace kedge::hub::agent_gate

#pragma once
// The requests of the protocol as they go on the wire: JSON-RPC 2.0, one object a message.

#include <kedge/result.hpp>
#include <kedge/sink.hpp>

#include <cstdint>
#include <string_view>

namespace kedge::agent_gate {

inline constexpr std::string_view auth_id = "auth-1";

// Errors of all: config (text that is not UTF-8), too_large (the sink has no room); the message must not be
// sent then.

/// The first message of a connection. It holds the secret.
Result<void> encode_auth(Sink& sink, std::string_view token) noexcept;
/// `args` is the text of a JSON object, checked by the caller, and goes out as it is.
Result<void> encode_tool_request(Sink& sink, std::string_view tool, std::string_view args,
                                 std::uint64_t id) noexcept;
/// A method without parameters.
Result<void> encode_call(Sink& sink, std::string_view method, std::uint64_t id) noexcept;

}  // namespace kedge::agent_gate

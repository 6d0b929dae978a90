#pragma once
// Messages of a WebSocket as lines of text.

#include <kedge/message.hpp>

#include <string>
#include <string_view>

namespace kedge::cli::websocket {

/// `{"type":"text","text":...}` or `{"type":"binary","base64":...}`, on one line.
[[nodiscard]] std::string message_json(const Message& message);
/// A text on one line, whatever it holds: for a terminal without what that takes for commands (JSON's escapes
/// stand for it), else as it is but for line ends, which are spaces.
[[nodiscard]] std::string message_line(std::string_view text, bool for_terminal);

}  // namespace kedge::cli::websocket

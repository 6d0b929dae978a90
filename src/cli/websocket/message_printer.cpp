#include "message_printer.hpp"

#include "message_text.hpp"

#include <unistd.h>

#include <utility>

namespace kedge::cli::websocket {

MessagePrinter::MessagePrinter(const Options& options, Reporter& reporter)
    : options_(options),
      reporter_(reporter),
      raw_(options.binary && !options.json),
      on_terminal_(::isatty(STDOUT_FILENO) == 1) {}

Result<void> MessagePrinter::check() const {
  if (!raw_ || !on_terminal_) return {};
  return Error(ErrorKind::config, "--binary prints bytes as they are, not on a terminal; see --json");
}

std::optional<std::string> MessagePrinter::print(const Message& message) {
  if (options_.json) return message_json(message).append("\n");
  if (raw_) return std::string(message.text());
  if (message.type == MessageType::binary) {
    if (!std::exchange(told_of_binary_, true))
      reporter_.warning("a binary message was not printed, nor will others be: see --binary and --json");
    return std::nullopt;
  }
  if (message.text().find('\n') != std::string_view::npos && !std::exchange(told_of_line_ends_, true)) {
    reporter_.note("line ends in messages are not printed as such: see --json");
  }
  return message_line(message.text(), on_terminal_).append("\n");
}

}  // namespace kedge::cli::websocket

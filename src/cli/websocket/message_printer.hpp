#pragma once
// What is printed of the messages that come.

#include "../reporter.hpp"
#include "options.hpp"

#include <kedge/message.hpp>
#include <kedge/result.hpp>

#include <optional>
#include <string>

namespace kedge::cli::websocket {

/// Of the first message that is not printed, or not as it came, it says so.
class MessagePrinter {
 public:
  /// Both are borrowed.
  MessagePrinter(const Options& options, Reporter& reporter);

  /// Errors: config: standard output is not for such messages.
  [[nodiscard]] Result<void> check() const;
  /// What standard output gets of a message; none: nothing.
  [[nodiscard]] std::optional<std::string> print(const Message& message);

 private:
  const Options& options_;
  Reporter& reporter_;
  const bool raw_;  // bytes come out as they are
  const bool on_terminal_;
  bool told_of_line_ends_ = false;
  bool told_of_binary_ = false;
};

}  // namespace kedge::cli::websocket

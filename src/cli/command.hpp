#pragma once
// A command of kedge's: what it takes on the command line, and what it does. Each protocol has one, in its
// own folder here, and a line in the table, commands.cpp; nothing else in this folder names a protocol.

#include "connection_options.hpp"
#include "exit_code.hpp"

#include <memory>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}  // namespace CLI

namespace kedge::cli {

class Command {
 public:
  /// Static storage.
  struct Words {
    const char* name;         ///< on the command line
    const char* description;  ///< in the help
    /// Lines for the help of every command that prints a result, also those of other protocols.
    const char* of_results = "";
  };

  explicit Command(const Words& words) noexcept : words_(words) {}
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;
  virtual ~Command() = default;

  [[nodiscard]] const Words& words() const noexcept { return words_; }
  /// Once, before all else: adds its options, and commands of its own, to `command`, which has its name and
  /// is borrowed. `output`: what a help says of where results go (ConnectionArguments::Words::output).
  virtual void add_to(CLI::App& command, std::string_view output) = 0;
  /// Once, when it was named: takes what the command line said, and the environment where that says nothing.
  /// Throws CLI::ParseError.
  virtual void take() = 0;
  /// What was taken.
  [[nodiscard]] virtual const ConnectionOptions& options() const noexcept = 0;
  /// Once, when they were taken: does it, to its end, and prints what it found.
  virtual ExitCode run() = 0;

 private:
  Words words_;
};

/// One of each, in the order of the help: the table. A folder's comes from its function `make_command`.
[[nodiscard]] std::vector<std::unique_ptr<Command>> make_commands();

}  // namespace kedge::cli

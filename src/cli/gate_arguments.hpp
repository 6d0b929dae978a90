#pragma once
// The command line of `kedge agent-gate`.

#include "connection_arguments.hpp"
#include "gate_options.hpp"

namespace kedge::cli {

class GateArguments {
 public:
  /// Adds the command with its own commands. Borrows `app`.
  explicit GateArguments(CLI::App& app);

  [[nodiscard]] bool named() const noexcept;
  /// Once, when it was named. Throws CLI::Error.
  [[nodiscard]] GateOptions take();

 private:
  struct Command {
    Command(CLI::App& gate, GateOptions::Verb verb, const char* name, const char* what);
    CLI::App* app;
    GateOptions options;
    bool no_spool = false;
    ConnectionArguments connection;
  };
  void add_call_options();

  CLI::App* gate_;
  Command call_;
  Command pending_;
  Command tools_;
  CLI::Option* arguments_ = nullptr;
  CLI::Option* after_loss_ = nullptr;
  double after_loss_s_ = 0;
};

}  // namespace kedge::cli

#pragma once
// The command line of `kedge agent-gate`.

#include "../connection_arguments.hpp"
#include "options.hpp"

namespace kedge::cli::agent_gate {

class Arguments {
 public:
  /// Adds its own commands to `gate`, which is borrowed. `output`: of ConnectionArguments::Words.
  Arguments(CLI::App& gate, std::string_view output);

  /// Once, when it was named. Throws CLI::Error.
  [[nodiscard]] Options take();

 private:
  /// One of its commands.
  struct Verb {
    Verb(CLI::App& gate, std::string_view output, Options::Verb verb, const char* name, const char* what);
    CLI::App* app;
    Options options;
    bool no_spool = false;
    ConnectionArguments connection;
  };
  void add_call_options();

  Verb call_;
  Verb pending_;
  Verb tools_;
  CLI::Option* arguments_ = nullptr;
  CLI::Option* after_loss_ = nullptr;
  double after_loss_s_ = 0;
};

}  // namespace kedge::cli::agent_gate

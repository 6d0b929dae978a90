#include "gate_arguments.hpp"

#include "../program/option_checks.hpp"

#include <CLI/CLI.hpp>

#include <utility>

namespace kedge::cli {

namespace {

CLI::App* add_gate(CLI::App& app) {
  CLI::App* gate = app.add_subcommand("agent-gate", "Tools behind a human's approval (JSON-RPC 2.0)");
  gate->require_subcommand(1);
  add_common(*gate);
  return gate;
}

}  // namespace

GateArguments::Command::Command(CLI::App& gate, GateOptions::Verb verb, const char* name, const char* what)
    : app(gate.add_subcommand(name, what)), connection(*app, options, GateOptions::default_timeout) {
  options.verb = verb;
}

GateArguments::GateArguments(CLI::App& app)
    : gate_(add_gate(app)),
      call_(*gate_, GateOptions::Verb::call, "call", "Run a tool and print the data of its result"),
      pending_(*gate_, GateOptions::Verb::pending, "pending",
               "Print the results of earlier requests: those kept here, then those that the server has and "
               "deletes as it hands them out"),
      tools_(*gate_, GateOptions::Verb::tools, "tools",
             "List the tools; older servers answer with error -32601") {
  add_call_options();
  for (Command* command : {&call_, &pending_}) {
    command->app->add_flag(
        "--no-spool", command->no_spool,
        "Keep no results of earlier requests in $XDG_STATE_HOME/kedge, and print none from there");
  }
}

void GateArguments::add_call_options() {
  CLI::App& call = *call_.app;
  call.add_option("TOOL", call_.options.tool, "The tool's name")->required();
  arguments_ = call.add_option("JSON", call_.options.arguments,
                               "Its arguments, a JSON object [{}]; @FILE: of a file; -: of standard input");
  after_loss_ = call.add_option("--after-loss", after_loss_s_,
                                "Seconds to wait for the result once the line is back that was lost with the "
                                "request on it; 0 or some for a tool that needs no approval, whose answer is "
                                "not kept [as long as --timeout says]")
                    ->type_name("SECONDS")
                    ->check(program::seconds_between(0, 1e9));
}

bool GateArguments::named() const noexcept {
  return gate_->parsed();
}

GateOptions GateArguments::take() {
  Command& command = tools_.app->parsed() ? tools_ : pending_.app->parsed() ? pending_ : call_;
  command.connection.complete();
  GateOptions options = std::move(command.options);
  options.spool = !command.no_spool;
  if (arguments_->count() > 0 && options.arguments.empty()) {
    throw CLI::ValidationError("JSON", no_arguments);
  }
  if (options.arguments.starts_with('@')) {
    options.arguments_file = std::exchange(options.arguments, {}).substr(1);
    if (options.arguments_file.empty()) throw CLI::ValidationError("JSON", "@ without the name of a file");
  } else if (options.arguments == "-") {
    options.arguments_file = std::exchange(options.arguments, {});
  }
  if (after_loss_->count() > 0) options.after_loss = milliseconds(after_loss_s_);
  return options;
}

}  // namespace kedge::cli

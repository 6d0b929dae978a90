#include "arguments.hpp"

#include "../../program/option_checks.hpp"

#include <CLI/CLI.hpp>

#include <utility>

namespace kedge::cli::agent_gate {

Arguments::Verb::Verb(CLI::App& gate, std::string_view output, Options::Verb verb, const char* name,
                      const char* what)
    : app(gate.add_subcommand(name, what)),
      connection(*app, options, Options::default_timeout, {.output = output}) {
  options.verb = verb;
}

Arguments::Arguments(CLI::App& gate, std::string_view output)
    : call_(gate, output, Options::Verb::call, "call", "Run a tool and print the data of its result"),
      pending_(gate, output, Options::Verb::pending, "pending",
               "Print the results of earlier requests: those kept here, then those that the server has and "
               "deletes as it hands them out"),
      tools_(gate, output, Options::Verb::tools, "tools",
             "List the tools; older servers answer with error -32601") {
  gate.require_subcommand(1);
  add_common(gate, output);
  add_call_options();
  for (Verb* command : {&call_, &pending_}) {
    command->app->add_flag(
        "--no-spool", command->no_spool,
        "Keep no results of earlier requests in $XDG_STATE_HOME/kedge, and print none from there");
  }
}

void Arguments::add_call_options() {
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

Options Arguments::take() {
  Verb& command = tools_.app->parsed() ? tools_ : pending_.app->parsed() ? pending_ : call_;
  command.connection.complete();
  Options options = std::move(command.options);
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

}  // namespace kedge::cli::agent_gate

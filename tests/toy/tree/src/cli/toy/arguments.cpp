#include "arguments.hpp"

#include <CLI/CLI.hpp>

#include <utility>

namespace kedge::cli::toy {

namespace {

CLI::App* add_ask(CLI::App& toy, std::string_view output) {
  toy.require_subcommand(1);
  add_common(toy, output);
  return toy.add_subcommand("ask", "Ask, and print the answer");
}

}  // namespace

Arguments::Arguments(CLI::App& toy, std::string_view output)
    : ask_(add_ask(toy, output)), connection_(*ask_, options_, Options::default_timeout, {.output = output}) {
  ask_->add_option("TEXT", options_.text, "What to ask")->required();
}

Options Arguments::take() {
  connection_.complete();
  return std::move(options_);
}

}  // namespace kedge::cli::toy

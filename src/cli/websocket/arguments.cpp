#include "arguments.hpp"

#include "../../program/option_checks.hpp"
#include "header_line.hpp"

#include <CLI/CLI.hpp>

#include <utility>

namespace kedge::cli::websocket {

namespace {

constexpr ConnectionArguments::Words connection_words{
    .url = "URL,--url",
    .url_required = "URL",
    .token_file =
        "File that holds the token of --bearer or the user:password of --basic; read again at each "
        "attempt (a pipe: once)",
    .timeout = "Seconds without a line until the command gives up, 0.001 or more [never]",
    .timeout_has_default = false,
    .retry = "Keep trying when the first connection fails, and when the server closes with 1000",
    .json =
        "Messages, states and errors as JSON lines: {\"type\":\"text\",\"text\":...} or "
        "{\"type\":\"binary\",\"base64\":...}",
    .output = "Messages are on standard output; states and errors are on standard error.\n",
};

CLI::Validator header() {
  return {[](const std::string& text) {
            if (text.starts_with('@'))
              return std::string(text.size() > 1 ? "" : "@ without the name of a file");
            return why_no_header(text, true);
          },
          ""};
}

}  // namespace

Arguments::Arguments(CLI::App& command, std::string_view)
    : connection_(command, options_, Options::default_timeout, connection_words) {
  command.add_flag("--binary", options_.binary,
                   "Send what standard input gives as binary messages, as it is read (up to 64 KiB each), "
                   "and print the bytes that come, with nothing between messages");
  const auto many = [&command](const char* name, std::vector<std::string>& values, const char* what) {
    return command.add_option(name, values, what)
        ->expected(1)
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  };
  many("--header", options_.headers,
       "A header of the upgrade, 'Name: value'; @FILE: those of a file, a line each, where secrets belong. "
       "May be "
       "repeated")
      ->type_name("HEADER")
      ->check(header());
  many("--subprotocol", options_.subprotocols,
       "A subprotocol to offer, the one preferred first. May be repeated, up to 4 times")
      ->type_name("NAME");
  command.add_option("--user-agent", options_.user_agent, "The User-Agent header [none]");
  auto* basic = command.add_flag(
      "--basic", basic_, "Authorization: Basic, with the user:password of KEDGE_TOKEN or --token-file");
  command
      .add_flag("--bearer", bearer_, "Authorization: Bearer, with the token of KEDGE_TOKEN or --token-file")
      ->excludes(basic);
  command.add_flag(
      "--resend", options_.resend,
      "Send a message again that was partly out when the line was lost, instead of ending with 9: "
      "it may arrive twice");
  auto* linger = command.add_option(
      "--linger", linger_s_,
      "Once all input is sent, go on receiving until nothing has come for so many seconds [0]");
  linger->type_name("SECONDS")->check(program::seconds_between(0, 1e9));
  command
      .add_flag("--listen", options_.listen,
                "Go on receiving after the end of input, until a signal or the server's end")
      ->excludes(linger);
}

Options Arguments::take() {
  connection_.complete();
  Options options = std::move(options_);
  if (basic_) options.credential = kedge::websocket::CredentialKind::basic;
  if (bearer_) options.credential = kedge::websocket::CredentialKind::bearer;
  if (!options.token_file.empty() && options.credential == kedge::websocket::CredentialKind::none) {
    throw CLI::ValidationError("--token-file", "needs --bearer or --basic, which say how it is shown");
  }
  options.linger = milliseconds(linger_s_);
  if (connection_.timeout_given()) options.lineless = options.timeout;
  return options;
}

}  // namespace kedge::cli::websocket

#include "connection_arguments.hpp"

#include "../program/option_checks.hpp"
#include "exit_code.hpp"

#include <kedge/version.hpp>

#include <CLI/CLI.hpp>

#include <cstdlib>

namespace kedge::cli {

namespace {

constexpr const char* url_variable = "KEDGE_URL";
constexpr const char* ca_variable = "KEDGE_CA";

// Not CLI11's own, which reads them for every command and not for the one that was named.
bool take_from_environment(const CLI::Option& option, const char* variable, std::string& value) {
  const char* given = std::getenv(variable);
  if (option.count() != 0 || given == nullptr) return false;
  value = given;
  return true;
}

}  // namespace

void add_common(CLI::App& app, std::string_view output) {
  app.set_version_flag("--version", "kedge " KEDGE_VERSION);
  app.footer(
      "The token comes from the environment variable KEDGE_TOKEN or from --token-file, never from the "
      "command line.\n"
      "KEDGE_URL, KEDGE_CA and KEDGE_LOG_LEVEL stand for --url, --ca and --log-level where these are not "
      "given.\n"
      "https_proxy for wss://, http_proxy for ws://, else all_proxy, name an HTTP proxy to go through, as\n"
      "http://[user:password@]host[:port]; no_proxy lists the hosts that are reached without one.\n" +
      std::string(output) + "\n" + exit_code_help());
}

std::chrono::milliseconds milliseconds(double seconds) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

ConnectionArguments::ConnectionArguments(CLI::App& command, ConnectionOptions& options,
                                         std::chrono::seconds default_timeout, const Words& words)
    : options_(options), url_required_(words.url_required) {
  options.timeout = default_timeout;
  url_ = command.add_option(words.url, options.url,
                            "The server's address, ws:// or wss://; must be given here or by KEDGE_URL");
  ca_ = command.add_option("--ca", options.ca_file, "PEM file of the CA to trust instead of the system's");
  auto* certificate = command.add_option("--cert", options.certificate_file,
                                         "PEM file of our certificate, for a server that asks for one");
  auto* key = command.add_option("--key", options.key_file, "PEM file of its private key");
  certificate->needs(key);
  key->needs(certificate);
  command.add_option("--token-file", options.token_file, words.token_file);
  timeout_ = command.add_option("--timeout", timeout_s_, words.timeout)
                 ->type_name("SECONDS")
                 ->check(program::seconds_between(0.001, 1e9));
  if (words.timeout_has_default) timeout_->default_str(std::to_string(default_timeout.count()));
  command
      .add_option("--max-message", options.message_bytes_max,
                  "Bytes of the largest message, sent or received")
      ->type_name("BYTES")
      ->capture_default_str()
      ->transform(program::whole_number_between(ConnectionOptions::message_bytes_least,
                                                ConnectionOptions::message_bytes_most));
  command.add_flag("--retry", options.retry, words.retry);
  command.add_flag("--json", options.json, words.json);
  command.add_flag("--quiet", options.quiet, "On standard error only errors, and what would else be lost");
  log_level_.add_to(command);
  add_common(command, words.output);
}

bool ConnectionArguments::timeout_given() const noexcept {
  return timeout_->count() > 0;
}

void ConnectionArguments::complete() {
  take_from_environment(*url_, url_variable, options_.url);
  if (take_from_environment(*ca_, ca_variable, options_.ca_file)) options_.ca_option = ca_variable;
  if (url_->count() == 0 && options_.url.empty()) {
    throw CLI::RequiredError(std::string(url_required_) + ", or " + url_variable);
  }
  options_.log_level = log_level_.level();
  if (timeout_given()) options_.timeout = milliseconds(timeout_s_);
}

}  // namespace kedge::cli

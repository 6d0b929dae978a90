#include "arguments.hpp"

#include "../../base/whole_number.hpp"
#include "../../program/hex.hpp"

#include <CLI/CLI.hpp>

#include <utility>

namespace kedge::cli::btp {

namespace {

// A check for an option: pairs of hexadecimal digits; so many when `bytes` is not 0.
CLI::Validator hex_bytes(std::size_t bytes) {
  return {[bytes](const std::string& text) {
            const auto read = program::from_hex(text);
            if (!read) return std::string("not pairs of hexadecimal digits");
            if (bytes == 0 || read->size() == bytes) return std::string();
            return "not " + std::to_string(bytes) + " bytes";
          },
          "HEX"};
}

CLI::Validator u64() {
  return {[](const std::string& text) {
            return whole_number(text) ? std::string() : std::string("not an integer from 0 to 2^64-1");
          },
          "UINT"};
}

CLI::Validator data_or_file() {
  return {[](const std::string& text) {
            const bool file = text.starts_with('@') && text.size() > 1;
            return file || program::from_hex(text) ? std::string()
                                                   : std::string("neither hexadecimal digits nor @FILE");
          },
          "HEX|@FILE"};
}

CLI::App* add_send(CLI::App& btp, std::string_view output) {
  btp.require_subcommand(1);
  add_common(btp, output);
  return btp.add_subcommand("send", "Send a PREPARE and print its FULFILL or REJECT (exit code 7)");
}

}  // namespace

Arguments::Arguments(CLI::App& btp, std::string_view output)
    : send_(add_send(btp, output)),
      connection_(*send_, options_, Options::default_timeout, {.output = output}) {
  send_->add_option("--to", options_.to, "The destination, an ILP address")->required();
  send_->add_option("--amount", amount_, "The amount")->required()->check(u64());
  send_->add_option("--data", data_, "The packet's data; @FILE: of a file; @-: of standard input")
      ->check(data_or_file());
  send_
      ->add_option("--condition", condition_,
                   "32 bytes; unless given, SHA-256(data) is what fulfils the packet")
      ->check(hex_bytes(ilp::hash_bytes));
  send_->add_option("--peer-id", options_.peer_id, "Who we say we are")->capture_default_str();
  send_->add_option("--dialect", dialect_, "The connector's dialect of BTP")
      ->check(
          CLI::IsMember({to_string(kedge::btp::Dialect::crosstown), to_string(kedge::btp::Dialect::btp2)}))
      ->capture_default_str();
}

Options Arguments::take() {
  connection_.complete();
  Options options = std::move(options_);
  options.amount = *whole_number(amount_);
  if (data_.starts_with('@')) {
    options.data_file = data_.substr(1);
  } else {
    options.data = *program::from_hex(data_);
  }
  if (!condition_.empty()) options.condition = program::from_hex(condition_);
  options.dialect = *kedge::btp::dialect_named(dialect_);
  return options;
}

}  // namespace kedge::cli::btp

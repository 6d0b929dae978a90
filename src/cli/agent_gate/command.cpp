#include "../../program/byte_order_mark.hpp"
#include "../command_of.hpp"
#include "../command_run.hpp"
#include "../input.hpp"
#include "arguments.hpp"
#include "pending_command.hpp"
#include "waiting_rows.hpp"

#include <kedge/agent_gate.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace kedge::cli::agent_gate {

namespace {

constexpr std::int32_t already_connected = 4000;

ExitCode exit_code_of_print(const Error& error) {
  if (error.kind() == ErrorKind::cancelled) return ExitCode::interrupted;
  return error.kind() == ErrorKind::too_large ? ExitCode::protocol : ExitCode::other;
}

class GateRun final : public CommandRun {
 public:
  explicit GateRun(const Options& options)
      : CommandRun(options), options_(options), rows_(options, reporter()) {}

 private:
  using Verb = Options::Verb;

  [[nodiscard]] std::size_t storage_bytes() const noexcept override {
    return kedge::agent_gate::storage_bytes(gate_limits());
  }
  Result<void> connect(ClientConfig config, std::span<std::byte> storage) override;
  Result<void> ask() override;
  // The gateway gives the place of an agent that has just left to the next one after some moments.
  [[nodiscard]] bool comes_back(const Error& error) const noexcept override {
    return error.layer() == Layer::websocket && error.layer_code() == already_connected;
  }
  [[nodiscard]] bool may_have_asked() const noexcept override { return options_.verb == Verb::call; }
  [[nodiscard]] std::string fetch_command(ExitCode code, const Error& error) const override;
  [[nodiscard]] std::string_view awaits() const noexcept override;
  void retry_now() noexcept override { client_->retry_now(); }
  void close() noexcept override { client_->close(); }
  void destroy() noexcept override { client_.reset(); }
  ExitCode print(ExitCode code) override;

  [[nodiscard]] kedge::agent_gate::Limits gate_limits() const noexcept {
    return {limits(), options_.message_bytes_max};
  }
  Result<Handle> request();
  void on_ready() noexcept override { was_ready_ = true; }
  void on_outcome(const Outcome& outcome) noexcept;
  ExitCode print_rows(ExitCode code);
  ExitCode print_answer(ExitCode code);
  void keep_result();
  void on_row(const kedge::agent_gate::ResultRow& row) noexcept;

  const Options& options_;
  std::string arguments_;
  std::string request_id_;
  std::optional<kedge::agent_gate::Client> client_;
  WaitingRows rows_;
  std::optional<std::string> answer_;
  bool was_ready_ = false;
};

Result<void> GateRun::connect(ClientConfig client_config, std::span<std::byte> storage) {
  arguments_ = options_.arguments;
  if (!options_.arguments_file.empty()) {
    auto read = read_input("JSON", options_.arguments_file, limits().outbound_message_bytes_max, patience());
    if (!read) return read.error();
    arguments_ = program::without_byte_order_mark(*read);
    if (arguments_.empty()) {
      return Error(ErrorKind::config, "JSON ")
          .append(options_.arguments_file)
          .append(": ")
          .append(no_arguments);
    }
  }
  // Fetching deletes them at the server: who lists tools does not ask for them, and what could neither be
  // kept nor shown stays there.
  const bool fetches = options_.verb == Verb::pending || (options_.verb == Verb::call && rows_.can_keep());
  if (options_.verb == Verb::pending) rows_.take();
  kedge::agent_gate::Config config;
  config.client = std::move(client_config);
  config.on_unclaimed_row = [this](const kedge::agent_gate::ResultRow& row) noexcept { on_row(row); };
  config.fetch_at_ready = fetches;
  client_.emplace(port(), std::move(config), gate_limits(), storage);
  return client_->connect().error();
}

Result<void> GateRun::ask() {
  const auto asked = request();
  if (const auto id = asked ? client_->request_id(*asked) : std::nullopt) request_id_ = std::to_string(*id);
  return asked.error();
}

Result<Handle> GateRun::request() {
  auto completion = [this](const Outcome& outcome) noexcept { on_outcome(outcome); };
  kedge::agent_gate::RequestOptions request;
  request.deadline = time_left();
  switch (options_.verb) {
    case Verb::call:
      request.after_loss = options_.after_loss;
      return client_->tool_request(options_.tool, arguments_, completion, request);
    case Verb::pending:
      return client_->get_pending_results(completion, request);
    case Verb::tools:
      return client_->list_tools(completion, request);
  }
  return Error(ErrorKind::config, "no such command");
}

std::string_view GateRun::awaits() const noexcept {
  return options_.verb == Verb::call ? "waiting for approval" : "waiting for the answer";
}

// A result can still come when the tool was asked for and the server has not said how it ended.
std::string GateRun::fetch_command(ExitCode code, const Error& error) const {
  if (options_.verb != Verb::call || !was_ready_) return {};
  const bool deadline = code == ExitCode::timeout && error.layer() != Layer::protocol;
  const bool open = deadline || code == ExitCode::outcome_unknown || code == ExitCode::interrupted;
  return open ? pending_command(options_, true) : std::string();
}

void GateRun::on_outcome(const Outcome& outcome) noexcept {
  // `closed` is told by the state, which knows why.
  if (!outcome.ok()) {
    if (outcome.error.kind() != ErrorKind::closed) finish(outcome.error);
    return;
  }
  answer_ = outcome.text();
  finish(ExitCode::ok, {});
}

ExitCode GateRun::print(ExitCode code) {
  if (options_.verb == Verb::pending) return print_rows(code);
  if (answer_) code = print_answer(code);
  if (options_.verb == Verb::call) rows_.tell();
  return code;
}

// Also what is kept here alone, whatever the end was.
ExitCode GateRun::print_rows(ExitCode code) {
  if (!answer_ && rows_.empty()) return code;
  const Error error = rows_.print().error();
  if (error.kind() == ErrorKind::too_large && !answer_) {
    reporter().warning(error.message());
  } else if (error) {
    const bool kept = error.kind() != ErrorKind::too_large && rows_.kept();
    reporter().error(error, {}, kept ? pending_command(options_, false) : std::string());
  }
  return error && answer_ ? exit_code_of_print(error) : code;
}

ExitCode GateRun::print_answer(ExitCode code) {
  const Error error = reporter().result(*answer_).error();
  if (!error) return code;
  if (options_.verb == Verb::call) keep_result();
  const std::string_view after = options_.verb == Verb::call ? "; the tool has run" : "";
  reporter().error(Error(error).with_may_have_run(!after.empty()), after,
                   rows_.own_kept() ? pending_command(options_, false) : std::string());
  return exit_code_of_print(error);
}

// It was asked for, perhaps approved, and nobody could be told.
void GateRun::keep_result() {
  const std::string result = std::string(R"({"status":"executed","data":)").append(*answer_).append("}");
  kedge::agent_gate::ResultRow row;
  row.request_id = request_id_;
  row.tool = options_.tool;
  // As the server has them that was given none.
  row.args = arguments_.empty() ? std::string_view("{}") : arguments_;
  row.status = "executed";
  row.result = result;
  rows_.keep(row, Reporter::Owner::this_call);
}

void GateRun::on_row(const kedge::agent_gate::ResultRow& row) noexcept {
  if (options_.verb == Verb::pending) {
    rows_.add(row);
  } else {
    rows_.keep(row, Reporter::Owner::earlier);
  }
}

}  // namespace

std::unique_ptr<Command> make_command() {
  return std::make_unique<CommandOf<Arguments, GateRun>>(Command::Words{
      .name = "agent-gate",
      .description = "Tools behind a human's approval (JSON-RPC 2.0)",
      .of_results =
          "Results that a command does not print are kept in $XDG_STATE_HOME/kedge (~/.local/state/kedge), "
          "for\n'kedge agent-gate pending'.\n"});
}

}  // namespace kedge::cli::agent_gate

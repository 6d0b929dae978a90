#include "gate_command.hpp"

#include <kedge/agent_gate.hpp>

#include <optional>
#include <utility>

namespace kedge::cli {

namespace {

class GateRun final : public CommandRun {
 public:
  explicit GateRun(const GateOptions& options) : CommandRun(options), options_(options) {}

 private:
  Result<void> connect(ClientConfig config, std::span<std::byte> storage) override;
  Result<void> ask() override;
  void close() noexcept override { client_->close(); }
  void destroy() noexcept override { client_.reset(); }
  void print_rest() override;

  Result<Handle> request();
  void on_outcome(const Outcome& outcome) noexcept;
  void on_row(const agent_gate::ResultRow& row) noexcept;
  [[nodiscard]] Result<void> print_rows();

  const GateOptions& options_;
  std::optional<agent_gate::Client> client_;
  std::string rows_;  // of `pending`: "[", and rows joined by commas
};

Result<void> GateRun::connect(ClientConfig client_config, std::span<std::byte> storage) {
  agent_gate::Config config;
  config.client = std::move(client_config);
  config.on_unclaimed_row = [this](const agent_gate::ResultRow& row) noexcept { on_row(row); };
  client_.emplace(port(), std::move(config), limits, storage);
  return client_->connect().error();
}

Result<void> GateRun::ask() {
  return request().error();
}

Result<Handle> GateRun::request() {
  auto completion = [this](const Outcome& outcome) noexcept { on_outcome(outcome); };
  agent_gate::RequestOptions request;
  request.deadline = options_.timeout;
  switch (options_.verb) {
    case GateOptions::Verb::call:
      return client_->tool_request(options_.tool, options_.arguments, completion, request);
    case GateOptions::Verb::pending:
      return client_->get_pending_results(completion, request);
    case GateOptions::Verb::tools:
      return client_->list_tools(completion, request);
  }
  return Error(ErrorKind::config, "no such command");
}

// The server has deleted them.
void GateRun::print_rest() {
  if (!rows_.empty()) (void)print_rows();
}

Result<void> GateRun::print_rows() {
  if (rows_.empty()) return Reporter::result("[]");
  return Reporter::result(std::exchange(rows_, {}).append("]"));
}

void GateRun::on_outcome(const Outcome& outcome) noexcept {
  // `closed` and `connection` are told by the state, which knows why.
  if (!outcome.ok()) {
    if (outcome.error.kind() != ErrorKind::closed) finish(exit_code_for(outcome.error), outcome.error);
    return;
  }
  const bool rows = options_.verb == GateOptions::Verb::pending;
  const auto printed = rows ? print_rows() : Reporter::result(outcome.text());
  finish(printed ? ExitCode::ok : ExitCode::other, printed.error());
}

void GateRun::on_row(const agent_gate::ResultRow& row) noexcept {
  if (options_.verb != GateOptions::Verb::pending) return reporter().unclaimed(row);
  rows_.append(rows_.empty() ? "[" : ",").append(row_as_json(row));
}

}  // namespace

ExitCode run_gate_command(const GateOptions& options) {
  return run_to_end<GateRun>(options);
}

}  // namespace kedge::cli

// A tool request from the policy's word to its answer, or to its row.

#include "gate.hpp"
#include "spelling.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace kedge::hub::agent_gate {

namespace {

/// Beyond any id a client counts to: they start below 2^52.
constexpr std::string_view nobodys_id = "9007199254740991";

std::string data_of(const Tool& tool, const Job& job) {
  if (tool.echo) return job.args;
  if (tool.result_bytes == 0) return tool.result;
  constexpr std::string_view begin = R"({"filler":")";
  constexpr std::string_view end = R"("})";
  const std::size_t filler =
      tool.result_bytes - std::min<std::size_t>(tool.result_bytes, begin.size() + end.size());
  return std::string(begin) + std::string(filler, 'x') + std::string(end);
}

}  // namespace

void Gate::tool_request(const Message& message) {
  std::optional<std::string> tool = string_of(message.params.find("tool"));
  const json::Value args = message.params.find("args");
  if (!tool || !args.is_object()) return malformed(message);
  ++counters_.tool_requests;
  if (!rate_limit_.try_take(server_->now())) {
    ++counters_.limited;
    (void)reply(error_reply(message.id, code::rate_limited, "Rate limit exceeded"));
    return;
  }
  const Decision decision = config_.policy.decide(*tool);
  if (decision == Decision::deny) {
    ++counters_.denied;
    log(LogLevel::info, "denied_by_policy", *tool);
    (void)reply(error_reply(message.id, code::denied_by_policy, "Denied by policy"));
    return;
  }
  Job job{agent_->id(), std::string(message.id), make_request_id(message.id), std::move(*tool),
          std::string(args.text())};
  if (job.request_id.empty()) {
    (void)reply(error_reply(message.id, code::execution_failed, "Execution failed: no randomness"));
  } else if (decision == Decision::allow) {
    execute(std::move(job));
  } else if (approvals_.full()) {
    ++counters_.limited;
    (void)reply(error_reply(message.id, code::rate_limited, "Too many pending approvals"));
  } else {
    log(LogLevel::info, "approval_asked", job.tool);
    job.asked = true;
    approvals_.add(std::move(job), server_->now(), config_.approval_timeout);
  }
}

// Older servers use the client's id, newer ones a UUID of their own (version 4, RFC 9562 section 5.4).
std::string Gate::make_request_id(std::string_view id) {
  if (config_.generation == Generation::older) return id_as_text(id);
  std::array<std::byte, 16> bytes{};
  if (!server_->port().random(bytes)) return {};
  bytes[6] = (bytes[6] & std::byte{0x0F}) | std::byte{0x40};
  bytes[8] = (bytes[8] & std::byte{0x3F}) | std::byte{0x80};
  std::string text;
  constexpr std::string_view digits = "0123456789abcdef";
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += digits[std::to_integer<unsigned>(bytes[i] >> 4)];
    text += digits[std::to_integer<unsigned>(bytes[i] & std::byte{0x0F})];
  }
  return text;
}

const Tool* Gate::find_tool(std::string_view name) const noexcept {
  const auto found = std::find_if(config_.tools.begin(), config_.tools.end(),
                                  [name](const Tool& tool) { return tool.name == name; });
  return found == config_.tools.end() ? nullptr : &*found;
}

// ---- the operator

bool Gate::approve(std::uint64_t approval) noexcept {
  auto taken = approvals_.take(approval);
  if (!taken) return false;
  log(LogLevel::info, "approved", taken->job.tool);
  execute(std::move(taken->job));
  server_->wake();  // a tool that takes its time has a deadline now
  return true;
}

bool Gate::deny(std::uint64_t approval) noexcept {
  auto taken = approvals_.take(approval);
  if (!taken) return false;
  ++counters_.denied;
  log(LogLevel::info, "denied", taken->job.tool);
  complete(taken->job, nullptr, {code::denied_by_user, {}, "Denied by user"});
  server_->wake();
  return true;
}

bool Gate::cut_agent(CutKind how) noexcept {
  if (agent_ == nullptr) return false;
  log(LogLevel::info, "cut", how == CutKind::abrupt ? "abrupt" : "clean");
  agent_->cut(how, "closed by the operator");
  return true;
}

// ---- running

void Gate::execute(Job job) {
  const Tool* tool = find_tool(job.tool);
  if (tool == nullptr) {
    return complete(job, nullptr, {code::execution_failed, {}, "Execution failed: unknown tool"});
  }
  if (running_.size() >= config_.running_max) {
    ++counters_.limited;
    return complete(job, nullptr, {code::rate_limited, {}, "Too many tools are running"});
  }
  ++counters_.executions;
  job.execution = executions_.add(id_as_text(job.id), job.request_id, job.tool, job.args, wall_time());
  for (const Running& done : running_.put(*tool, Running{std::move(job), tool}, server_->now())) finish(done);
}

void Gate::finish(const Running& done) {
  Verdict verdict;
  if (done.tool->error) {
    verdict = {code::execution_failed, {}, *done.tool->error};
  } else {
    verdict.data = data_of(*done.tool, done.job);
  }
  complete(done.job, done.tool, verdict);
}

void Gate::complete(const Job& job, const Tool* tool, const Verdict& verdict) {
  if (tool != nullptr && tool->habit == Habit::silent) return set_fate(job.execution, Fate::silent);
  if (tool != nullptr && tool->habit == Habit::cut && agent_ != nullptr && agent_->id() == job.connection) {
    store_or_lose(job, verdict);
    agent_->cut();
    return;
  }
  if (job.connection == departed_) hold_slot();
  if (!answer(job, tool, verdict)) return store_or_lose(job, verdict);
  set_fate(job.execution, Fate::answered);
}

// False when the connection that asked is gone, or takes nothing more.
bool Gate::answer(const Job& job, const Tool* tool, const Verdict& verdict) {
  if (agent_ == nullptr || agent_->id() != job.connection) return false;
  const Habit habit = tool == nullptr ? Habit::none : tool->habit;
  std::string id = job.id;
  if (habit == Habit::wrong_id) id = nobodys_id;
  if (habit == Habit::text_id) id = quoted(id_as_text(job.id));
  const Spelling spelling = tool == nullptr ? Spelling::plain : tool->spelling;
  if (habit == Habit::both) return reply(both_reply(id, status_data("executed", verdict.data)));
  const std::string text = spelled_reply(spelling, id, verdict);
  if (!reply(text)) return false;
  if (habit == Habit::twice) (void)reply(text);
  return true;
}

// ---- results for later

// Real servers keep what they asked a human about, and nothing else.
void Gate::store_or_lose(const Job& job, const Verdict& verdict) {
  if (job.asked || config_.kept == Kept::all) return store(job, verdict);
  ++counters_.results_lost;
  log(LogLevel::info, "result_lost", job.tool);
  set_fate(job.execution, Fate::lost);
}

void Gate::store(const Job& job, const Verdict& verdict) {
  StoredResult row;
  row.execution = job.execution;
  row.request_id = job.request_id;
  row.tool = job.tool;
  row.args = job.args;
  if (verdict.code == 0) {
    row.result = status_data("executed", verdict.data);
  } else {
    const bool denied = verdict.code == code::denied_by_user || verdict.code == code::approval_timeout;
    row.result = status_data(denied ? "denied" : "error", quoted(verdict.message));
  }
  ++counters_.results_stored;
  log(LogLevel::info, "result_stored", row.tool);
  keep(std::move(row));
}

void Gate::keep(StoredResult row) {
  row.created = wall_time();
  row.expires_wall = row.created + std::chrono::duration_cast<std::chrono::milliseconds>(config_.result_ttl);
  row.expires = after(server_->now(), config_.result_ttl);
  set_fate(row.execution, Fate::kept);
  const std::uint64_t oldest = results_.size() == 0 ? 0 : results_.rows().front().execution;
  if (results_.add(std::move(row))) return;
  set_fate(oldest, Fate::dropped);
  log(LogLevel::warning, "result_dropped", "too many results: the oldest is gone");
}

void Gate::expire_results(Instant now) noexcept {
  if (now < results_.next_deadline()) return;
  for (const StoredResult& row : results_.rows()) {
    if (row.expires <= now) set_fate(row.execution, Fate::expired);
  }
  results_.expire(now);
}

// ---- what became of it

void Gate::set_fate(std::uint64_t execution, Fate fate) noexcept {
  executions_.set(execution, fate, wall_time());
}

WallTime Gate::wall_time() noexcept {
  return server_->port().wall_time().value_or(WallTime{});
}

}  // namespace kedge::hub::agent_gate

#include "agent_gate_process.hpp"

#include <utility>

namespace kedge::rig {

using namespace std::chrono_literals;

AgentProcess::AgentProcess(Run& run, Chaos& chaos, const Plan& plan_in, std::uint64_t first_number,
                           AgentGateServer& server, bool polls_by_hand)
    : ClientActor(run, chaos, plan_in, first_number, server, agent_gate::storage_bytes(plan_in.limits)),
      polls_by_hand_(polls_by_hand),
      late_(chaos.late()) {
  agent_gate::Config config;
  config.client = client_config();
  config.on_unclaimed_row = [this](const agent_gate::ResultRow& row) noexcept { reported(row.result); };
  make(std::move(config), plan().limits, storage_);
  start();
}

void AgentProcess::on_state(LinkState state) {
  look_at_first_poll();
  const Instant now = run_.world.now();
  ready_at_ = state == LinkState::ready ? now : never;
  if (state == LinkState::ready) {
    polled_ = false;
    held_until_ = released_ ? now : after(now, agent_gate::Config{}.poll_timeout);
  }
  if (state != LinkState::ready) refused_by_ = std::min(refused_by_, after(now, late_));
  if (state == LinkState::waiting) expect_unanswerable_to_fail();
}

// A client without randomness has no id to poll with when it becomes ready: it polls before what is asked
// first.
void AgentProcess::asked() {
  if (ready_at_ == never || fetched_ || std::exchange(polled_, true)) return;
  released_ = false;
  held_until_ = after(run_.world.now(), agent_gate::Config{}.poll_timeout);
}

// A question that was sent on a line that is lost is answered by nobody.
void AgentProcess::expect_unanswerable_to_fail() {
  for (const std::uint64_t number : ledger().open()) {
    const Request& request = *ledger().find(number);
    if (!request.taken || request.cancelled) continue;
    if (request.kind == static_cast<int>(Kind::list)) lost_.emplace(number, run_.world.now());
    const auto patience = patience_.find(number);
    if (patience != patience_.end() && patience->second.lost == never)
      patience->second.lost = run_.world.now();
  }
}

// ---- what a user does

void AgentProcess::ask_tool(Duration deadline, bool twin) {
  sim::Rng& rng = run_.rng;
  const bool large = rng.chance(100);
  twin = twin && !nonces_.empty();
  const std::uint64_t nonce = twin ? nonces_.rbegin()->second : server_.fresh_nonce();
  if (twin) server_.expect_twin(nonce);
  std::string args = "{\"n\":" + std::to_string(nonce);
  // Twins are the same to the last byte.
  if (large && !twin)
    args +=
        ",\"pad\":\"" +
        std::string(static_cast<std::size_t>(rng.between(0, plan().limits.outbound_message_bytes_max)), 'p') +
        "\"";
  args += "}";
  // A row of the result holds them too, beside the rest of it. One that is cut inside them is any's whose
  // message, its envelope of at most 128 bytes included, could take as much.
  const std::size_t message = args.size() + 128;
  if (message * 4 > plan().limits.result_row_bytes_max) large_.insert(nonce);
  agent_gate::RequestOptions options;
  options.deadline = deadline;
  options.priority = pick(rng, {Priority::urgent, Priority::normal, Priority::normal, Priority::low});
  if (rng.chance(300)) options.after_loss = rng.between(Duration(0s), Duration(20s));
  Request& request = ledger().begin(static_cast<int>(Kind::tool), options.priority, deadline);
  const std::uint64_t number = request.number;
  nonces_[number] = nonce;
  if (options.after_loss) patience_[number] = {*options.after_loss};
  const auto handle = client_->tool_request(
      "tool", args, [this, number](const Outcome& outcome) noexcept { completed(number, outcome); }, options);
  if (handle) {
    ledger().accepted(request, *handle);
    asked();
  } else {
    ledger().refused(request, handle.error(), client_->state() == LinkState::closed);
    run_.check(handle.error().kind() != ErrorKind::too_large || args.size() > 256,
               "only what is large is too large", [&] { return std::string(handle.error().message()); });
  }
}

void AgentProcess::ask(Kind kind, Duration deadline) {
  agent_gate::RequestOptions options;
  options.deadline = deadline;
  options.priority = pick(run_.rng, {Priority::urgent, Priority::normal, Priority::low});
  Request& request =
      ledger().begin(static_cast<int>(kind), options.priority, deadline, kind != Kind::results);
  const std::uint64_t number = request.number;
  const auto completion = [this, number](const Outcome& outcome) noexcept { completed(number, outcome); };
  const auto handle = kind == Kind::list ? client_->list_tools(completion, options)
                                         : client_->get_pending_results(completion, options);
  if (handle) {
    ledger().accepted(request, *handle);
    asked();
  } else {
    ledger().refused(request, handle.error(), client_->state() == LinkState::closed);
  }
}

void AgentProcess::cancel_something() {
  if (ledger().all().empty()) return;
  const bool of_open = !ledger().open().empty() && run_.rng.chance(600);
  cancel(of_open ? open_request() : any_request());
}

void AgentProcess::do_something(bool from_handler) {
  sim::Rng& rng = run_.rng;
  const std::uint64_t die = rng.between(0, 999);
  const Duration deadline = rng.chance(100)   ? rng.between(Duration(1ms), Duration(500ms))
                            : rng.chance(600) ? rng.between(Duration(1s), Duration(20s))
                                              : rng.between(Duration(20s), Duration(120s));
  if (die < 650) {
    ask_tool(deadline);
  } else if (die < 680) {
    ask_tool(deadline, true);
  } else if (die < 800) {
    cancel_something();
  } else if (die < 850) {
    ask(Kind::list, deadline);
  } else if (die < 880) {
    if (polls_by_hand_) ask(Kind::results, deadline);
  } else if (die < 920) {
    const int burst = static_cast<int>(rng.between(std::uint64_t{1}, 2U * plan().limits.pending_max));
    const bool lists = rng.chance(200);
    for (int i = 0; i < burst; ++i) lists ? ask(Kind::list, deadline) : ask_tool(deadline);
  } else if (die < 950) {
    retry_now();
  } else if (die < 970) {
    connect_again();
  } else if (die < 985) {
    learn();
    retry_now();
  } else if (die < 990 && from_handler && run_.mishap(200)) {
    run_.count(Fault::client_close);
    close();
  }
}

}  // namespace kedge::rig

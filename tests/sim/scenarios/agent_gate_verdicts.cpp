#include "agent_gate_process.hpp"

#include <algorithm>
#include <charconv>

// What came of an agent's requests, against what the server did.

namespace kedge::rig {

namespace {

constexpr std::uint64_t no_nonce = ~std::uint64_t{0};

std::uint64_t number_behind(std::string_view text, std::string_view word) {
  const std::size_t at = text.find(word);
  if (at == std::string_view::npos) return no_nonce;
  std::uint64_t number = no_nonce;
  const char* from = text.data() + at + word.size();
  (void)std::from_chars(from, text.data() + text.size(), number);
  return number;
}

}  // namespace

std::uint64_t AgentProcess::nonce_of(std::uint64_t number) const {
  const auto found = nonces_.find(number);
  return found == nonces_.end() ? no_nonce : found->second;
}

Interpreter::Meaning AgentProcess::read(std::string_view begin, const std::vector<Request*>& waiting) {
  if (begin.find("\"method\":\"auth\"") != std::string_view::npos) return {Whose::own, 0};
  const bool results = begin.find("\"method\":\"get_pending_results\"") != std::string_view::npos;
  // The client's own polls and the user's look the same.
  polled_ = polled_ || results;
  for (auto& [number, patience] : patience_) {
    if (results && patience.lost != never) patience.polled = std::min(patience.polled, ready_at_);
  }
  if (results) return {polls_by_hand_ ? Whose::unknown : Whose::own, 0};
  if (begin.find("\"method\":\"list_tools\"") != std::string_view::npos) {
    for (const Request* request : waiting) {
      if (request->kind == static_cast<int>(Kind::list)) return {Whose::request, request->number};
    }
    return {Whose::request, 0};
  }
  look_at_first_poll();
  run_.check(drained_, "earlier results are fetched before the first tool is asked for",
             [] { return std::string("a tool request went out before them"); });
  const std::uint64_t nonce = number_behind(begin, "\"args\":{\"n\":");
  for (const Request* request : waiting) {
    if (nonce_of(request->number) == nonce) return {Whose::request, request->number};
  }
  for (const auto& [number, known] : nonces_) {
    if (known == nonce) return {Whose::request, number};
  }
  return {Whose::request, 0};
}

// What lies at the server when a process comes first is an earlier one's: it is fetched, or waited for long
// enough, before anything is asked.
void AgentProcess::look_at_first_poll() {
  const Duration patience = agent_gate::Config{}.poll_timeout;
  drained_ = drained_ || (ready_at_ != never && run_.world.now() >= after(ready_at_, patience));
}

// Rows that arrive exist nowhere else from now on: each must reach somebody.
void AgentProcess::heard(std::uint8_t, std::string_view text, bool open) {
  const bool refused = text.find(AgentGateServer::no_results) != std::string_view::npos;
  if (!refused && text.find("\"result\":{\"results\":[") == std::string_view::npos)
    return owe_answer(text, open);
  drained_ = true;
  if (!open) return;
  released_ = fetched_ = true;
  held_until_ = std::min(held_until_, run_.world.now());
  std::size_t from = 0;
  for (;;) {
    from = text.find("{\"request_id\":", from);
    if (from == std::string_view::npos) return;
    const std::size_t next = text.find("{\"request_id\":", from + 1);
    const std::string_view row = text.substr(from, next == std::string_view::npos ? next : next - from);
    // A little less than the limit: what follows the row's end is counted with it here.
    if (row.size() < plan().limits.result_row_bytes_max) {
      // A long reply's rows are told as they arrive, before its end.
      for (const std::uint64_t mark : marks_in(row)) {
        if (!told_.contains(mark)) owed_.insert(mark);
      }
    }
    if (next == std::string_view::npos) return;
    from = next;
  }
}

// An answer that arrives while its request waits completes it, in the same step.
void AgentProcess::owe_answer(std::string_view text, bool open) {
  const std::uint64_t id = number_behind(text, "\"id\":");
  const std::uint64_t nonce = number_behind(text, "\"data\":{\"n\":");
  const bool small = text.size() <= plan().limits.inbound_message_bytes_max;
  if (!open || !small || id == no_nonce || nonce == no_nonce || server_.has_twins(nonce)) return;
  for (const std::uint64_t number : ledger().open()) {
    const Request& request = *ledger().find(number);
    const bool waits = nonce_of(number) == nonce && !request.cancelled && request.due > run_.world.now();
    // An id that was never given out, and one that is answered again, answer nothing.
    if (waits && request.taken && server_.knows_id(id)) {
      answered_.push_back(number);
    }
  }
}

void AgentProcess::reported(std::string_view text) {
  for (const std::uint64_t mark : marks_in(text)) {
    owed_.erase(mark);
    told_.insert(mark);
  }
}

void AgentProcess::completed(std::uint64_t number, const Outcome& outcome) {
  ledger().ended(number, outcome);
  reported(outcome.text());
  reported(outcome.error.message());
  if (const Request* request = ledger().find(number)) {
    judge(*request, outcome);
    judge_what_may_have_run(*request, outcome);
    judge_lost(*request, outcome);
  }
  patience_.erase(number);
  if (run_.mishap(100)) call_back();
}

void AgentProcess::judge(const Request& request, const Outcome& outcome) {
  const auto which = [&] {
    return "request " + std::to_string(request.number) + " (nonce " +
           std::to_string(nonce_of(request.number)) +
           "): " + std::string(outcome.ok() ? outcome.text().substr(0, 80) : outcome.error.message());
  };
  const bool tool = request.kind == static_cast<int>(Kind::tool);
  const bool in_time = run_.world.now() < request.deadline;
  const AgentGateServer::Verdict none;
  const AgentGateServer::Verdict& verdict = tool ? server_.verdict(nonce_of(request.number)) : none;
  const auto may = [&](bool allowed, const char* rule) { run_.check(allowed, rule, which); };
  switch (outcome.error.kind()) {
    case ErrorKind::none:
      if (tool) {
        may(std::find(verdict.results.begin(), verdict.results.end(), outcome.text()) !=
                verdict.results.end(),
            "a result is the one that the server gave to this request");
      }
      return;
    case ErrorKind::denied:
      return may(verdict.denied, "only what was denied is reported so");
    case ErrorKind::timeout:
      return may(!in_time || verdict.timed_out, "no deadline passes early");
    case ErrorKind::remote:
      if (outcome.error.message() == AgentGateServer::invented)
        return may(!request.ordered || request.taken, "what still waits in its queue is answered by nothing");
      if (outcome.error.message() == AgentGateServer::no_results)
        return may(request.kind == static_cast<int>(Kind::results), "a poll's error is told to who polled");
      return may(verdict.remote || (!tool && !server_.knows_list_tools()),
                 "only what failed there is reported so");
    case ErrorKind::too_large:
      return judge_too_large(request, outcome);
    case ErrorKind::connection:
      return judge_connection(request, outcome);
    case ErrorKind::protocol:
      if (tool && verdict.unreadable) return;
      [[fallthrough]];
    case ErrorKind::authentication:
    case ErrorKind::tls:
      return may(!tool || client_->state() == LinkState::closed, "a tool request survives a lost line");
    default:
      return;  // cancelled and closed are the ledger's
  }
}

void AgentProcess::judge_too_large(const Request& request, const Outcome& outcome) {
  const bool tool = request.kind == static_cast<int>(Kind::tool);
  const std::uint64_t nonce = nonce_of(request.number);
  const auto words = [&] {
    return "request " + std::to_string(request.number) + ": " + std::string(outcome.error.message());
  };
  if (outcome.error.layer() == Layer::websocket) {
    run_.check(refusals_ != 0, "a close with 1009 ends one request, and nothing else ends so", words);
    if (refusals_ != 0) --refusals_;
    return;
  }
  const bool answered_so = tool && (server_.verdict(nonce).oversized || server_.verdict(nonce).unreadable);
  run_.check(answered_so || !tool || large_.contains(nonce), "only what was too large is reported so", words);
}

// A request that was on a lost line, and whose user would not wait for ever for its row.
void AgentProcess::judge_connection(const Request& request, const Outcome& outcome) {
  const bool tool = request.kind == static_cast<int>(Kind::tool);
  const auto words = [&] {
    return "request " + std::to_string(request.number) + ": " + std::string(outcome.error.message());
  };
  if (!tool || client_->state() == LinkState::closed) return;
  const auto found = patience_.find(request.number);
  if (found == patience_.end()) return run_.broke("a tool request survives a lost line", words());
  const auto& [after_loss, lost, polled] = found->second;
  run_.check(lost != never, "only a request on a lost line ends with connection", words);
  run_.check(polled != never && run_.world.now() >= after(polled, after_loss),
             "a lost request is waited for as long as its user said, from the first poll on", words);
}

// A script has to know what is safe to repeat. What the server itself said needs no guess.
void AgentProcess::judge_what_may_have_run(const Request& request, const Outcome& outcome) {
  const Error& error = outcome.error;
  const auto words = [&] {
    return "request " + std::to_string(request.number) + ": " + std::string(error.message());
  };
  run_.check(!error.may_have_run() || request.line != 0 || !request.ordered,
             "what has never left is not said to have run", words);
  const bool verdict = !error || error.kind() == ErrorKind::denied || error.kind() == ErrorKind::remote ||
                       error.code() == agent_gate::code::approval_timeout;
  const bool tool = request.kind == static_cast<int>(Kind::tool);
  const bool known = verdict || server_.verdict(nonce_of(request.number)).oversized ||
                     large_.contains(nonce_of(request.number));
  run_.check(!tool || known || !request.taken || error.may_have_run(),
             "a request that was sent, and whose outcome nobody knows, is said to may have run", words);
}

// It ends by itself, or by what came before it was told.
void AgentProcess::judge_lost(const Request& request, const Outcome& outcome) {
  const bool list = request.kind == static_cast<int>(Kind::list);
  const bool lost = lost_.erase(request.number) != 0;
  const ErrorKind kind = outcome.error.kind();
  const bool refused =
      kind == ErrorKind::too_large && outcome.error.layer() == Layer::websocket;  // by a 1009
  const bool told = kind == ErrorKind::connection || kind == ErrorKind::cancelled || refused ||
                    kind == ErrorKind::closed ||
                    (kind == ErrorKind::timeout && run_.world.now() >= request.deadline);
  run_.check(!lost || told, "a question on a lost line fails with connection",
             [&] { return std::string(outcome.error.message()); });
  run_.check(!list || lost || kind != ErrorKind::connection || client_->state() == LinkState::closed,
             "only a question on a lost line fails with connection",
             [&] { return std::string(outcome.error.message()); });
}

// The message that the server will not take ends, and is never sent again.
void AgentProcess::refused(const std::vector<std::uint64_t>& numbers) {
  ++refusals_;
  server_.refusal_was_heard();
  if (client_->state() != LinkState::ready) return;
  for (const std::uint64_t number : numbers) {
    const Request* request = ledger().find(number);
    // It may have ended already, or be one of the protocol's own: then nothing need end.
    if (request == nullptr || request->ended || request->cancelled || request->due <= run_.world.now())
      return;
  }
  refused_ = numbers;
  refused_by_ = never;
}

void AgentProcess::watch_refused() {
  if (refused_.empty() || ledger().is_closing()) return;
  for (const std::uint64_t number : refused_) {
    if (ledger().find(number)->ended || ledger().find(number)->cancelled) return refused_.clear();
  }
  run_.check(run_.world.now() <= refused_by_,
             "a message that the peer closed with 1009 for ends with its line",
             [&] { return "request " + std::to_string(refused_.front()); });
}

void AgentProcess::watch() {
  Actor::watch();
  const Instant now = run_.world.now();
  // The client may be told of the time a little later than this is.
  released_ = released_ || (ready_at_ != never && now > after(held_until_, late_ + std::chrono::seconds{1}));
  for (const auto& [number, since] : lost_) {
    run_.check(ledger().is_closing() || now <= after(since, late_), "a question on a lost line fails at once",
               [&, number = number] { return "request " + std::to_string(number); });
  }
  watch_refused();
  run_.check(owed_.empty(), "every row that came reaches its request or the handler",
             [&] { return "the row with mark " + std::to_string(*owed_.begin()); });
  for (const std::uint64_t number : std::exchange(answered_, {})) {
    const Request& request = *ledger().find(number);
    // A handler of an answer before it may have cancelled it.
    run_.check(request.ended || request.cancelled || ledger().is_closing(),
               "an answer that arrives completes its request",
               [&] { return "request " + std::to_string(number); });
  }
}

void AgentProcess::watch_calm(Instant since) {
  Actor::watch_calm(since);
  const Duration longest = agent_gate::Config{}.poll_interval_max + std::chrono::seconds{5};
  for (const auto& [number, patience] : patience_) {
    const Instant from = std::max(patience.lost, since);
    const Duration most = patience.after_loss + agent_gate::Config{}.poll_timeout + std::chrono::seconds{5};
    run_.check(patience.lost == never || run_.world.now() <= after(from, most),
               "a lost request is waited for no longer than its user said",
               [&, which = number] { return "request " + std::to_string(which); });
  }
  for (const std::uint64_t number : ledger().open()) {
    const Request& request = *ledger().find(number);
    // One asked on this line waits for no row: what is kept then is a twin's, whose own request a row has
    // ended.
    if (request.kind != static_cast<int>(Kind::tool) || !request.taken || line_.offered(request)) continue;
    const Instant kept = server_.kept_since(nonce_of(number));
    run_.check(kept == never || run_.world.now() <= after(std::max(kept, since), longest),
               "a result that the server keeps is fetched within the longest interval between polls",
               [&] { return "request " + std::to_string(number) + ", kept " + moment(run_, kept); });
  }
}

std::size_t AgentProcess::slots_free() {
  // Requests of one size: what bounds them is known.
  const std::size_t bytes =
      std::string_view(R"({"jsonrpc":"2.0","method":"get_pending_results","params":{},"id":})").size() + 16;
  const std::size_t blocks =
      (bytes + plan().limits.outbound_block_bytes - 1) / plan().limits.outbound_block_bytes;
  const std::size_t all = (plan().limits.outbound_bytes + plan().limits.outbound_block_bytes - 1) /
                          plan().limits.outbound_block_bytes;
  return std::min({std::size_t{plan().limits.pending_max}, std::size_t{plan().limits.outbound_messages_max},
                   all / blocks});
}

void AgentProcess::expect_idle() {
  const Statistics now = client_->statistics();
  run_.check(
      now.pending == 0 && now.queued == 0 && now.queued_bytes == 0, "pools and rings are empty when idle",
      [&] { return std::to_string(now.pending) + " pending, " + std::to_string(now.queued) + " queued"; });
  // Whole: as much fits in as ever. Nothing is sent meanwhile, as the loop does not turn.
  const std::size_t room = slots_free();
  std::size_t taken = 0;
  while (taken <= room) {
    const std::size_t before = ledger().open().size();
    ask(Kind::results, std::chrono::minutes{1});
    if (ledger().open().size() == before) break;
    ++taken;
  }
  // An id has 13 to 16 digits: now and then one block less is needed.
  run_.check(taken >= room && taken <= plan().limits.pending_max, "pools and rings are whole when idle",
             [&] { return std::to_string(taken) + " requests fit, not " + std::to_string(room); });
  cancel_all();
}

}  // namespace kedge::rig

#include "ledger.hpp"

#include <algorithm>

namespace kedge::rig {

Request& Ledger::begin(int kind, Priority priority, Duration deadline, bool ordered) {
  Request& request = requests_.emplace_back();
  request.number = first_ + requests_.size() - 1;
  request.kind = kind;
  request.ordered = ordered;
  request.priority = priority;
  request.asked = run_.world.now();
  request.deadline = request.due = after(run_.world.now(), deadline);
  inside_ = true;
  return request;
}

void Ledger::accepted(Request& request, Handle handle) {
  inside_ = false;
  run_.check(!closed_ && !over_, "a closed client takes no request",
             [] { return std::string("it took one"); });
  for (const std::uint64_t number : open_) {
    run_.check(find(number)->handle != handle, "two open requests never share a handle",
               [&] { return "request " + std::to_string(number); });
  }
  request.handle = handle;
  open_.push_back(request.number);
  earliest_ = std::min(earliest_, request.due);
  ++run_.tally.requests;
}

void Ledger::refused(Request& request, const Error& error, bool gave_up) {
  inside_ = false;
  request.refused = request.ended = true;
  run_.check(error.kind() == ErrorKind::queue_full || error.kind() == ErrorKind::too_large ||
                 ((closed_ || gave_up) && error.kind() == ErrorKind::closed) ||
                 error.kind() == ErrorKind::connection,
             "a request is refused by name", [&] { return std::string(error.message()); });
  if (error.kind() == ErrorKind::queue_full) run_.count(Fault::full);
}

void Ledger::ended(std::uint64_t number, const Outcome& outcome) {
  Request* request = find(number);
  const auto which = [&] {
    return "request " + std::to_string(number) + ": " + std::string(outcome.error.message());
  };
  run_.check(!dead_, "a dead process hears nothing", which);
  run_.check(!over_, "nothing completes after the client is closed", which);
  run_.check(!inside_, "no completion comes inside the call that asks", which);
  if (request == nullptr || request->refused) return run_.broke("only what was accepted completes", which());
  run_.check(!request->ended, "each request completes exactly once", which);
  run_.check(request->handle == outcome.request, "a completion names its own handle", which);
  const Instant now = run_.world.now();
  run_.check(now <= after(request->due, late_),
             "no request completes later than its deadline plus a timer's turn",
             [&] { return which() + ", deadline " + moment(run_, request->due); });
  const ErrorKind kind = outcome.error.kind();
  if (request->cancelled) {
    run_.check(kind == ErrorKind::cancelled, "a cancelled request completes as cancelled", which);
  } else if (kind == ErrorKind::cancelled) {
    run_.broke("nothing is cancelled unasked", which());
  } else if (closed_) {
    // Unless its end was settled before, and is only told now.
    const bool given_up = kind == ErrorKind::connection || kind == ErrorKind::authentication ||
                          kind == ErrorKind::tls || kind == ErrorKind::protocol;
    const bool refused =
        kind == ErrorKind::too_large && outcome.error.layer() == Layer::websocket;  // by a 1009
    const bool sent_on = request->until_begun && !outcome.error;  // it was on its way, and arrived
    const bool settled = request->settled || given_up || refused || sent_on ||
                         (kind == ErrorKind::timeout && now >= request->deadline);
    run_.check(kind == ErrorKind::closed || settled,
               "what is open when the client is closed completes as closed", which);
  }
  request->ended = true;
  std::erase(open_, number);
  remember_earliest();
  if (!outcome.error) ++run_.tally.answered;
}

void Ledger::judge_may_have_run(const Request& request, const Error& error) {
  const bool deadline = error.kind() == ErrorKind::timeout && error.code() == 0;
  const bool unanswered = deadline || error.kind() == ErrorKind::cancelled ||
                          error.kind() == ErrorKind::closed || error.kind() == ErrorKind::connection;
  if (!unanswered || !request.ordered) return;
  const auto which = [&] {
    return "request " + std::to_string(request.number) + ": " + std::string(error.message());
  };
  run_.check(!request.taken || error.may_have_run(), "what left and has no answer may have run", which);
  run_.check(request.line != 0 || !error.may_have_run(), "what never left has not run", which);
}

void Ledger::cancelled(Request& request, bool said) {
  run_.check(!said || can_cancel(request), "cancel succeeds only for what is open", [&] {
    return "request " + std::to_string(request.number) +
           (request.ended ? ": it had ended" : ": it was cancelled");
  });
  if (said) request.cancelled = true;
  // Whether yes or no, its end is settled and only waits to be told.
  if (!request.ended) {
    request.due = std::min(request.due, run_.world.now());
    earliest_ = std::min(earliest_, request.due);
  }
}

void Ledger::over() {
  over_ = true;
  run_.check(open_.empty(), "a client that is closed owes nothing", [&] {
    return std::to_string(open_.size()) + " requests, one is " + std::to_string(open_.front());
  });
}

void Ledger::watch() {
  if (dead_ || run_.world.now() <= after(earliest_, late_)) return;
  run_.broke("no request outlives its deadline plus a timer's turn",
             std::to_string(open_.size()) + " open, the earliest deadline was " + moment(run_, earliest_));
}

Request* Ledger::find(std::uint64_t number) noexcept {
  if (number < first_ || number >= next_number()) return nullptr;
  return &requests_[static_cast<std::size_t>(number - first_)];
}

void Ledger::remember_earliest() {
  earliest_ = never;
  for (const std::uint64_t number : open_) earliest_ = std::min(earliest_, find(number)->due);
}

}  // namespace kedge::rig

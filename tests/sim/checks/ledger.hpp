#pragma once
// What was asked and how it ended: each request of one client's life, exactly once, in time.

#include "../run.hpp"

#include <kedge/client.hpp>
#include <kedge/priority.hpp>

#include <deque>
#include <vector>

namespace kedge::rig {

struct Request {
  std::uint64_t number = 0;  ///< in the order they were asked, over all processes of the run
  int kind = 0;              ///< the scenario's
  bool ordered = true;       ///< its message can be told from others: its place in the line is checked
  Priority priority = Priority::normal;
  Handle handle;
  Instant asked{};
  Instant deadline{};
  Instant due{};  ///< when it has to have ended: its deadline, or now when its end is settled already
  bool until_begun = false;  ///< its deadline holds until its first byte is offered, not to its end
  bool streamed = false;     ///< its bytes are counted as they leave, not when all have
  bool kept = false;         ///< sent again on each line until it has ended
  bool settled = false;      ///< its end was certain before the client was closed
  bool refused = false;
  bool cancelled = false;
  bool ended = false;
  bool taken = false;       ///< the stream has accepted its last byte
  std::uint64_t line = 0;   ///< on which it was offered last
  std::uint64_t bytes = 0;  ///< of its message, as far as it was offered
  std::uint64_t begin = 0;  ///< where that begins on its line, as the client knows it: its end less its bytes
};

class Ledger {
 public:
  /// Numbers go on from `first`. A completion may come `late` after its deadline: a turn of the timer.
  Ledger(Run& run, std::uint64_t first, Duration late) : run_(run), first_(first), late_(late) {}
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  /// Around the call that asks; in between no completion may come.
  Request& begin(int kind, Priority priority, Duration deadline, bool ordered = true);
  void accepted(Request& request, Handle handle);
  /// `gave_up`: the client's state is closed already.
  void refused(Request& request, const Error& error, bool gave_up);
  /// From the completion.
  void ended(std::uint64_t number, const Outcome& outcome);
  /// From the completion, of a protocol that says of a request without an answer whether it may have run.
  void judge_may_have_run(const Request& request, const Error& error);
  /// Around `cancel`: whether it may succeed is known beforehand.
  [[nodiscard]] bool can_cancel(const Request& request) const noexcept {
    return !request.ended && !request.cancelled && !closed_;
  }
  void cancelled(Request& request, bool said);
  /// `close()` was called: everything open ends as `closed`.
  void closing() noexcept { closed_ = true; }
  /// The client says it is closed: nothing may come any more.
  void over();
  /// The process died: nothing is owed, nothing may come.
  void died() noexcept { dead_ = true; }

  /// `due` of a request was changed.
  void due_changed() { remember_earliest(); }

  /// At each step: nothing is past its deadline.
  void watch();

  [[nodiscard]] Request* find(std::uint64_t number) noexcept;
  [[nodiscard]] std::deque<Request>& all() noexcept { return requests_; }
  [[nodiscard]] const std::vector<std::uint64_t>& open() const noexcept { return open_; }
  [[nodiscard]] std::uint64_t next_number() const noexcept { return first_ + requests_.size(); }
  [[nodiscard]] bool is_closing() const noexcept { return closed_; }
  [[nodiscard]] bool inside_call() const noexcept { return inside_; }

 private:
  void remember_earliest();

  Run& run_;
  std::uint64_t first_;
  Duration late_;
  std::deque<Request> requests_;
  std::vector<std::uint64_t> open_;
  Instant earliest_ = never;
  bool inside_ = false;
  bool closed_ = false;
  bool over_ = false;
  bool dead_ = false;
};

}  // namespace kedge::rig

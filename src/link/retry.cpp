#include "link.hpp"

#include <algorithm>
#include <cassert>
#include <limits>
#include <utility>

// What follows an attempt: the end, or the next attempt and when.

namespace kedge {

// An attempt has failed, or a connection has ended; nothing of it is left.
void Link::attempt_over(const Ending& ending) noexcept {
  wipe(write_buffer_);  // a request not sent whole may hold a credential
  check_step(stage_, Stage::none);
  assert(!session_.active() && unjudged_ == nullptr);
  stream_ = nullptr;
  ring_.set_message_bytes_max(std::numeric_limits<std::uint32_t>::max());  // another peer may take more
  stage_ = Stage::none;
  stage_deadline_ = never;
  const Instant now = port_.now();
  if (ready_since_ != never && now - ready_since_ >= config_.stable_after) backoff_.reset();
  ready_since_ = never;
  if (close_requested_) {
    protocol_open_ = false;
    redactor_.credential().clear();
    unjudged_ = &ending;
    stop(closed_error());
    unjudged_ = nullptr;
    return;
  }
  history_.failed(ending.error);
  const Judgement judgement = judge(ending);
  const Error& why = judgement.error;
  last_error_ = why;
  if (std::exchange(protocol_open_, false)) protocol_.on_lost(why);
  redactor_.credential().clear();
  history_.judged(judgement.verdict != Verdict::again);
  const bool ends = judgement.verdict == Verdict::refused && config_.fatal_policy == FatalPolicy::stop;
  if (ends || judgement.verdict == Verdict::final) return stop(why);
  if (config_.max_retries && retries_ >= *config_.max_retries) {
    Error lost(why.kind() == ErrorKind::authentication ? ErrorKind::authentication : ErrorKind::connection,
               why.layer(), why.layer_code(), "Connection lost: ");
    return stop(lost.append(why.message()).with_code(why.code()));
  }
  wait_for_retry(judgement);
}

// Whoever knows more has the later word: the table, the protocol, the user.
Judgement Link::judge(const Ending& ending) noexcept {
  const Judgement usual = usual_judgement(ending, history_, upgrade_has_credential_);
  Judgement judgement = usual;
  if (const auto own = std::exchange(own_verdict_, std::nullopt)) judgement.verdict = *own;
  judgement = protocol_.judge(ending, judgement);
  if (config_.judge) judgement = config_.judge(ending, judgement);
  // What ends for nothing would be taken for a success.
  if (!judgement.error) judgement.error = usual.error;
  return judgement;
}

void Link::wait_for_retry(const Judgement& judgement) noexcept {
  assert(stage_ == Stage::none && ready_since_ == never && !protocol_open_);
  assert(judgement.error && "an attempt ends for nothing");
  ++retries_;
  bool refused = judgement.verdict == Verdict::refused;
  if (std::exchange(retry_asked_, false)) refused = false;
  if (refused) backoff_.rise_to_cap();
  // A hint is a floor, whoever gave it; but no word of a peer's takes the line away for good.
  const Duration hint = std::min(judgement.not_before, config_.retry_after_max);
  Duration delay = backoff_.next(random(), hint);
  if (refused && history_.is_settled()) {
    // Three to five quarters of the interval: a fleet that was refused together does not come back together.
    // Halved: five quarters of any longer one would wrap.
    const Duration longest = Duration::max() / 2;
    const Duration wanted = std::min(config_.fatal_retry_interval, longest);
    const auto interval = static_cast<std::uint64_t>(wanted.count());
    const auto slow = static_cast<std::int64_t>(interval - interval / 4 + random() % (interval / 2 + 1));
    delay = std::max(delay, Duration{slow});
  }
  check_step(stage_, Stage::waiting);
  stage_ = Stage::waiting;
  stage_deadline_ = after(port_.now(), delay);
  Error line(ErrorKind::none, refused ? "refused; the next attempt is in " : "the next attempt is in ");
  line.append(std::chrono::duration_cast<std::chrono::milliseconds>(delay).count()).append(" ms");
  log(LogLevel::info, "retry", line.message());
  set_state(LinkState::waiting, judgement.error);
}

std::uint64_t Link::random() noexcept {
  std::uint64_t value = 0;
  if (port_.random(std::as_writable_bytes(std::span(&value, 1)))) return value;
  // Only jitter hangs on it: the clock's low bits, spread out, still keep a fleet apart.
  return static_cast<std::uint64_t>(port_.now().time_since_epoch().count()) * 0x9E3779B97F4A7C15ULL;
}

}  // namespace kedge

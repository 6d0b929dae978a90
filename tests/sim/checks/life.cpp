#include "life.hpp"

#include <kedge/tls_layer.hpp>

#include <algorithm>
#include <cmath>
#include <initializer_list>

namespace kedge::rig {

using namespace std::chrono_literals;

LifeCheck::LifeCheck(Run& run, const ClientConfig& config, Duration late)
    : run_(run),
      backoff_(config.backoff),
      max_retries_(config.max_retries),
      policy_(config.fatal_policy),
      fatal_interval_(config.fatal_retry_interval),
      hint_max_(config.retry_after_max),
      stable_after_(config.stable_after),
      stages_(config.resolve_timeout + 4 * config.connect_timeout + config.tls_timeout +
              config.upgrade_timeout + config.authentication_timeout),
      close_timeout_(config.close_timeout),
      late_(late),
      before_(config.backoff.base) {}

// What was answered how often in a row: a proxy is believed the tenth time.
void LifeCheck::count(const Error& error) {
  const bool answer =
      error.layer_code() != 0 && (error.layer() == Layer::http || error.layer() == Layer::websocket);
  const bool forbidden = error.layer() == Layer::http && error.layer_code() == 403;
  const std::pair now{error.layer(), forbidden ? 401 : error.layer_code()};
  answers_ = !answer ? 0 : now == answer_ ? answers_ + 1 : 1;
  answer_ = answer ? now : std::pair<Layer, std::int32_t>{};
  fatals_ = is_fatal(error) ? fatals_ + 1 : 0;
}

// The table of the shared failure page, written down once more.
bool LifeCheck::is_refusal(const Error& error) const {
  const std::int32_t code = error.layer_code();
  switch (error.layer()) {
    case Layer::http:
      return error.kind() == ErrorKind::protocol || (code >= 300 && code < 400) || code == 400 ||
             code == 401 || code == 403 || code == 404 || code == 405 || code == 426;
    case Layer::tls:
      return error.kind() == ErrorKind::tls && code == tls_verification_failed;
    case Layer::websocket:
      return (code == 1008 && refusal_is_fatal_) || code == 1010;
    default:
      return false;
  }
}

bool LifeCheck::is_fatal(const Error& error) const {
  if (forgiven_) return false;
  if (error.layer() == Layer::protocol) {
    return refusal_is_fatal_ && error.kind() == ErrorKind::authentication &&
           error.message().find("imeout") == std::string_view::npos;
  }
  if (error.kind() == ErrorKind::config) return true;
  return is_refusal(error) && (readies_ == 0 || answers_ >= 10);
}

void LifeCheck::on_state(LinkState state, const Error& error) {
  const Instant now = run_.world.now();
  run_.check(state_ != LinkState::closed, "closed is the last state",
             [&] { return std::string(to_string(state)); });
  run_.check(state_ != LinkState::closing || state == LinkState::closed, "after closing only closed follows",
             [&] { return std::string(to_string(state)); });
  run_.check(state != LinkState::closing || closed_by_ != never, "only a client that was closed is closing",
             [&] { return std::string(error.message()); });
  run_.check(state != state_, "a state is told when it changes",
             [&] { return std::string(to_string(state)); });
  run_.note("state " + std::string(to_string(state)) + " " + std::string(error.message()));
  if (state == LinkState::connecting) {
    ++attempts_;
    ++run_.tally.attempts;
    if (waits_since_ != never) {
      const Duration waited = now - waits_since_;
      run_.check(waited >= shortest_ || nudged_,
                 "the delay before an attempt is not below the backoff's bounds", [&] {
                   return std::to_string(waited.count()) + " us, shortest " +
                          std::to_string(shortest_.count());
                 });
      run_.check(waited <= longest_ + late_, "the delay before an attempt is not above the backoff's bounds",
                 [&] {
                   return std::to_string(waited.count()) + " us, longest " + std::to_string(longest_.count());
                 });
      look_at_spread(waited);
      before_ = waited;
      before_known_ = before_known_ && !nudged_;
      waits_since_ = never;
    }
  }
  if (state == LinkState::ready) {
    asked_ = false;
    ++run_.tally.readies;
    ++readies_;
    retries_ = answers_ = fatals_ = 0;
    ready_at_ = now;
    ready_by_ = never;
  }
  const bool failed =
      state == LinkState::waiting || (state == LinkState::closed && error.kind() != ErrorKind::closed);
  if (failed) count(error);
  if (state == LinkState::waiting) wait(error);
  if (state == LinkState::closed && error.kind() != ErrorKind::closed) {
    const bool used_up = max_retries_ && retries_ >= *max_retries_;
    run_.check(used_up || (is_fatal(error) && policy_ == FatalPolicy::stop),
               "a client gives up only when attempts are used up or the policy says so",
               [&] { return std::string(error.message()); });
  }
  if (failed || state == LinkState::closed) forgiven_ = false;
  state_ = state;
}

void LifeCheck::wait(const Error& error) {
  const Instant now = run_.world.now();
  fatal_ = is_fatal(error);
  run_.check(!(fatal_ && policy_ == FatalPolicy::stop), "a fatal failure stops a client whose policy says so",
             [&] { return std::string(error.message()); });
  // Told during the attempt that something changed: it may have begun with what was there before.
  if (std::exchange(asked_, false)) fatal_ = false;
  ++retries_;
  run_.check(!max_retries_ || retries_ <= *max_retries_, "attempts never exceed max_retries",
             [&] { return std::to_string(retries_); });
  if (ready_at_ != never && now - ready_at_ >= stable_after_) {
    doublings_ = 0;
    before_ = backoff_.base;
    before_known_ = true;
  }
  ready_at_ = never;
  if (fatal_) {
    doublings_ = 64;  // as after many: at the cap
    before_ = backoff_.cap;
  }
  draw_bounds();
  const Duration named = std::min<Duration>(error.retry_after(), hint_max_);
  // What was waited because somebody named it, or the policy did, is not the delay that was drawn.
  before_known_ = named == Duration::zero() && !fatal_;
  if (fatal_ && (fatals_ >= 10 || answers_ >= 10)) {
    shortest_ = std::max(shortest_, fatal_interval_ * 3 / 4);
    longest_ = std::max(longest_, fatal_interval_ * 5 / 4 + 1us);
  }
  shortest_ = std::max(shortest_, named);
  longest_ = std::max(longest_, named);
  waits_since_ = now;
  nudged_ = false;
}

// What the backoff may draw next, by the formulas of its page.
void LifeCheck::draw_bounds() {
  Duration step = std::min(backoff_.cap, backoff_.base);
  for (std::uint32_t i = 0; i < doublings_ && step < backoff_.cap; ++i)
    step = std::min(backoff_.cap, step * 2);
  ++doublings_;
  switch (backoff_.jitter) {
    case Jitter::none:
      shortest_ = longest_ = step;
      break;
    case Jitter::equal:
      shortest_ = step / 2;
      longest_ = step;
      break;
    case Jitter::additive:
      shortest_ = std::max(Duration::zero(), std::min<Duration>(step, backoff_.cap - 1s));
      longest_ = std::min<Duration>(backoff_.cap, shortest_ + 1s);
      break;
    case Jitter::full:
      shortest_ = Duration::zero();
      longest_ = step;
      break;
    case Jitter::decorrelated:
      shortest_ = std::min(backoff_.base, backoff_.cap);
      longest_ = before_known_ ? std::min(backoff_.cap, std::max(backoff_.base, 3 * (before_ + late_)))
                               : backoff_.cap;
      break;
  }
}

// A fleet that draws the same delays comes back together, within all bounds: delays must differ.
void LifeCheck::look_at_spread(Duration waited) {
  using Jitters = std::initializer_list<Jitter>;
  const bool jittered =
      std::ranges::count(Jitters{Jitter::equal, Jitter::full, Jitter::additive}, backoff_.jitter) != 0;
  if (nudged_ || !before_known_ || !jittered || longest_ - shortest_ < 500ms) return;
  const double place = std::chrono::duration<double>(waited - shortest_) / (longest_ - shortest_);
  same_places_ = place_ >= 0 && std::abs(place - place_) < 0.002 ? same_places_ + 1 : 0;
  place_ = place;
  run_.check(same_places_ < 5, "delays are spread over their bounds",
             [&] { return "six in a row at " + std::to_string(place) + " of the way"; });
}

void LifeCheck::closing() {
  // A step of the world looks once a second at least.
  closed_by_ = after(run_.world.now(), close_timeout_ + late_ + 1s);
}

void LifeCheck::expect_ready() {
  if (state_ == LinkState::ready || state_ == LinkState::closed || state_ == LinkState::closing) return;
  const Instant now = run_.world.now();
  Duration wait = std::max(backoff_.cap, state_ == LinkState::waiting ? longest_ : Duration::zero());
  // An attempt that is under way may still meet the end of what went wrong, and fail at its last timeout.
  ready_by_ = after(now, stages_ + wait + 10s);
}

void LifeCheck::watch() {
  // Without waiting for the attempt itself: what is put off for a century comes after every run.
  run_.check(state_ != LinkState::waiting || nudged_ ||
                 run_.world.now() <= after(waits_since_, longest_ + late_ + 2s),
             "the next attempt comes when the backoff, or a peer's hint within its bound, says", [&] {
               return "it waits since " + moment(run_, waits_since_) + ", at most " +
                      std::to_string(longest_ / 1ms) + " ms";
             });
  run_.check(run_.world.now() <= ready_by_, "once faults stop, the client is ready again in time",
             [&] { return "it is " + std::string(to_string(state_)); });
  run_.check(over() || run_.world.now() <= closed_by_, "close ends within its timeout",
             [&] { return "it is " + std::string(to_string(state_)); });
}

}  // namespace kedge::rig

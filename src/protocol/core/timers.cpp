#include "timers.hpp"

#include "client_core.hpp"

#include <algorithm>
#include <utility>

namespace kedge {

bool Timer::start(Duration delay, Callback<void()> on_fired) noexcept {
  stop();
  ClientCore* core = client_ == nullptr ? nullptr : client_->core_;
  if (core == nullptr) return false;
  on_fired_ = std::move(on_fired);
  core->start(*this, delay);
  return true;
}

void Timer::stop() noexcept {
  if (core_ != nullptr) core_->stop(*this);
  on_fired_.reset();
}

Timers::~Timers() {
  drop(first_);
  drop(firing_);
}

void Timers::drop(Timer* list) noexcept {
  while (list != nullptr) {
    Timer* next = list->next_;
    list->core_ = nullptr;
    list->client_ = nullptr;
    list->previous_ = list->next_ = nullptr;
    list = next;
  }
}

void Timers::insert(Timer& timer, ClientCore& core, Instant due) noexcept {
  Timer* before = nullptr;
  Timer* behind = first_;
  while (behind != nullptr && behind->due_ <= due) {
    before = behind;
    behind = behind->next_;
  }
  timer.core_ = &core;
  timer.due_ = due;
  timer.previous_ = before;
  timer.next_ = behind;
  (before == nullptr ? first_ : before->next_) = &timer;
  if (behind != nullptr) behind->previous_ = &timer;
}

void Timers::remove(Timer& timer) noexcept {
  Timer*& head = firing_ == &timer ? firing_ : first_;
  (timer.previous_ == nullptr ? head : timer.previous_->next_) = timer.next_;
  if (timer.next_ != nullptr) timer.next_->previous_ = timer.previous_;
  timer.core_ = nullptr;
  timer.previous_ = timer.next_ = nullptr;
}

void Timers::fire(Instant now) noexcept {
  if (first_ == nullptr || first_->due_ > now) return;
  Timer* last = first_;
  while (last->next_ != nullptr && last->next_->due_ <= now) last = last->next_;
  firing_ = std::exchange(first_, last->next_);
  if (first_ != nullptr) first_->previous_ = nullptr;
  last->next_ = nullptr;
  while (firing_ != nullptr) {
    Timer& timer = *firing_;
    remove(timer);
    // Moved out: it may start itself again, or destroy itself.
    Callback<void()> call = std::move(timer.on_fired_);
    if (call) call();
  }
}

}  // namespace kedge

#pragma once
// Answers that do not go out at once: each waits for its delay, and some until so many of their kind can go
// out newest first.

#include "answer_plan.hpp"

#include <kedge/time.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace kedge::hub {

template <class Answer>
class AnswerQueue {
 public:
  /// Takes an answer in; returns what goes out now: it, or nothing, or it and those that waited for it.
  /// `plan` is borrowed for as long as its answers are here.
  [[nodiscard]] std::vector<Answer> put(const AnswerPlan& plan, Answer answer, Instant now) {
    if (plan.delay <= Duration::zero()) return pass(plan, std::move(answer));
    delayed_.emplace(after(now, plan.delay), Delayed{&plan, std::move(answer)});
    return {};
  }
  /// What goes out as its delay is over: all that one answer lets go. Empty also when another is still due:
  /// ask until `next_deadline` has not come.
  [[nodiscard]] std::vector<Answer> take_due(Instant now) {
    if (next_deadline() > now) return {};
    Delayed due = std::move(delayed_.extract(delayed_.begin()).mapped());
    return pass(*due.plan, std::move(due.answer));
  }
  [[nodiscard]] Instant next_deadline() const noexcept {
    return delayed_.empty() ? never : delayed_.begin()->first;
  }

  /// Drops those that `matches` says; returns how many. Looks at all of them.
  template <class Matches>
  std::size_t erase_if(Matches&& matches) {
    std::size_t erased =
        std::erase_if(delayed_, [&](const auto& delayed) { return matches(delayed.second.answer); });
    for (auto& [plan, answers] : held_) {
      const std::size_t before = answers.size();
      std::erase_if(answers, matches);
      erased += before - answers.size();
      held_count_ -= before - answers.size();
    }
    return erased;
  }
  [[nodiscard]] std::size_t delayed() const noexcept { return delayed_.size(); }
  /// Those whose delay is over, and which wait for others.
  [[nodiscard]] std::size_t held() const noexcept { return held_count_; }
  [[nodiscard]] std::size_t size() const noexcept { return delayed() + held(); }

 private:
  struct Delayed {
    const AnswerPlan* plan;
    Answer answer;
  };

  std::vector<Answer> pass(const AnswerPlan& plan, Answer answer) {
    std::vector<Answer> ready;
    if (plan.reverse == 0) {
      ready.push_back(std::move(answer));
      return ready;
    }
    std::vector<Answer>& held = held_[&plan];
    held.push_back(std::move(answer));
    ++held_count_;
    if (held.size() < plan.reverse) return ready;
    ready.swap(held);
    held_count_ -= ready.size();
    std::reverse(ready.begin(), ready.end());
    return ready;
  }

  std::multimap<Instant, Delayed> delayed_;
  std::map<const AnswerPlan*, std::vector<Answer>> held_;
  std::size_t held_count_ = 0;
};

}  // namespace kedge::hub

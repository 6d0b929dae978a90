#include "approvals.hpp"

#include <algorithm>
#include <utility>

namespace kedge::hub::agent_gate {

namespace {

std::optional<Approval> take_at(std::vector<Approval>& pending, std::vector<Approval>::iterator at) {
  if (at == pending.end()) return std::nullopt;
  std::optional<Approval> taken(std::move(*at));
  pending.erase(at);
  return taken;
}

}  // namespace

std::uint64_t Approvals::add(Job job, Instant now, Duration timeout) {
  pending_.push_back({next_id_, std::move(job), now, after(now, timeout)});
  return next_id_++;
}

std::optional<Approval> Approvals::take(std::uint64_t id) {
  return take_at(pending_, std::find_if(pending_.begin(), pending_.end(),
                                        [id](const Approval& a) { return a.id == id; }));
}

std::optional<Approval> Approvals::take_expired(Instant now) {
  return take_at(pending_, std::find_if(pending_.begin(), pending_.end(),
                                        [now](const Approval& a) { return a.deadline <= now; }));
}

bool Approvals::any_of(std::uint64_t connection) const noexcept {
  return std::any_of(pending_.begin(), pending_.end(),
                     [connection](const Approval& a) { return a.job.connection == connection; });
}

Instant Approvals::next_deadline() const noexcept {
  Instant next = never;  // of a few: a human has to read them all
  for (const Approval& approval : pending_) next = std::min(next, approval.deadline);
  return next;
}

}  // namespace kedge::hub::agent_gate

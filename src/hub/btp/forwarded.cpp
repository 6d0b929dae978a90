#include "forwarded.hpp"

namespace kedge::hub::btp {

void Forwarded::add(Transit transit) {
  const Key key{transit.to, transit.to_request_id};
  due_.emplace(transit.due, key);
  transits_.emplace(key, std::move(transit));
}

bool Forwarded::contains(std::uint64_t line, std::uint32_t request_id) const noexcept {
  return transits_.contains({line, request_id});
}

std::optional<Transit> Forwarded::take(Transits::iterator at) {
  if (at == transits_.end()) return std::nullopt;
  due_.erase({at->second.due, at->first});
  return std::move(transits_.extract(at).mapped());
}

std::optional<Transit> Forwarded::take(std::uint64_t line, std::uint32_t request_id) {
  return take(transits_.find({line, request_id}));
}

std::optional<Transit> Forwarded::take_due(Instant now) {
  if (next_deadline() > now) return std::nullopt;
  return take(transits_.find(due_.begin()->second));
}

std::optional<Transit> Forwarded::take_owed_by(std::uint64_t line) {
  const auto first = transits_.lower_bound({line, 0});
  return first != transits_.end() && first->first.first == line ? take(first) : std::nullopt;
}

std::size_t Forwarded::erase_asked_by(std::uint64_t line) {
  return std::erase_if(transits_, [this, line](const auto& entry) {
    if (entry.second.from != line) return false;
    due_.erase({entry.second.due, entry.first});
    return true;
  });
}

}  // namespace kedge::hub::btp

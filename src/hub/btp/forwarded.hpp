#pragma once
// Packets that a peer has, until it answers.

#include "transit.hpp"

#include <kedge/time.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace kedge::hub::btp {

class Forwarded {
 public:
  /// `transit` says who has it, under which request id, which must not be in use there, and until when.
  void add(Transit transit);
  [[nodiscard]] bool contains(std::uint64_t line, std::uint32_t request_id) const noexcept;
  /// The one that this line answers; none: it has no such request.
  [[nodiscard]] std::optional<Transit> take(std::uint64_t line, std::uint32_t request_id);
  /// One whose time is over, the first due first.
  [[nodiscard]] std::optional<Transit> take_due(Instant now);
  /// One that this line has.
  [[nodiscard]] std::optional<Transit> take_owed_by(std::uint64_t line);
  /// Forgets what this line has asked for; returns how many that were. Looks at all of them.
  std::size_t erase_asked_by(std::uint64_t line);

  [[nodiscard]] Instant next_deadline() const noexcept { return due_.empty() ? never : due_.begin()->first; }
  [[nodiscard]] std::size_t size() const noexcept { return transits_.size(); }

 private:
  using Key = std::pair<std::uint64_t, std::uint32_t>;  // line, request id
  using Transits = std::map<Key, Transit>;
  std::optional<Transit> take(Transits::iterator at);

  Transits transits_;
  std::set<std::pair<Instant, Key>> due_;
};

}  // namespace kedge::hub::btp

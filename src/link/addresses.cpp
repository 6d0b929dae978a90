#include "addresses.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <chrono>
#include <cstdint>
#include <limits>

namespace kedge {

namespace {

constexpr std::size_t storage_max = std::numeric_limits<std::uint8_t>::max();  // Limits::addresses_max

/// The place in `found` of number `position` when families alternate, beginning with the resolver's choice.
std::size_t alternating(std::span<const Address> found, std::size_t position) noexcept {
  const Address::Family preferred = found.front().family;
  const auto is_preferred = [preferred](const Address& address) { return address.family == preferred; };
  const auto first = static_cast<std::size_t>(std::count_if(found.begin(), found.end(), is_preferred));
  const std::size_t pairs = std::min(first, found.size() - first);
  bool of_preferred = position % 2 == 0;
  std::size_t rank = position / 2;  // within its family
  if (position >= 2 * pairs) {
    of_preferred = first > pairs;
    rank = position - pairs;
  }
  std::size_t at = 0;
  for (std::size_t seen = 0;; ++at) {
    assert(at < found.size() && "no address has that rank");
    if (is_preferred(found[at]) == of_preferred && seen++ == rank) return at;
  }
}

}  // namespace

Duration connect_timeout_of(Duration connect_timeout, bool last) noexcept {
  if (last) return connect_timeout;
  return std::min(connect_timeout, std::max<Duration>(std::chrono::seconds{2}, connect_timeout / 3));
}

std::size_t Addresses::begin(std::span<const Address> found) noexcept {
  assert(!found.empty() && !storage_.empty() && storage_.size() <= storage_max);
  const bool all_fit = found.size() <= storage_.size();
  const std::size_t moved = next_ - (begins_with_good_ && next_ != 0 ? 1 : 0);
  offset_ = all_fit ? 0 : (offset_ + moved) % found.size();
  choose(found);
  next_ = 0;
  in_vain_ = true;
  return found.size() - count_;
}

// First the good one; then those that were not tried last time, then the rest: both in the alternating order,
// from where the last attempt stopped. A resolver that shuffles its answers hides none of them.
void Addresses::choose(std::span<const Address> found) noexcept {
  std::array<std::uint16_t, storage_max> chosen;
  const std::size_t room = std::min({found.size(), storage_.size(), chosen.size()});
  const bool all_fit = room == found.size();
  std::size_t count = 0;
  // Where one fits alone, the good one would otherwise be the only one for ever.
  const bool good_first = has_good_ && (room > 1 || !in_vain_);
  const auto good = good_first ? std::find(found.begin(), found.end(), good_) : found.end();
  begins_with_good_ = good != found.end();
  if (begins_with_good_) chosen[count++] = static_cast<std::uint16_t>(good - found.begin());
  for (const bool fresh : {true, false}) {
    for (std::size_t i = 0; i < found.size() && count < room; ++i) {
      const std::size_t at = alternating(found, (offset_ + i) % found.size());
      if (found.begin() + static_cast<std::ptrdiff_t>(at) == good) continue;
      if (all_fit ? !fresh : was_tried(found[at]) == fresh) continue;
      chosen[count++] = static_cast<std::uint16_t>(at);
    }
  }
  assert(count == room && "an address is left out though there is room");
  for (std::size_t i = 0; i < count; ++i) storage_[i] = found[chosen[i]];
  count_ = count;
}

bool Addresses::was_tried(const Address& address) const noexcept {
  const auto tried = storage_.first(next_);
  return std::find(tried.begin(), tried.end(), address) != tried.end();
}

void Addresses::worked() noexcept {
  assert(next_ > 0 && next_ <= count_ && "an address worked that nobody tried");
  good_ = storage_[next_ - 1];
  has_good_ = true;
  in_vain_ = false;
}

}  // namespace kedge

#pragma once
// Ids of requests: 32 bits, from 1, wrapping; 0 is the peer's word for "none".

#include <cstdint>

namespace kedge::btp {

class Ids {
 public:
  explicit Ids(std::uint32_t first = 1) noexcept : next_(first) {}
  /// The next id for which `taken(id)` is false. Some id must be free.
  template <class Taken>
  std::uint32_t take(Taken&& taken) noexcept {
    while (next_ == 0 || taken(next_)) ++next_;
    return next_++;
  }

 private:
  std::uint32_t next_;
};

}  // namespace kedge::btp

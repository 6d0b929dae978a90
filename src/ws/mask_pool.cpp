#include "mask_pool.hpp"

#include <cstring>

namespace kedge::ws {

bool MaskPool::next(Port& port, std::uint32_t& key) noexcept {
  if (storage_.size() - used_ < sizeof key) {
    if (storage_.size() < sizeof key) return false;
    // After a failure the pool still counts as used up: what a failing source left in it is no key.
    used_ = storage_.size();
    if (!port.random(storage_)) return false;
    used_ = 0;
  }
  std::memcpy(&key, storage_.data() + used_, sizeof key);
  used_ += sizeof key;
  return true;
}

}  // namespace kedge::ws

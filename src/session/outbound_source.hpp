#pragma once
// Where the bytes of a message come from that the outbound ring does not hold.

#include <cstddef>
#include <cstdint>
#include <span>

namespace kedge {

class OutboundSource {
 public:
  struct Given {
    std::uint32_t bytes = 0;
    bool last = false;  ///< the message ends with them
  };
  /// Puts the next bytes of the entry with that tag into `room`. Neither bytes nor the last of them: there is
  /// nothing now, or its owner ends the line; asked again in a later turn. May cancel its entry (what it then
  /// gives is dropped), nothing else of the ring.
  virtual Given fill(std::uint64_t tag, std::span<std::byte> room) noexcept = 0;

 protected:
  ~OutboundSource() = default;
};

}  // namespace kedge

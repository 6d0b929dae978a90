#include "close_code.hpp"

namespace kedge::ws {

bool close_code_valid_on_wire(std::uint16_t code) noexcept {
  if (code < 1000 || code > 4999) return false;
  if (code >= 3000) return true;
  // 1004 to 1006 and 1015 are reserved never to be sent; 1016 to 2999 belong to specifications not written
  // yet.
  return code <= 1003 || (code >= 1007 && code <= 1014);
}

}  // namespace kedge::ws

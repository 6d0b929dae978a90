#include <kedge/client.hpp>

namespace kedge {

std::string_view to_string(LinkState state) noexcept {
  switch (state) {
    case LinkState::idle:
      return "idle";
    case LinkState::connecting:
      return "connecting";
    case LinkState::authenticating:
      return "authenticating";
    case LinkState::ready:
      return "ready";
    case LinkState::waiting:
      return "waiting";
    case LinkState::closing:
      return "closing";
    case LinkState::closed:
      return "closed";
  }
  return "unknown";
}

}  // namespace kedge

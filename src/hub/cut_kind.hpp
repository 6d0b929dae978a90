#pragma once
// How the operator ends a connection.

#include <cstdint>

namespace kedge::hub {

enum class CutKind : std::uint8_t {
  abrupt,  ///< TCP ends without a closing handshake
  clean,   ///< close frame with 1000
};

}  // namespace kedge::hub

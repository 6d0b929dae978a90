#pragma once
// What the BTP side knows of a connection.

#include "../../server/connection.hpp"

#include <kedge/btp.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace kedge::hub::btp {

struct Line {
  server::Connection* connection = nullptr;
  kedge::btp::Dialect dialect = kedge::btp::Dialect::crosstown;
  std::string peer;            ///< once authenticated
  bool authenticated = false;  ///< and its peer's packets go this way, unless there is a successor
  bool leaving = false;        ///< it was told to go: nothing more is heard
  /// btp2: another connection took its place, authenticated by this request.
  std::optional<std::uint32_t> successor;

  [[nodiscard]] std::uint64_t id() const noexcept { return connection->id(); }
  [[nodiscard]] bool serves() const noexcept { return authenticated && !leaving && !successor; }
};

}  // namespace kedge::hub::btp

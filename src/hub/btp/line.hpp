#pragma once
// What the BTP side knows of a connection.

#include "../connection.hpp"

#include <kedge/btp.hpp>
#include <kedge/time.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace kedge::hub::btp {

struct Line {
  Connection* connection = nullptr;  ///< null: the slot is free
  kedge::btp::Dialect dialect = kedge::btp::Dialect::crosstown;
  std::string peer;            ///< once authenticated
  bool authenticated = false;  ///< and its peer's packets go this way, unless there is a successor
  bool leaving = false;        ///< it was told to go: nothing more is heard
  Instant deadline = never;    ///< to authenticate by; leaving: when it is closed
  /// btp2: another connection took its place, authenticated by this request.
  std::optional<std::uint32_t> successor;

  [[nodiscard]] std::uint64_t id() const noexcept { return connection == nullptr ? 0 : connection->id(); }
  [[nodiscard]] bool serves() const noexcept { return authenticated && !leaving && !successor; }
};

}  // namespace kedge::hub::btp

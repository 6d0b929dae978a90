#pragma once
// The hub's side of one protocol: its options, its service, and what the operator can ask of it. sides.cpp is
// the table of them.

#include "../program/patience.hpp"
#include "../server/server.hpp"
#include "operator_part.hpp"

#include <kedge/json.hpp>
#include <kedge/port.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace kedge::hub {

/// An address that one side has to itself.
struct OwnAddress {
  std::string option;  ///< that named it
  Address address;
};

/// Made before the command line is read. Until `prepare` it may only be asked for its options.
class Side {
 public:
  Side() = default;
  Side(const Side&) = delete;
  Side& operator=(const Side&) = delete;
  virtual ~Side() = default;

  /// As people call the protocol.
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;

  // The command line.
  /// Adds its options, which hold what was given when it is parsed. Their places are in this object.
  virtual void add_options(CLI::App& app) = 0;
  /// What `--help` says of it below the options: whole lines.
  [[nodiscard]] virtual std::string_view help() const noexcept = 0;
  /// Whether it was asked for, by an option or by a variable of the environment.
  [[nodiscard]] virtual bool wanted() const = 0;
  /// Reads the files and secrets that were named; it is on after that. What is wrong is a std::runtime_error,
  /// a signal program::Interrupted.
  virtual void prepare(const program::Patience& patience) = 0;

  // Once it is prepared.
  /// Where it is spoken; "*": at any path that is nobody else's.
  [[nodiscard]] virtual std::vector<std::string> paths() const = 0;
  /// None: it is where the others are.
  [[nodiscard]] virtual std::optional<OwnAddress> own_address() const = 0;
  [[nodiscard]] virtual server::Offer offer() = 0;
  /// Once, before the server listens. Borrowed.
  virtual void attach(server::Server& server) = 0;
  /// Its members of the line that tells where the hub listens. `base` is scheme, address and port.
  virtual void tell_where(json::Writer& writer, const std::string& base) const = 0;
  [[nodiscard]] virtual OperatorPart& operator_part() = 0;
};

using Sides = std::vector<std::unique_ptr<Side>>;

/// Every side there is: the table in sides.cpp.
[[nodiscard]] Sides make_sides();

}  // namespace kedge::hub

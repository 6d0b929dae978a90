#pragma once
// What the BTP side is told: in code, or by its file.

#include "route_table.hpp"

#include <kedge/time.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace kedge::hub::btp {

/// A path that stands for every path that nobody else serves: real servers look at none.
inline constexpr std::string_view any_path = "*";

struct Config {
  std::string crosstown_path = "/btp";  ///< where the crosstown dialect is spoken
  std::string btp2_path = "/btp2";      ///< where BTP/2.0 is
  std::string address = "test.hub";     ///< the hub's own: who triggers its REJECTs
  RouteTable routes;

  Duration auth_timeout{};                              ///< zero: none, as real servers
  Duration forward_timeout = std::chrono::seconds{30};  ///< for a peer's answer; or until the packet expires
  std::uint32_t packets_max = 1024;                     ///< packets that have no answer yet
  std::uint32_t answers_bytes_max = 16 << 20;           ///< of answers that wait to go out
  bool pings = false;                                   ///< real servers never ping
  bool second_error = true;   ///< crosstown: a failing handler gives another ERROR, with request id 0
  bool answer_empty = false;  ///< crosstown: a MESSAGE without a packet is answered, as BTP/2.0 does
};

/// Whether it is a path that can be served: it begins with '/', or is `any_path`.
[[nodiscard]] bool is_path(std::string_view path) noexcept;

/// Throws std::runtime_error when both are the same.
void check_paths(const std::string& crosstown, const std::string& btp2);

/// Reads a BTP file's text into a configuration. Throws std::runtime_error that names the member and what is
/// wrong with it: not JSON, unknown, double, of the wrong type, out of range.
[[nodiscard]] Config read_config(std::string_view json);

}  // namespace kedge::hub::btp

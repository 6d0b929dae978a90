#pragma once
// What the stand-in is told: in code, or by the policy file.

#include "policy.hpp"
#include "tool.hpp"

#include <kedge/time.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kedge::hub::agent_gate {

enum class Generation : std::uint8_t {
  older,  ///< rows carry the client's id; -32601 to list_tools; -32600 to malformed arguments
  newer,  ///< rows carry a UUID; list_tools answers; silence on malformed arguments
};

/// Which results become rows when nobody is there to take them; others are lost.
enum class Kept : std::uint8_t {
  approvals,  ///< those that a human had a word in, as real servers do
  all,
};

/// A result kept from before the hub was started, as an earlier process would have left it.
struct SeededResult {
  std::string request_id;
  std::string tool;
  std::string args = "{}";          ///< JSON text
  std::string status = "executed";  ///< executed, denied, error
  std::string data = "{}";          ///< JSON text
};

struct Config {
  std::string path = "/";  ///< of the upgrade request; any other is answered 404
  Generation generation = Generation::newer;
  Policy policy;
  std::vector<Tool> tools;
  std::vector<SeededResult> pending_results;

  Duration auth_timeout = std::chrono::seconds{10};
  Duration approval_timeout = std::chrono::seconds{900};
  Duration result_ttl = std::chrono::hours{24};  ///< of a result nobody was there to take
  Kept kept = Kept::approvals;
  /// After a clean close, and after the answer to an approval of an agent that left so, the slot stays taken
  /// for a time that is drawn between these.
  Duration slot_held_min = std::chrono::milliseconds{10};
  Duration slot_held_max = std::chrono::milliseconds{50};
  std::uint32_t requests_per_minute = 60;  ///< 0: no limit
  std::uint32_t approvals_max = 10;
  std::uint32_t running_max = 1024;  ///< tools that have not answered yet
  std::uint32_t results_max = 1024;  ///< results kept; the oldest makes room
  /// Most bytes of one `get_pending_results` answer; what does not fit comes with the next.
  std::size_t reply_bytes_max = 7 * 1024 * 1024;
  bool answer_auth_twice = false;  ///< another reply to `auth`, with the same id
};

/// Reads a policy file's text into a configuration. Throws std::runtime_error that names the member and what
/// is wrong with it: not JSON, unknown, double, of the wrong type, out of range.
[[nodiscard]] Config read_config(std::string_view json);

}  // namespace kedge::hub::agent_gate

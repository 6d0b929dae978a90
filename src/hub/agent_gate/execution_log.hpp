#pragma once
// Which tools ran, for whom, and what became of their results: so that both ends can be reconciled.

#include <kedge/time.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace kedge::hub::agent_gate {

/// What became of a tool's result.
enum class Fate : std::uint8_t {
  running,   ///< the tool is not done, or its answer is held back
  answered,  ///< handed to the connection that asked; the line may still lose it
  silent,    ///< never told: the tool's habit
  kept,      ///< a row, until somebody asks for pending results
  fetched,   ///< a row that was handed out, and deleted
  expired,   ///< a row that nobody asked for in time
  dropped,   ///< a row that made room for a newer one
  lost,      ///< nobody was there to take it, and it is none of those that become rows
};
/// A stable lower-case name. Static storage.
[[nodiscard]] std::string_view to_string(Fate fate) noexcept;

/// A tool that ran.
struct Execution {
  std::uint64_t number = 0;  ///< from 1, without gaps
  std::string client_id;     ///< the JSON-RPC id as text
  std::string request_id;    ///< as rows have it
  std::string tool;
  std::string args;  ///< JSON text, its first ExecutionLog::args_bytes_max bytes
  Fate fate = Fate::running;
  WallTime changed{};  ///< when `fate` became what it is
};

/// The latest executions; older ones are forgotten.
class ExecutionLog {
 public:
  static constexpr std::size_t executions_max = 4096;
  static constexpr std::size_t args_bytes_max = 64;

  /// Adds one that is running; gives its number.
  std::uint64_t add(std::string client_id, std::string request_id, std::string tool, std::string_view args,
                    WallTime now);
  /// Numbers that are forgotten, and 0, which nothing has, are passed over.
  void set(std::uint64_t number, Fate fate, WallTime now) noexcept;

  /// How many there were, the forgotten ones too: the number of the last.
  [[nodiscard]] std::uint64_t total() const noexcept { return total_; }
  /// Oldest first.
  [[nodiscard]] const std::deque<Execution>& latest() const noexcept { return executions_; }

 private:
  std::uint64_t total_ = 0;
  std::deque<Execution> executions_;
};

}  // namespace kedge::hub::agent_gate

#pragma once
// Results that came when nobody was there to take them.

#include <kedge/time.hpp>

#include <cstdint>
#include <deque>
#include <string>

namespace kedge::hub::agent_gate {

struct StoredResult {
  std::uint64_t execution = 0;  ///< Execution::number, 0 when no tool ran for it
  std::string request_id;
  std::string tool;
  std::string args;    ///< JSON text
  std::string result;  ///< JSON text of {status, data}
  WallTime created{};
  WallTime expires_wall{};
  Instant expires = never;
};

/// `tool(args)`, as a human would read it in a log.
[[nodiscard]] std::string signature_of(const std::string& tool, const std::string& args);

/// Kept in the order in which they came, each until it was handed out or has expired.
class Results {
 public:
  explicit Results(std::size_t max) : max_(max) {}

  /// Keeps one. False when the oldest had to go for it.
  bool add(StoredResult result);
  /// A listing for `get_pending_results`: the oldest rows that fit into `bytes_max` (the first one in any
  /// case), as JSON text of `{"results":[...]}`.
  struct Listing {
    std::string json;
    std::size_t rows = 0;
  };
  [[nodiscard]] Listing list(std::size_t bytes_max) const;
  /// Deletes the oldest `rows`: they were handed out.
  void remove(std::size_t rows);
  void expire(Instant now);

  /// Oldest first.
  [[nodiscard]] const std::deque<StoredResult>& rows() const noexcept { return rows_; }
  [[nodiscard]] std::size_t size() const noexcept { return rows_.size(); }
  /// When `expire` is to be called. May be early, as the row it came from may be gone; never late.
  [[nodiscard]] Instant next_deadline() const noexcept { return earliest_; }

 private:
  std::size_t max_;
  std::deque<StoredResult> rows_;
  Instant earliest_ = never;
};

}  // namespace kedge::hub::agent_gate

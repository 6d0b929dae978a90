#pragma once
// Results that a server handed out, and deleted, and that nobody has printed yet: files that wait for
// `kedge agent-gate pending`.

#include "../../program/descriptor.hpp"

#include <kedge/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kedge::cli::agent_gate {

/// Where results wait: `$XDG_STATE_HOME/kedge`, or `~/.local/state/kedge`. Errors: config, when the
/// environment names no absolute path.
[[nodiscard]] Result<std::string> spool_folder();
/// XDG_STATE_HOME, where it names an absolute path, as it must (XDG Base Directory Specification); else null.
[[nodiscard]] const char* state_home() noexcept;

/// The results of one server. Any number of processes may use one folder at once, and each may be killed at
/// any moment: a row is there whole or not at all, and stays until it is removed. What a killed writer left
/// is a row like any other if it is whole, and else is removed, by the next process that looks.
class Spool {
 public:
  /// Of the whole folder, all servers together.
  struct Bounds {
    std::size_t rows = 256;
    std::uint64_t bytes = std::uint64_t{64} * 1024 * 1024;
  };

  /// One result. While this object lives, no other process takes the same row.
  struct Row {
    std::string name;  ///< of its file
    std::string json;
    program::Descriptor lock;
  };
  struct Taken {
    std::vector<Row> rows;       ///< the oldest first
    std::size_t unreadable = 0;  ///< files that were left: damaged, not ours, no descriptor for them
  };

  /// Of the server at this URL, whose query does not count, nor how its scheme and host are spelled, nor
  /// whether a default port is. Touches no file. An error in place of the folder is what every call gives.
  Spool(Result<std::string> folder, std::string_view url, Bounds bounds);
  Spool(Result<std::string> folder, std::string_view url) : Spool(std::move(folder), url, Bounds()) {}

  /// Writes a row, and makes the folder when there is none. When this returns the row is on the disk. Errors:
  /// config (no folder, or one that is a symbolic link or somebody else's), queue_full (a bound is reached),
  /// closed (the system's reason). Nothing is ever dropped for it.
  Result<Row> keep(std::string_view json);
  /// Whether a small row could be kept now: makes a file, and deletes it. Errors: as above.
  Result<void> check();
  /// What there is and no other process holds. Errors: as above; a folder that is not there is empty.
  Result<Taken> take();
  /// How many rows there are.
  [[nodiscard]] std::size_t waiting();
  /// Deletes a row: it was printed.
  void remove(const Row& row) noexcept;
  /// Where they wait; empty when there is no such folder.
  [[nodiscard]] std::string_view folder() const noexcept { return folder_ ? std::string_view(*folder_) : ""; }

 private:
  struct Usage {
    std::size_t rows = 0;
    std::uint64_t bytes = 0;
  };
  Result<void> open(bool make);
  /// Whether so many bytes more are within the bounds.
  [[nodiscard]] Result<void> has_room(std::size_t bytes) const;
  [[nodiscard]] std::vector<std::string> names() const;
  [[nodiscard]] bool is_ours(std::string_view name) const noexcept;
  [[nodiscard]] Usage usage() const;
  [[nodiscard]] std::string new_name() const;
  /// An empty temporary file for a row that will have `name`, held.
  Result<program::Descriptor> create(const std::string& name) const;
  Result<void> write(std::string_view json, const Row& row) const;
  [[nodiscard]] Row read(const std::string& name) const;
  /// What killed writers left, of all servers, becomes rows or is removed.
  void settle_leftovers() const;
  void settle_leftover(const std::string& temporary) const;
  [[nodiscard]] Error because(int code, std::string_view what) const noexcept;

  Result<std::string> folder_;
  std::string server_;  // what its files' names begin with
  Bounds bounds_;
  program::Descriptor directory_;
};

}  // namespace kedge::cli::agent_gate

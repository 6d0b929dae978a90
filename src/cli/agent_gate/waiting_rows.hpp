#pragma once
// Results that nobody has printed, between the server, which deletes what it hands out, and whoever reads our
// standard output: what is not printed there is kept in the spool, or else printed on standard error.

#include "../reporter.hpp"
#include "options.hpp"
#include "spool.hpp"

#include <kedge/agent_gate.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace kedge::cli::agent_gate {

class WaitingRows {
 public:
  /// `reporter` is borrowed.
  WaitingRows(const Options& options, Reporter& reporter);

  /// Whether a row that comes can be kept, or at least be shown. Says so when it can not.
  [[nodiscard]] bool can_keep();
  /// Takes what the spool has, to be printed first.
  void take();
  /// Takes a row of the server's, to be printed.
  void add(const kedge::agent_gate::ResultRow& row);
  /// Keeps a row that this command does not print, or could not.
  void keep(const kedge::agent_gate::ResultRow& row, Reporter::Owner owner);
  [[nodiscard]] bool empty() const noexcept { return rows_.empty(); }
  /// Whether the result of this call is in the spool.
  [[nodiscard]] bool own_kept() const noexcept { return own_kept_; }
  /// Whether what `print()` could not print is in the spool, all of it.
  [[nodiscard]] bool kept() const noexcept { return !not_kept_; }
  /// Prints what was taken as a JSON array on standard output, and lets the spool forget it. Errors: closed
  /// or cancelled; then each row is in the spool, or on standard error; too_large: one of those that were
  /// printed was.
  Result<void> print();
  /// Says how many of earlier requests wait in the spool, if any.
  void tell();

 private:
  void show(std::string_view json, Reporter::Owner owner, const Error& why);

  const Options& options_;
  Reporter& reporter_;
  Spool spool_;
  std::vector<Spool::Row> rows_;  // those without a name are not in the spool
  Error not_kept_;                // why the last of them is not
  bool own_kept_ = false;
  bool warned_ = false;
};

}  // namespace kedge::cli::agent_gate

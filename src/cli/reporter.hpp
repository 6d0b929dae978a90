#pragma once
// What a command prints: its result as JSON on standard output; everything else on standard error, for a
// person or, with --json, as one JSON object a line.

#include "status_line.hpp"

#include <kedge/agent_gate.hpp>
#include <kedge/client.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace kedge::cli {

class Reporter {
 public:
  struct Style {
    /// JSON lines on standard error, each with `time_s` (since construction) and `event`: state, error, log,
    /// warning, note or unclaimed.
    bool json = false;
    /// Only errors, and results that are printed nowhere else.
    bool quiet = false;
  };
  explicit Reporter(Style style);

  void state(LinkState state, const Error& error);
  /// `fetch`: the command that fetches a result which may still come; empty when none may.
  void error(const Error& error, std::string_view fetch = {});
  /// A log line of the library.
  void log(const LogRecord& record);
  /// Something is wrong that does not end the command. Said with --quiet, too.
  void warning(std::string_view text);
  /// A word to the user.
  void note(std::string_view text);
  /// A result of an earlier request that nobody waits for, as `row_as_json` made it; the server has deleted
  /// it, so it must be shown.
  void unclaimed(std::string_view row);
  /// Whether there is a terminal to say what is waited for.
  [[nodiscard]] bool shows_waiting() const noexcept { return waiting_.drawn_at_all(); }
  /// On a terminal: what is waited for, until something else is printed.
  void waiting(std::string_view what, std::chrono::seconds since);
  void not_waiting() { waiting_.clear(); }
  /// Prints JSON text and a line end on standard output. Errors: closed (standard output is, or its disk is
  /// full).
  Result<void> result(std::string_view json);

 private:
  class Line;
  [[nodiscard]] double seconds() const;
  void say(std::string_view text);
  void put(std::string_view line);
  void say_as(std::string_view event, std::string_view text);

  Style style_;
  StatusLine waiting_;
  std::chrono::steady_clock::time_point started_;
};

/// A row as a JSON object; `args` and `result` are their own JSON where that is valid, else strings.
[[nodiscard]] std::string row_as_json(const agent_gate::ResultRow& row);

}  // namespace kedge::cli

#pragma once
// What a command prints: its result as JSON on standard output; everything else on standard error, for a
// person or, with --json, as one JSON object a line.

#include <kedge/agent_gate.hpp>
#include <kedge/client.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace kedge::cli {

class Reporter {
 public:
  /// `json`: JSON lines on standard error, each with `time_s` (since construction) and `event`: state, error,
  /// log or unclaimed.
  explicit Reporter(bool json);

  void state(LinkState state, const Error& error);
  void error(const Error& error);
  /// A log line of the library.
  void log(const LogRecord& record);
  /// A result of an earlier request that nobody waits for; the server has deleted it, so it must be shown.
  void unclaimed(const agent_gate::ResultRow& row);
  /// Prints JSON text and a line end on standard output. Errors: closed (standard output is, or its disk is
  /// full).
  static Result<void> result(std::string_view json);

 private:
  class Line;
  [[nodiscard]] double seconds() const;
  void say(std::string_view text) const;

  bool json_;
  std::chrono::steady_clock::time_point started_;
};

/// A row as a JSON object; `args` and `result` are their own JSON where that is valid, else strings.
[[nodiscard]] std::string row_as_json(const agent_gate::ResultRow& row);

}  // namespace kedge::cli

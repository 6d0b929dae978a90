#pragma once
// What a command prints: its result as JSON on standard output; everything else on standard error, for a
// person or, with --json, as one JSON object a line.

#include "../program/repeat_filter.hpp"
#include "status_line.hpp"

#include <kedge/client.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kedge::cli {

class Reporter {
 public:
  struct Style {
    /// JSON lines on standard error, each with `time_s` (since construction) and `event`: state, error, log,
    /// warning, note or unclaimed.
    bool json = false;
    /// What is below is not told, but for warnings and results that are printed nowhere else. What repeats
    /// itself in an outage is told at growing intervals (program::RepeatFilter), unless this is debug.
    LogLevel least = LogLevel::info;
  };
  /// In systemd's journal each line has its priority.
  explicit Reporter(Style style);

  void state(LinkState state, const Error& error);
  /// `advice` follows the error's own words, which are short. `fetch`: the command that fetches a result
  /// which may still come, or is kept; empty when there is none.
  void error(const Error& error, std::string_view advice = {}, std::string_view fetch = {});
  /// A result that could not be printed and is kept nowhere, on standard error.
  void unprinted(std::string_view json);
  /// A log line of the library.
  void log(const LogRecord& record);
  /// Something is wrong that does not end the command. Said with --quiet, too.
  void warning(std::string_view text);
  /// A word to the user, about so many results.
  void note(std::string_view text, std::optional<std::size_t> count = {});
  /// Whose result a row is.
  enum class Owner : std::uint8_t { earlier, this_call };
  /// A result that is printed and kept nowhere else, a JSON object; the server has deleted it, so
  /// it must be shown.
  void unclaimed(std::string_view row, Owner owner);
  /// Whether there is a terminal to say what is waited for.
  [[nodiscard]] bool shows_waiting() const noexcept { return waiting_.drawn_at_all(); }
  /// On a terminal: what is waited for, until something else is printed.
  void waiting(std::string_view what, std::chrono::seconds since);
  void not_waiting() { waiting_.clear(); }
  /// Prints JSON text and a line end on standard output. Errors: closed (standard output is, or its disk is
  /// full), cancelled (a signal came while the reader took his time).
  Result<void> result(std::string_view json);

 private:
  class Line;
  [[nodiscard]] double seconds() const;
  void say(LogLevel level, std::string_view text);
  void put(LogLevel level, std::string_view line);
  void say_as(LogLevel level, std::string_view event, std::string_view text,
              std::optional<std::size_t> count = {});
  [[nodiscard]] bool tells(LogLevel level) const noexcept { return level >= style_.least; }
  /// How many like it were not told before it; none: nor is it.
  [[nodiscard]] std::optional<std::uint64_t> repeats(const LogRecord& record);

  Style style_;
  bool journal_;
  program::RepeatFilter filter_;
  StatusLine waiting_;
  std::chrono::steady_clock::time_point started_;
};

/// The line that a Reporter with `json` prints of an error at once.
[[nodiscard]] std::string error_as_json(const Error& error, std::string_view advice);

}  // namespace kedge::cli

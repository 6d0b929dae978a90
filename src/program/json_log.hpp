#pragma once
// A daemon's log: a JSON object a line on standard error.

#include "log_descriptor.hpp"
#include "repeat_filter.hpp"

#include <kedge/log.hpp>
#include <kedge/port.hpp>

#include <unistd.h>

#include <algorithm>
#include <cstdint>

namespace kedge::program {

/// Writes {"time":...,"level":...,"event":...,"peer":...,"message":...}; `time` only when the port knows it,
/// `peer` only where there is one. In the journal each line has its priority. A line is written at once or
/// not at all (LogDescriptor); the next one that goes through has the number of those in `lost`.
///
/// A message of more than 1024 bytes is cut, and again when it does not fit on a line with its escapes.
class JsonLog {
 public:
  /// What is below `least` is not written. `port` is borrowed and outlives this, as `descriptor` does.
  explicit JsonLog(Port& port, LogLevel least = LogLevel::info, int descriptor = STDERR_FILENO) noexcept;

  void write(const LogRecord& record) noexcept { (void)write(record, 0); }
  /// For what may come again and again, as in an outage: told once, then at growing intervals, with the
  /// number of those like it that were not told in `repeated` (RepeatFilter). At the level `debug` all of
  /// them are told.
  void write_rarely(const LogRecord& record) noexcept;

  /// What the library is to be asked for: its states say when an outage is over, whether they are told or
  /// not.
  [[nodiscard]] LogLevel wanted() const noexcept { return std::min(least_, LogLevel::info); }
  /// The lines that did not go through since one did.
  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }

 private:
  /// Whether it went through.
  bool write(const LogRecord& record, std::uint64_t repeated) noexcept;
  [[nodiscard]] std::string line_of(const LogRecord& record, std::string_view message,
                                    std::uint64_t repeated) const;

  Port& port_;
  LogLevel least_;
  bool journal_;
  LogDescriptor descriptor_;
  RepeatFilter filter_;
  std::uint64_t lost_ = 0;
};

}  // namespace kedge::program

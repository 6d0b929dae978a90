#pragma once
// What happened at the clients, a line for each event: ledger.py reads it. Written to a file, so that a slow
// reader holds nobody up, and nothing is kept in memory, which is measured.

#include <cstdint>
#include <cstdio>
#include <string_view>

namespace kedge::soak {

/// Lines of words: the time in milliseconds since 1970, what happened, the client's number, and more.
class Journal {
 public:
  explicit Journal(const char* path) noexcept : file_(std::fopen(path, "w")) {}
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;
  ~Journal() {
    if (file_ != nullptr) std::fclose(file_);
  }
  [[nodiscard]] bool usable() const noexcept { return file_ != nullptr; }
  void flush() noexcept { std::fflush(file_); }

  void born(unsigned client) noexcept { line("born", client, 0, "", 0); }
  void state(unsigned client, std::string_view state) noexcept { line("state", client, 0, state, 0); }
  /// Why the state that follows is worse than the one before.
  void reason(unsigned client, std::string_view words) noexcept;
  /// `request` was started and has `deadline_ms` to end.
  void start(unsigned client, std::uint64_t request, std::string_view tool,
             std::int64_t deadline_ms) noexcept {
    line("start", client, request, tool, deadline_ms);
  }
  /// Starting it was refused.
  void refused(unsigned client, std::uint64_t request, std::string_view kind) noexcept {
    line("refused", client, request, kind, 0);
  }
  /// `cancel()` took it.
  void cancel(unsigned client, std::uint64_t request) noexcept { line("cancel", client, request, "", 0); }
  /// Its completion; `kind` is `none` for a result.
  void end(unsigned client, std::uint64_t request, std::string_view kind, std::int64_t code) noexcept {
    line("end", client, request, kind, code);
  }
  /// A row that no request waited for; `request` is the one its arguments name.
  void row(unsigned client, std::uint64_t request, std::string_view status) noexcept {
    line("row", client, request, status, 0);
  }
  /// A promise was broken, in one word.
  void breach(unsigned client, std::uint64_t request, std::string_view what) noexcept {
    line("breach", client, request, what, 0);
  }

 private:
  void line(const char* event, unsigned client, std::uint64_t request, std::string_view word,
            std::int64_t number) noexcept;

  std::FILE* file_;
};

}  // namespace kedge::soak

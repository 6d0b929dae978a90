#pragma once
// What came before a failure: whether the line was ever ready, and what was answered how often in a row.

#include <kedge/error.hpp>

#include <cstdint>

namespace kedge {

/// Counts the failures of one client's attempts to its URL. Copies are cheap.
class FailureHistory {
 public:
  /// So many in a row, and it is no passing trouble.
  static constexpr std::uint32_t many = 10;

  /// The line is ready: whatever was counted is over.
  void ready() noexcept {
    was_ready_ = true;
    refusals_ = answers_ = 0;
    answer_ = {};
  }
  /// An attempt has failed, or a connection has ended.
  void failed(const Error& why) noexcept;
  /// That failure was found to be fatal, or not.
  void judged(bool fatal) noexcept { refusals_ = fatal ? refusals_ + (refusals_ < many ? 1U : 0U) : 0; }

  [[nodiscard]] bool was_ready() const noexcept { return was_ready_; }
  /// The latest failure, an HTTP status (the proxy's counts for itself) or close code, has come `many` times
  /// in a row. 401 and 403 count as one: servers differ in which they say to the same credential.
  [[nodiscard]] bool same_answer_many_times() const noexcept { return answers_ >= many; }
  /// Nothing but fatal failures for so long that trying often is of no use.
  [[nodiscard]] bool is_settled() const noexcept { return refusals_ >= many || same_answer_many_times(); }

 private:
  struct Answer {
    Layer layer = Layer::none;
    std::int32_t code = 0;
    [[nodiscard]] bool operator==(const Answer&) const noexcept = default;
  };
  [[nodiscard]] static Answer answer_of(const Error& why) noexcept;

  Answer answer_;  // the latest; empty when the latest failure was no answer
  std::uint32_t answers_ = 0;
  std::uint32_t refusals_ = 0;
  bool was_ready_ = false;
};

}  // namespace kedge

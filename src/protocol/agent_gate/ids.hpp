#pragma once
// The ids of our requests: increasing integers from a random start, so that an earlier process's rows do not
// match by id.

#include <cstdint>
#include <optional>
#include <string_view>

namespace kedge::agent_gate {

class Ids {
 public:
  /// Ids start below this (and stay exact in a double for another 2^52 requests).
  static constexpr std::uint64_t start_below = std::uint64_t{1} << 52;

  /// Starts from 64 random bits. Before that no id is ours.
  void start(std::uint64_t random) noexcept { first_ = next_ = random % (start_below - 1) + 1; }
  [[nodiscard]] bool started() const noexcept { return next_ != 0; }
  std::uint64_t take() noexcept { return next_++; }
  /// Whether this process has given out `id`, however that request ended.
  [[nodiscard]] bool ours(std::uint64_t id) const noexcept { return id >= first_ && id < next_; }

  /// The id that a row's `request_id` text is, if it is one of ours: decimal digits and nothing else.
  [[nodiscard]] std::optional<std::uint64_t> parse_ours(std::string_view text) const noexcept {
    // 2^53 has 16 digits: nothing longer is ours, and nothing shorter can wrap.
    if (text.empty() || text.size() > 16 || text.front() == '0') return std::nullopt;
    std::uint64_t id = 0;
    for (const char digit : text) {
      if (digit < '0' || digit > '9') return std::nullopt;
      id = id * 10 + static_cast<std::uint64_t>(digit - '0');
    }
    if (!ours(id)) return std::nullopt;
    return id;
  }

 private:
  std::uint64_t first_ = 0;
  std::uint64_t next_ = 0;
};

}  // namespace kedge::agent_gate

#pragma once
// What became of each request, for whoever reads a breach. It is no part of the trace: a digest does not know
// it.

#include <kedge/error.hpp>
#include <kedge/priority.hpp>
#include <kedge/time.hpp>

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace kedge::rig {

struct HistoryEvent {
  enum class What : std::uint8_t { asked, refused, cancelled, not_cancelled, answered, failed };

  Instant when{};
  std::uint64_t request = 0;
  What what = What::asked;
  int kind = 0;  ///< the scenario's
  Priority priority = Priority::normal;
  Duration deadline{};  ///< of `asked`: from then
  std::string words{};  ///< of `refused` and `failed`: the error
};
[[nodiscard]] std::string to_string(const HistoryEvent& event);

class History {
 public:
  explicit History(Instant began) noexcept : began_(began) {}
  void add(HistoryEvent event) { events_.push_back(std::move(event)); }
  /// Each request that a breach's `detail` names ("request 23"), from its first event to its last; when it
  /// names none, those that were open.
  void print(std::FILE* to, std::string_view detail) const;

 private:
  [[nodiscard]] std::vector<std::uint64_t> open() const;

  Instant began_;
  std::vector<HistoryEvent> events_;
};

/// The requests that a breach's `detail` names, each once.
[[nodiscard]] std::vector<std::uint64_t> requests_named(std::string_view detail);

}  // namespace kedge::rig

#pragma once
// Reads a reply that is larger than the message buffer as it arrives: each row of `result.results` is
// gathered in one buffer and handed on; everything else is skipped, but for the `id`, which tells whose
// answer it is and often comes last.

#include "reply.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace kedge::agent_gate {

/// Hears of rows.
class RowSink {
 public:
  /// A whole row, or the beginning of one of `bytes` bytes that did not fit. `text` may be overwritten.
  virtual void on_row(std::span<char> text, std::uint64_t bytes) noexcept = 0;

 protected:
  ~RowSink() = default;
};

}  // namespace kedge::agent_gate

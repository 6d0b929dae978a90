#include "../../base/limit_ranges.hpp"

#include <kedge/agent_gate.hpp>

namespace kedge::agent_gate {

Result<void> check(const Limits& limits) noexcept {
  const kedge::Limits& of_line = limits;
  if (auto checked = kedge::check(of_line); !checked) return checked;
  const LimitRange ranges[] = {
      {"result_row_bytes_max", limits.result_row_bytes_max, 128, buffer_bytes_most},
  };
  return check_ranges(ranges);
}

}  // namespace kedge::agent_gate

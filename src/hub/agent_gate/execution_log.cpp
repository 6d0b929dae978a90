#include "execution_log.hpp"

#include <utility>

namespace kedge::hub::agent_gate {

std::string_view to_string(Fate fate) noexcept {
  switch (fate) {
    case Fate::running:
      return "running";
    case Fate::answered:
      return "answered";
    case Fate::silent:
      return "silent";
    case Fate::kept:
      return "kept";
    case Fate::fetched:
      return "fetched";
    case Fate::expired:
      return "expired";
    case Fate::dropped:
      return "dropped";
    case Fate::lost:
      return "lost";
  }
  return "unknown";
}

std::uint64_t ExecutionLog::add(std::string client_id, std::string request_id, std::string tool,
                                std::string_view args, WallTime now) {
  if (executions_.size() == executions_max) executions_.pop_front();
  executions_.push_back({++total_, std::move(client_id), std::move(request_id), std::move(tool),
                         std::string(args.substr(0, args_bytes_max)), Fate::running, now});
  return total_;
}

void ExecutionLog::set(std::uint64_t number, Fate fate, WallTime now) noexcept {
  if (executions_.empty() || number < executions_.front().number || number > total_) return;
  Execution& execution = executions_[static_cast<std::size_t>(number - executions_.front().number)];
  execution.fate = fate;
  execution.changed = now;
}

}  // namespace kedge::hub::agent_gate

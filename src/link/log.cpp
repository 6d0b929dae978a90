#include "link.hpp"

// What the link and its protocol tell the log hook.

namespace kedge {

void Link::log(LogLevel level, std::string_view event, std::string_view message) noexcept {
  if (logs(level)) config_.log(LogRecord{level, event, host_header_, message, peer_id_});
}

void Link::log_message(std::string_view event, std::string_view what, std::optional<std::uint64_t> id,
                       std::uint64_t bytes) noexcept {
  if (!logs(LogLevel::debug)) return;
  Error line(ErrorKind::none, what);
  if (id) line.append(", id ").append(static_cast<std::int64_t>(*id));
  log(LogLevel::debug, event,
      line.append(", ").append(static_cast<std::int64_t>(bytes)).append(" bytes").message());
}

}  // namespace kedge

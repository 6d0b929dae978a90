#include "service_manager.hpp"

#include "../../base/whole_number.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>

namespace kedge::program {

namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

Error failed() noexcept {
  return Error(ErrorKind::connection, Layer::system, errno, "the service manager cannot be told: ")
      .append(std::strerror(errno));
}

bool is_behind(const Error& error) noexcept {
  return error.layer() == Layer::system &&
         (error.layer_code() == EAGAIN || error.layer_code() == EWOULDBLOCK);
}

}  // namespace

ServiceManager ServiceManager::from_environment() {
  std::optional<Duration> watchdog;
  const auto interval_us =
      whole_number(variable("WATCHDOG_USEC"), 1, std::numeric_limits<std::int64_t>::max());
  const std::string pid = variable("WATCHDOG_PID");
  if (interval_us && (pid.empty() || pid == std::to_string(::getpid()))) {
    watchdog = Duration(static_cast<std::int64_t>(*interval_us));
  }
  return {variable("NOTIFY_SOCKET"), watchdog};
}

std::optional<Duration> ServiceManager::watchdog_interval() const noexcept {
  if (socket_.empty() || !watchdog_) return std::nullopt;
  return std::max<Duration>(*watchdog_ / 3, std::chrono::milliseconds{1});
}

Result<void> ServiceManager::ready(std::string_view status) noexcept {
  return send(Words("READY=1\nSTATUS=%.*s", static_cast<int>(status.size()), status.data()));
}

Result<void> ServiceManager::reloading(Instant now) noexcept {
  const auto us = static_cast<long long>(now.time_since_epoch().count());
  return send(Words("RELOADING=1\nMONOTONIC_USEC=%lld", us));
}

Result<void> ServiceManager::status(std::string_view words) noexcept {
  Words datagram("STATUS=%.*s", static_cast<int>(words.size()), words.data());
  datagram.join_lines();
  return send(datagram);
}

Result<void> ServiceManager::stopping(Duration wait) noexcept {
  const auto us = static_cast<long long>(wait.count());
  return send(Words("STOPPING=1\nEXTEND_TIMEOUT_USEC=%lld", us));
}

Result<void> ServiceManager::alive() noexcept {
  if (const auto kept = send_kept(); !kept) return kept;
  return send_now("WATCHDOG=1");
}

Result<void> ServiceManager::send(const Words& words) noexcept {
  (void)send_kept();
  const auto sent = keeps() ? Result<void>() : send_now(words.text());
  if (!keeps() && (sent || !is_behind(sent.error()))) return sent;
  if (kept_count_ == kept_.size()) drop_oldest();
  kept_[kept_count_++] = words;
  return {};
}

void ServiceManager::drop_oldest() noexcept {
  std::move(kept_.begin() + 1, kept_.end(), kept_.begin());
  --kept_count_;
}

Result<void> ServiceManager::send_kept() noexcept {
  while (keeps()) {
    const auto sent = send_now(kept_[0].text());
    if (!sent && is_behind(sent.error())) return {};
    drop_oldest();
    if (!sent) return sent;
  }
  return {};
}

Result<void> ServiceManager::send_now(std::string_view text) const noexcept {
  if (socket_.empty()) return {};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if ((socket_[0] != '/' && socket_[0] != '@') || socket_.size() >= sizeof address.sun_path) {
    return Error(ErrorKind::config, "NOTIFY_SOCKET: neither an absolute path nor an abstract name");
  }
  socket_.copy(address.sun_path, socket_.size());
  if (socket_[0] == '@') address.sun_path[0] = '\0';  // an abstract name begins with it and has no end
  const std::size_t size = offsetof(sockaddr_un, sun_path) + socket_.size() + (socket_[0] == '/' ? 1 : 0);

  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return failed();
  const ssize_t sent = ::sendto(fd, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                                reinterpret_cast<const sockaddr*>(&address), static_cast<socklen_t>(size));
  const Error error = sent < 0 ? failed() : Error{};
  ::close(fd);
  return error;
}

}  // namespace kedge::program

#include "log_descriptor.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <climits>
#include <cstdio>

namespace kedge::program {

static_assert(LogDescriptor::line_bytes_max <= PIPE_BUF);

LogDescriptor::LogDescriptor(int descriptor) noexcept : descriptor_(descriptor) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return;
  if (S_ISREG(status.st_mode)) {
    kind_ = Kind::file;
  } else if (S_ISSOCK(status.st_mode)) {
    kind_ = Kind::socket;
  } else {
    // A pipe or terminal opened once more has flags of its own. Without /proc, or the right to, there is the
    // descriptor that we have.
    char path[32];
    (void)std::snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    const int own = ::open(path, O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (own < 0) return;
    descriptor_ = own;
    kind_ = Kind::own;
  }
}

LogDescriptor::~LogDescriptor() {
  if (kind_ == Kind::own) ::close(descriptor_);
}

long LogDescriptor::write_some(std::string_view text) const noexcept {
  if (kind_ == Kind::socket) {
    return ::send(descriptor_, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  }
  if (kind_ == Kind::shared) {
    // A pipe with room has room for PIPE_BUF.
    pollfd room{descriptor_, POLLOUT, 0};
    if (::poll(&room, 1, 0) != 1 || (room.revents & POLLOUT) == 0) return -1;
  }
  return ::write(descriptor_, text.data(), text.size());
}

bool LogDescriptor::write(std::string_view line) noexcept {
  if (torn_ && write_some("\n") != 1) return false;
  torn_ = false;
  const long written = write_some(line);
  const bool whole = written == static_cast<long>(line.size());
  torn_ = written > 0 && !whole;
  return whole;
}

}  // namespace kedge::program

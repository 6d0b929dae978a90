#include "standard_input.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace kedge::cli {

Result<void> StandardInput::open(uv::Loop& loop, Callback<void()> on_readable) noexcept {
  return ready_.open(loop, STDIN_FILENO, program::Readiness::For::reading, std::move(on_readable));
}

Result<std::optional<std::string_view>> StandardInput::read() noexcept {
  // Whoever shares it may have been quicker.
  pollfd there{STDIN_FILENO, POLLIN, 0};
  if (::poll(&there, 1, 0) <= 0) return std::optional<std::string_view>();
  const ssize_t got = ::read(STDIN_FILENO, chunk_.data(), chunk_.size());
  if (got >= 0) return std::optional(std::string_view(chunk_.data(), static_cast<std::size_t>(got)));
  if (errno == EINTR || errno == EAGAIN) return std::optional<std::string_view>();
  const int code = errno;
  return Error(ErrorKind::config, Layer::system, code, "standard input cannot be read: ")
      .append(std::strerror(code));
}

// What main() puts in its place cannot be read.
bool StandardInput::is_missing() noexcept {
  const int flags = ::fcntl(STDIN_FILENO, F_GETFL);
  return flags < 0 || (flags & O_ACCMODE) == O_WRONLY;
}

}  // namespace kedge::cli

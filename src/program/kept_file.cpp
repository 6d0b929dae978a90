#include "kept_file.hpp"

#include "descriptor.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>

namespace kedge::program {

namespace {

Error cannot_read(int code) noexcept {
  return Error(ErrorKind::config, "cannot be read: ").append(std::strerror(code));
}

/// The descriptor of ours that a path names.
std::optional<int> descriptor_named(std::string_view path) noexcept {
  if (path == "/dev/stdin") return STDIN_FILENO;
  for (const std::string_view folder : {"/dev/fd/", "/proc/self/fd/"}) {
    if (!path.starts_with(folder)) continue;
    const std::string_view digits = path.substr(folder.size());
    int number = -1;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error == std::errc{} && end == digits.data() + digits.size() && number >= 0) return number;
  }
  return std::nullopt;
}

/// Opened without waiting for anybody. A socket, or a pipe of another user, cannot be opened by the name of
/// our descriptor: then it is the descriptor itself.
int open_to_read(const std::string& path) noexcept {
  const int opened = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (opened >= 0 || (errno != ENXIO && errno != EACCES)) return opened;
  const int why = errno;
  const auto ours = descriptor_named(path);
  const int copy = ours ? ::fcntl(*ours, F_DUPFD_CLOEXEC, 0) : -1;
  if (copy < 0) errno = why;
  return copy;
}

bool is_regular(int descriptor) noexcept {
  struct stat status {};
  return ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}

/// SIGINT and SIGTERM as something to poll for, as long as this lives.
class SignalsToPoll {
 public:
  SignalsToPoll() noexcept {
    sigset_t wanted;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGINT);
    sigaddset(&wanted, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &wanted, &before_);
    descriptor_ = ::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
  }
  SignalsToPoll(const SignalsToPoll&) = delete;
  SignalsToPoll& operator=(const SignalsToPoll&) = delete;
  ~SignalsToPoll() {
    if (descriptor_ >= 0) ::close(descriptor_);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
  /// Takes one that has come: it does nothing else.
  void take() const noexcept {
    signalfd_siginfo taken{};
    (void)!::read(descriptor_, &taken, sizeof taken);
  }

 private:
  sigset_t before_{};
  int descriptor_ = -1;
};

/// Until there is something to read, or an end.
Result<void> wait(int descriptor, const SignalsToPoll* signals, const Patience& patience) noexcept {
  for (;;) {
    std::array<pollfd, 2> events{
        {{descriptor, POLLIN, 0}, {signals == nullptr ? -1 : signals->descriptor(), POLLIN, 0}}};
    const auto left = std::min<std::int64_t>(patience.left().count(), std::numeric_limits<int>::max());
    const int ready = ::poll(events.data(), events.size(), static_cast<int>(left));
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) return cannot_read(errno);
    if (signals != nullptr && events[1].revents != 0) {
      signals->take();
      return Error(ErrorKind::cancelled, "interrupted");
    }
    if (events[0].revents != 0) return {};
    if (patience.left().count() == 0) return Error(ErrorKind::timeout, "nobody has written it in time");
  }
}

/// 0 at the end.
Result<std::size_t> read_some(int descriptor, std::span<char> into) noexcept {
  for (;;) {
    const ssize_t size = ::read(descriptor, into.data(), into.size());
    if (size >= 0) return static_cast<std::size_t>(size);
    if (errno != EINTR) return cannot_read(errno);
  }
}

/// To its end, or until there is no room.
Result<void> read_to_end(int descriptor, SecretText& into, const Patience& patience) {
  const bool regular = is_regular(descriptor);
  std::optional<SignalsToPoll> signals;
  if (!regular && patience.left().count() > 0) signals.emplace();
  while (!into.room().empty()) {
    if (!regular) {
      if (auto waited = wait(descriptor, signals ? &*signals : nullptr, patience); !waited) return waited;
    }
    const auto size = read_some(descriptor, into.room());
    if (!size) return size.error();
    if (*size == 0) return {};
    into.grow(*size);
  }
  return {};
}

}  // namespace

Result<void> read_once(const std::string& path, SecretText& into, const Patience& patience) {
  // Not opened by a name: it goes on where others have stopped reading it.
  if (path == "-") return read_to_end(STDIN_FILENO, into, patience);
  const Descriptor file(open_to_read(path));
  return file ? read_to_end(file.get(), into, patience) : cannot_read(errno);
}

Result<void> KeptFile::read_descriptor(int descriptor, SecretText& into, const Patience& patience) const {
  if (auto read = read_to_end(descriptor, into, patience); !read) return read;
  if (into.view().size() <= bytes_max_) return {};
  return Error(ErrorKind::config, "is larger than ")
      .append(static_cast<std::int64_t>(bytes_max_))
      .append(" bytes");
}

Result<void> KeptFile::prepare(const Patience& patience) {
  if (is_kept()) return {};
  const Descriptor file(open_to_read(path_));
  if (file.get() < 0) return cannot_read(errno);
  if (is_regular(file.get())) return {};
  auto text = std::make_unique<SecretText>(bytes_max_ + 1);
  if (auto read = read_descriptor(file.get(), *text, patience); !read) return read;
  kept_ = std::move(text);
  return {};
}

Result<void> KeptFile::read(SecretText& into) const {
  into.clear();
  if (is_kept()) {
    const std::string_view text = kept_->view();
    text.copy(into.room().data(), into.room().size());
    into.grow(text.size());
    return {};
  }
  const Descriptor file(open_to_read(path_));
  if (file.get() < 0) return cannot_read(errno);
  struct stat status {};
  if (::fstat(file.get(), &status) == 0 && S_ISDIR(status.st_mode)) return cannot_read(EISDIR);
  if (!is_regular(file.get()))
    return Error(ErrorKind::config, "is a file no longer: it cannot be read again");
  return read_descriptor(file.get(), into, Patience(std::chrono::milliseconds{0}));
}

Result<std::unique_ptr<SecretText>> KeptFile::read() const {
  auto text = std::make_unique<SecretText>(bytes_max_ + 1);
  if (auto done = read(*text); !done) return done.error();
  return text;
}

}  // namespace kedge::program

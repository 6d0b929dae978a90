#include "whole_write.hpp"

#include "signals.hpp"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>

namespace kedge::program {

namespace {

// A signal that comes right before poll() is seen that much later.
constexpr int slice_ms = 100;
// More may block though there is room for some: pipe(7).
constexpr std::size_t piece_bytes = PIPE_BUF;
constexpr std::size_t file_piece_bytes = std::size_t{1} << 20U;

volatile std::sig_atomic_t signal_came = 0;

/// While it lives, signals are only remembered.
class RememberedSignals {
 public:
  RememberedSignals() noexcept {
    signal_came = 0;
    struct sigaction remember {};
    remember.sa_handler = [](int) { signal_came = 1; };  // without SA_RESTART: calls that block end
    sigemptyset(&remember.sa_mask);
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      taken_[i] = !is_ignored(numbers[i]) && ::sigaction(numbers[i], &remember, &before_[i]) == 0;
    }
  }
  RememberedSignals(const RememberedSignals&) = delete;
  RememberedSignals& operator=(const RememberedSignals&) = delete;
  ~RememberedSignals() {
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      if (taken_[i]) (void)::sigaction(numbers[i], &before_[i], nullptr);
    }
  }

 private:
  static constexpr std::array numbers{SIGINT, SIGTERM, SIGHUP};
  std::array<struct sigaction, numbers.size()> before_{};
  std::array<bool, numbers.size()> taken_{};
};

std::size_t piece_for(int descriptor) noexcept {
  struct stat status {};
  const bool file = ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
  return file ? file_piece_bytes : piece_bytes;
}

/// Writes a piece when there is room within `wait_ms`: how many bytes that were.
Result<std::size_t> write_piece(int descriptor, std::string_view text, std::size_t piece,
                                int wait_ms) noexcept {
  pollfd room{descriptor, POLLOUT, 0};
  // What is wrong with the descriptor, write() tells better.
  if (::poll(&room, 1, wait_ms) <= 0) return std::size_t{0};
  const ssize_t written = ::write(descriptor, text.data(), std::min(piece, text.size()));
  if (written >= 0) return static_cast<std::size_t>(written);
  if (errno == EINTR || errno == EAGAIN) return std::size_t{0};
  const int code = errno;
  return Error(ErrorKind::closed, Layer::system, code, std::strerror(code));
}

}  // namespace

Result<std::size_t> write_some(int descriptor, std::string_view text) noexcept {
  const std::size_t piece = piece_for(descriptor);
  std::size_t total = 0;
  while (total < text.size()) {
    const auto written = write_piece(descriptor, text.substr(total), piece, 0);
    if (!written) return written;
    if (*written == 0) break;
    total += *written;
  }
  return total;
}

Result<void> write_whole(int descriptor, std::string_view text) noexcept {
  const RememberedSignals signals;
  const std::size_t piece = piece_for(descriptor);
  while (!text.empty()) {
    if (signal_came != 0) return Error(ErrorKind::cancelled, Layer::system, 0, "interrupted");
    const auto written = write_piece(descriptor, text, piece, slice_ms);
    if (!written) return written.error();
    text.remove_prefix(*written);
  }
  return {};
}

}  // namespace kedge::program

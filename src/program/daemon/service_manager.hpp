#pragma once
// What systemd wants to hear of a service (sd_notify(3)): a datagram to the socket that it names.

#include <kedge/result.hpp>
#include <kedge/time.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

namespace kedge::program {

class ServiceManager {
 public:
  /// As the environment has it: NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID.
  [[nodiscard]] static ServiceManager from_environment();
  /// `socket`: an absolute path, or '@' and a name (an abstract one); empty: nobody listens. `watchdog`: the
  /// time after which the service manager calls us dead.
  ServiceManager(std::string socket, std::optional<Duration> watchdog)
      : socket_(std::move(socket)), watchdog_(watchdog) {}

  /// How often to be heard of; none when nobody waits for it.
  [[nodiscard]] std::optional<Duration> watchdog_interval() const noexcept;

  /// Each sends one datagram, never waiting; without a service manager they do nothing. When the service
  /// manager is behind with reading, all but `alive` are kept, for `send_kept`. Errors: config (no such kind
  /// of socket), connection.
  Result<void> ready(std::string_view status) noexcept;
  Result<void> reloading(Instant now) noexcept;
  Result<void> status(std::string_view words) noexcept;
  /// `wait`: how long the end may take, whatever the service manager's own limit.
  Result<void> stopping(Duration wait) noexcept;
  Result<void> alive() noexcept;

  /// Whether there are datagrams that had no room.
  [[nodiscard]] bool keeps() const noexcept { return kept_count_ > 0; }
  /// Sends them as far as there is room now.
  Result<void> send_kept() noexcept;

 private:
  /// A datagram in fixed memory: it may have to tell of what goes wrong.
  class Words {
   public:
    Words() noexcept = default;
    template <class... Values>
    explicit Words(const char* format, Values... values) noexcept {
      const int size = std::snprintf(text_.data(), text_.size(), format, values...);
      size_ = std::min(static_cast<std::size_t>(std::max(size, 0)), text_.size() - 1);
    }
    /// What others said is in it: a line of theirs must not count as one of ours.
    void join_lines() noexcept { std::replace(text_.begin(), text_.end(), '\n', ' '); }
    [[nodiscard]] std::string_view text() const noexcept { return {text_.data(), size_}; }

   private:
    std::array<char, 256> text_{};
    std::size_t size_ = 0;
  };
  Result<void> send(const Words& words) noexcept;
  void drop_oldest() noexcept;
  [[nodiscard]] Result<void> send_now(std::string_view text) const noexcept;

  std::string socket_;
  std::optional<Duration> watchdog_;
  // The oldest first; for one too many the oldest goes, which says what holds no longer.
  std::array<Words, 8> kept_;
  std::size_t kept_count_ = 0;
};

}  // namespace kedge::program

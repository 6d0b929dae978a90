#pragma once
// A non-blocking TCP socket under uv_poll, as a Stream.

#include "address.hpp"
#include "block.hpp"

namespace kedge::uv {

/// A stream that is used again and again: for each connection attempt of a Port, or in a Listener's pool.
///
/// Reading costs no system call but recv: interest in reading stays registered with libuv while the reader
/// keeps up, and is dropped when an event finds that the reader has paused. Interest in writing is registered
/// only while a write is blocked.
class Socket final : public Stream {
 public:
  Socket() noexcept = default;
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  /// Once, before anything else.
  void init(Block& block, const StreamOptions& options) noexcept;

  [[nodiscard]] bool idle() const noexcept { return state_ == State::idle; }
  /// Starts to connect. On an error the socket stays idle.
  Result<void> connect(const Address& address, StreamEvents& events) noexcept;
  /// Takes over a connected, non-blocking descriptor. On an error the caller keeps it.
  Result<void> adopt(int descriptor) noexcept;
  [[nodiscard]] bool has_events() const noexcept { return events_ != nullptr; }
  /// Closes without telling anybody.
  void abandon() noexcept;

  IoResult read(std::span<std::byte> into) noexcept override;
  IoResult write(std::span<const std::byte> from) noexcept override;
  void shutdown_write() noexcept override;
  void close() noexcept override;
  [[nodiscard]] Error error() const noexcept override { return error_; }
  void set_events(StreamEvents& events) noexcept override { events_ = &events; }

 private:
  enum class State : std::uint8_t { idle, connecting, open, failed, closing };

  Result<void> start(int descriptor, State state) noexcept;
  void on_poll(int status, int events) noexcept;
  void finish_connect() noexcept;
  void finish_close() noexcept;
  IoResult wait_to_read(IoResult result) noexcept;
  IoResult wait_to_write(IoResult result) noexcept;
  IoResult fail(std::string_view doing, int code) noexcept;
  IoResult not_open() noexcept;
  void update_interest() noexcept;

  Block* block_ = nullptr;
  StreamEvents* events_ = nullptr;
  uv_poll_t poll_{};
  StreamOptions options_;
  Error error_;
  int descriptor_ = -1;
  int interest_ = 0;  // what libuv watches for us now
  State state_ = State::idle;
  bool in_event_ = false;      // interest is settled once, when the event is over
  bool watch_reads_ = false;   // keep reading registered
  bool reader_waits_ = false;  // on_readable is owed
  bool writer_waits_ = false;  // on_writable is owed
  bool read_failed_ = false;
  bool write_failed_ = false;
  bool ended_ = false;  // the peer closed its side
  bool write_shut_ = false;
};

}  // namespace kedge::uv

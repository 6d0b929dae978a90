#pragma once
// Listens between a client and its stream: what it writes and reads in clear, whether TLS is beneath or not.

#include "frame_reader.hpp"

#include <kedge/port.hpp>
#include <kedge/tls_layer.hpp>

namespace kedge::rig {

/// Hears what passes. Called from within the client's calls into its stream: it must not call the client.
class LineWatcher {
 public:
  /// A stream for the WebSocket line is there.
  virtual void on_line() = 0;
  /// The server has answered 101.
  virtual void on_upgraded() = 0;
  /// The client offers new bytes: the frames it has put into its write buffer at once, in order.
  virtual void on_offered(std::span<const Frame> frames) = 0;
  /// The stream has accepted everything before this position; `whole`: all that it was offered.
  virtual void on_accepted(std::uint64_t position, bool whole) = 0;
  /// Bytes came (0: the first look at a stream).
  virtual void on_heard(std::size_t bytes) = 0;
  /// A frame was read whole.
  virtual void on_frame(const Frame& frame) = 0;
  /// The client broke a rule that only the tap can see.
  virtual void on_breach(std::string_view rule, std::string detail) = 0;
  /// The client closes the stream.
  virtual void on_line_closed() = 0;

 protected:
  ~LineWatcher() = default;
};

/// Hears how far an attempt gets. Called as `LineWatcher` is.
class StageWatcher {
 public:
  virtual void on_resolving() = 0;
  virtual void on_connecting() = 0;
  virtual void on_securing() = 0;
  /// The upgrade is asked for.
  virtual void on_upgrading() = 0;
  /// The server's answer to that came whole.
  virtual void on_answered(const std::string& head) = 0;
  /// The server closes, and the client had not.
  virtual void on_goodbye(std::uint16_t code) = 0;

 protected:
  ~StageWatcher() = default;
};

class TapStream final : public Stream {
 public:
  TapStream(LineWatcher& watcher, StageWatcher& stages) noexcept : watcher_(watcher), stages_(stages) {}
  Stream& attach(Stream& below);

  IoResult read(std::span<std::byte> into) noexcept override;
  IoResult write(std::span<const std::byte> from) noexcept override;
  void shutdown_write() noexcept override { below_->shutdown_write(); }
  void close() noexcept override;
  [[nodiscard]] Error error() const noexcept override { return below_->error(); }
  void set_events(StreamEvents& events) noexcept override { below_->set_events(events); }

 private:
  void offer(std::span<const std::byte> bytes);

  LineWatcher& watcher_;
  StageWatcher& stages_;
  Stream* below_ = nullptr;
  FrameReader written_;
  FrameReader read_;
  std::uint64_t accepted_ = 0;
  std::uint64_t offered_ = 0;
  bool said_close_ = false;  // the client
};

/// A port whose streams are tapped; with TLS in between tap that instead (`tapped` false here).
class TapPort final : public Port {
 public:
  TapPort(Port& port, LineWatcher& watcher, StageWatcher& stages, bool tapped) noexcept
      : port_(port), stages_(stages), stream_(watcher, stages), tapped_(tapped) {}

  void set_events(PortEvents& events) noexcept override { port_.set_events(events); }
  [[nodiscard]] Instant now() noexcept override { return port_.now(); }
  [[nodiscard]] std::optional<WallTime> wall_time() noexcept override { return port_.wall_time(); }
  [[nodiscard]] bool random(std::span<std::byte> out) noexcept override { return port_.random(out); }
  void arm(Instant deadline) noexcept override { port_.arm(deadline); }
  Result<void> resolve(std::string_view host, std::uint16_t tcp_port) noexcept override {
    stages_.on_resolving();
    return port_.resolve(host, tcp_port);
  }
  void cancel_resolve() noexcept override { port_.cancel_resolve(); }
  Result<Stream*> connect(const Address& address, StreamEvents& events) noexcept override;

 private:
  Port& port_;
  StageWatcher& stages_;
  TapStream stream_;
  bool tapped_;
};

/// A TLS layer whose streams are tapped above the encryption.
class TapTls final : public TlsLayer {
 public:
  TapTls(TlsLayer& layer, LineWatcher& watcher, StageWatcher& stages) noexcept
      : layer_(layer), stages_(stages), stream_(watcher, stages) {}
  Result<Stream*> start(Stream& below, StreamEvents& events, std::string_view host, std::uint16_t tcp_port,
                        Port& port) noexcept override;
  void drop() noexcept override { layer_.drop(); }

 private:
  TlsLayer& layer_;
  StageWatcher& stages_;
  TapStream stream_;
};

}  // namespace kedge::rig

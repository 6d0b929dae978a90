#pragma once
// TLS as the simulator models it: flights of a handshake that can fail at each step, then records. No
// cryptography: a real handshake takes 7 ms, and what the client above must survive is when it fails, not
// how.

#include <kedge/port.hpp>
#include <kedge/tls_layer.hpp>

#include <cstdint>
#include <string>

namespace kedge::rig {

/// What a server does to a handshake.
struct TlsConduct {
  enum class How : std::uint8_t { well, alert, vanish, stall, bad_certificate };
  How how = How::well;
  std::uint8_t step = 0;  ///< 0: at the client's first flight; 1: at its second
};

class ModelTlsStream final : public Stream, private StreamEvents {
 public:
  enum class Role : std::uint8_t { client, server };
  explicit ModelTlsStream(Role role) noexcept : role_(role) {}

  /// As `TlsLayer::start`; takes the events of `below`.
  Result<Stream*> start(Stream& below, StreamEvents& events, const TlsConduct& conduct = {});

  IoResult read(std::span<std::byte> into) noexcept override;
  IoResult write(std::span<const std::byte> from) noexcept override;
  void shutdown_write() noexcept override;
  void close() noexcept override;
  [[nodiscard]] Error error() const noexcept override { return error_; }
  void set_events(StreamEvents& events) noexcept override { events_ = &events; }

 private:
  enum class Record : char {
    hello = '1',
    server_hello = '2',
    finish = '3',
    done = '4',
    data = 'A',
    bye = 'N',
    alert = 'X'
  };
  enum class Input : std::uint8_t { open, ended, broken };

  void on_open() noexcept override {}
  void on_error(const Error& error) noexcept override;
  void on_readable() noexcept override;
  void on_writable() noexcept override;
  void on_closed() noexcept override;

  void pull();
  void take_records();
  void take(Record record, std::string_view body);
  void answer(Record record, std::size_t bytes, std::uint8_t step);
  void put(Record record, std::string_view body);
  bool flush();
  void fail(const Error& error);

  Role role_;
  Stream* below_ = nullptr;
  StreamEvents* events_ = nullptr;
  TlsConduct conduct_;
  std::string in_;     // records not yet taken
  std::string plain_;  // data not yet read
  std::string out_;    // records not yet accepted below
  Error error_;
  Input input_ = Input::open;
  bool open_ = false;
  bool closed_ = false;
  bool shut_ = false;
  bool told_ = false;   // on_open or on_error
  bool hungry_ = true;  // the user waits for on_readable
  bool left_below_ = false;
  bool blocked_ = false;  // the user waits for on_writable
};

/// The client's side, one connection at a time.
class ModelTls final : public TlsLayer {
 public:
  Result<Stream*> start(Stream& below, StreamEvents& events, std::string_view, std::uint16_t,
                        Port&) noexcept override {
    return stream_.start(below, events);
  }

 private:
  ModelTlsStream stream_{ModelTlsStream::Role::client};
};

}  // namespace kedge::rig

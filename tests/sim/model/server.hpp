#pragma once
// A WebSocket server over the simulated network that behaves as it is told, well or badly. Its framing is its
// own, so that it shares no fault with the client's.

#include "../frame_reader.hpp"
#include "../run.hpp"
#include "tls_stream.hpp"

#include <kedge/tls.hpp>

#include <list>
#include <memory>
#include <string>

namespace kedge::rig {

/// What the server does to one connection before the protocol begins.
struct Conduct {
  enum class Upgrade : std::uint8_t { well, close_at_once, never, status, wrong_key, garbage, close_after };
  TlsConduct tls;
  Upgrade upgrade = Upgrade::well;
  int status = 0;
  std::string hint;  ///< header lines, such as Retry-After
  std::string page;  ///< what follows the head
  std::uint16_t close_code = 0;
};

class ModelServer;

/// Answers of a server that wait for their time, of the world's room for plans.
inline constexpr std::size_t jobs_max = 200;

/// One connection as the server sees it.
class Wire final : private StreamEvents {
 public:
  Wire(ModelServer& server, Stream& below, const Conduct& conduct, std::uint64_t number);

  /// Queues a message of the protocol's kind, in fragments of `fragment_bytes` when that is not 0.
  void say(std::string_view text, std::size_t fragment_bytes = 0);
  void say_frame(std::uint8_t opcode, bool fin, std::string_view payload);
  /// Bytes as they are: no frame, or a part of one.
  void say_bytes(std::string_view bytes);
  /// With a payload unlike that of the one before.
  void ping();
  /// Sends a close frame, without a code when that is 0; the TCP connection ends when the client's answer
  /// came, or soon.
  void close(std::uint16_t code, std::string_view reason);
  /// Says no more, but for answers to pings and a close.
  void mute() noexcept { muted_ = true; }
  /// Ends the TCP connection without a word.
  void drop();

  [[nodiscard]] bool usable() const noexcept { return upgraded_ && !closing_ && !dropped_ && !muted_; }
  /// Which connection of the server this is, from 1.
  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
  /// What the client read whole from here, in order, is `said` but for the last ones.
  [[nodiscard]] bool client_said_close() const noexcept { return client_closed_; }

 private:
  friend class ModelServer;
  void on_open() noexcept override;
  void on_error(const Error& error) noexcept override;
  void on_readable() noexcept override;
  void on_writable() noexcept override { flush(); }
  void on_closed() noexcept override;

  void begin();
  void read();
  void upgrade(const std::string& head);
  void take(const Frame& frame);
  void refuse_too_large();
  void flush();
  void tick(Instant now);

  ModelServer& server_;
  Stream* stream_;
  Conduct conduct_;
  std::uint64_t number_;
  ModelTlsStream model_tls_{ModelTlsStream::Role::server};
  struct RealTls;
  std::shared_ptr<RealTls> real_tls_;
  FrameReader reader_;
  std::string message_;
  std::uint8_t opcode_ = 0;  // of the message that comes
  std::string out_;
  Instant heard_;
  Instant give_up_ = never;
  std::uint64_t pings_ = 0;
  bool pinged_ = false;
  bool ready_ = false;  // TLS is up
  bool upgraded_ = false;
  bool closing_ = false;
  bool client_closed_ = false;
  bool finish_ = false;  // close once everything is out
  bool dropped_ = false;
  bool muted_ = false;
  bool gone_ = false;
};

/// What the protocol's model does.
class ModelService {
 public:
  virtual ~ModelService() = default;
  /// How to treat the connection that comes now.
  virtual Conduct conduct() = 0;
  /// What an upgrade is answered with that the conduct does not refuse.
  struct Reply {
    int status = 101;
    std::string lines = {};  ///< of the 101's head, such as the subprotocol
  };
  virtual Reply on_upgrade(Wire&, const std::string&) { return {}; }
  virtual void on_open(Wire& wire, const std::string& head) = 0;
  virtual void on_text(Wire& wire, std::string_view text) = 0;
  /// The same for a protocol that has both kinds.
  virtual void on_message(Wire& wire, std::uint8_t, std::string_view message) { on_text(wire, message); }
  virtual void on_gone(Wire& wire) = 0;
  /// A close frame goes out that is no answer to the client's; one has come from the client.
  virtual void on_closing(Wire&, std::uint16_t, std::string_view) {}
  virtual void on_client_closing(Wire&, std::string_view) {}
  /// The largest message it takes: a larger one is closed with 1009 as soon as a frame announces it.
  [[nodiscard]] virtual std::size_t message_bytes_max() const { return ~std::size_t{0}; }
  /// That happens now; `begin` is the message's, whole or not.
  virtual void on_too_large(Wire&, std::string_view) {}
  /// Of the protocol's messages, in both directions: 1 text, 2 binary, 0 either.
  [[nodiscard]] virtual std::uint8_t opcode() const { return 1; }
};

class ModelServer final : private AcceptEvents {
 public:
  enum class Tls : std::uint8_t { none, model, real };
  /// `target`: what an upgrade has to ask for.
  ModelServer(Run& run, ModelService& service, Tls tls, std::string_view target);
  ~ModelServer();
  ModelServer(const ModelServer&) = delete;
  ModelServer& operator=(const ModelServer&) = delete;

  /// From now on, or from the next tick.
  void listen();
  void stop_listening();
  /// Drops every connection without a word: the process died.
  void drop_all();
  /// Pings, timeouts; once a second.
  void tick();
  /// For real TLS: what a client has to trust, PEM.
  [[nodiscard]] static std::span<const std::byte> trusted();

 private:
  friend class Wire;
  void on_accept(Stream& stream, const Address& peer) noexcept override;
  void on_accept_error(const Error&) noexcept override {}
  void on_accept_closed() noexcept override { listening_ = false; }
  void sweep();

  Run& run_;
  ModelService& service_;
  Tls tls_;
  std::string_view target_;
  sim::Port port_;  // the clock and randomness of real TLS
  sim::Listener listener_;
  std::unique_ptr<tls::Server> real_;
  std::list<Wire> wires_;
  std::uint64_t accepted_ = 0;
  bool wanted_ = false;  // to listen
  bool listening_ = false;
};

}  // namespace kedge::rig

#pragma once
// A session on a simulated stream, and the other end as raw bytes that a reader of the other role takes
// apart.

#include "session/session.hpp"

#include <kedge/port_sim.hpp>

#include <functional>
#include <string>
#include <vector>

#include "support/cmocka.hpp"
#include "support/memory_search.hpp"

namespace kedge::test {

/// What a MessageReader at the far end found.
struct FarEnd final : ws::MessageEvents {
  std::vector<std::string> log;  ///< "text:...", "binary:...", "ping:...", "pong:...", "close:CODE:REASON"
  static std::string text(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  void on_message(ws::MessageType type, std::span<const std::byte> payload) noexcept override {
    log.push_back((type == ws::MessageType::text ? "text:" : "binary:") + text(payload));
  }
  void on_piece(ws::MessageType, std::span<const std::byte>, bool, bool) noexcept override {}
  void on_discarded(ws::MessageType, std::uint64_t) noexcept override {}
  void on_ping(std::span<const std::byte> payload) noexcept override {
    log.push_back("ping:" + text(payload));
  }
  void on_pong(std::span<const std::byte> payload) noexcept override {
    log.push_back("pong:" + text(payload));
  }
  void on_close(std::uint16_t code, std::string_view reason) noexcept override {
    log.push_back("close:" + std::to_string(code) + ":" + std::string(reason));
  }
};

/// A session in either role; `far` sees what it sends, `say` and `frame` send to it.
class SessionWorld final : private StreamEvents,
                           private PortEvents,
                           private SessionEvents,
                           private OutboundEvents {
 public:
  explicit SessionWorld(ws::Role role = ws::Role::client, SessionConfig config = {},
                        const sim::NetworkProfile& profile = {}, const Limits& limits_in = Limits::small(),
                        std::uint64_t seed = 1)
      : client(role == ws::Role::client),
        world(seed),
        limits(limits_in),
        memory_(OutboundRing::storage_bytes(limits)),
        arena_(memory_),
        ring(limits, arena_),
        read_(limits.read_buffer_bytes),
        write_(limits.write_buffer_bytes),
        message_(limits.inbound_message_bytes_max),
        mask_(limits.mask_pool_bytes),
        messages_(message_),
        masks_(mask_),
        session(complete(config, role), SessionMemory{read_, write_, &messages_, &masks_}, ring, statistics),
        far_message_(1024 * 1024),
        far_messages_(far_message_),
        far_reader_(role == ws::Role::client ? ws::Role::server : ws::Role::client, ws::TooLarge::close,
                    1024 * 1024, far_messages_) {
    ring.set_events(*this);
    port.set_events(*this);
    world.set_profile(profile);
    EXPECT(host.listen(sim::ipv4(10, 0, 0, 1, 80)).ok(), "the far end to listen");
    EXPECT(far_reader_.open().ok(), "memory for wslay");
    auto connecting = port.connect(sim::ipv4(10, 0, 0, 1, 80), *this);
    EXPECT(connecting.ok(), "a connection to be started");
    stream_ = *connecting;
    EXPECT(world.run_until([&] { return session.active(); }, std::chrono::seconds{5}),
           "the session to start");
  }

  /// Queues a message and arranges a turn.
  Result<Handle> push(std::string_view text, const OutboundOptions& options = {}) {
    auto pushed = ring.try_push(std::as_bytes(std::span(text.data(), text.size())), options);
    turn_soon();
    return pushed;
  }
  void turn_soon() { port.arm(port.now()); }
  /// Whether the session's memory holds these bytes.
  [[nodiscard]] bool holds(std::string_view bytes) const {
    return memory_holds(memory_, bytes) || memory_holds(write_, bytes);
  }
  /// Raw bytes from the far end.
  void say(std::string_view bytes) {
    std::size_t written = 0;
    while (written < bytes.size()) {
      written += host.latest().write(bytes.substr(written));
      if (written < bytes.size()) world.run_for(std::chrono::milliseconds{1});
    }
  }
  /// A frame as the far end's role sends it: masked towards a server.
  void frame(ws::Opcode opcode, std::string_view payload, bool fin = true) {
    say(frame_bytes(opcode, payload, fin));
  }
  [[nodiscard]] std::string frame_bytes(ws::Opcode opcode, std::string_view payload, bool fin = true) const {
    const bool masked = !client;
    ws::FrameHeader header{fin, opcode, payload.size(), masked, 0x12345678};
    std::string bytes(ws::frame_header_bytes_max + payload.size(), '\0');
    auto* out = reinterpret_cast<std::byte*>(bytes.data());
    const std::size_t size = ws::encode_frame_header(header, out);
    ws::mask_copy(out + size, reinterpret_cast<const std::byte*>(payload.data()), payload.size(),
                  masked ? header.mask_key : 0, 0);
    bytes.resize(size + payload.size());
    return bytes;
  }
  static std::string close_payload(std::uint16_t code, std::string_view reason = {}) {
    std::string payload{static_cast<char>(code >> 8U), static_cast<char>(code & 0xFFU)};
    return payload.append(reason);
  }
  void run(Duration length = std::chrono::milliseconds{100}) { world.run_for(length); }

  const bool client;
  sim::World world;
  Limits limits;
  sim::Port port{world};
  sim::PeerHost host{world, [this](sim::Peer peer, sim::PeerEvent event) noexcept { on_far(peer, event); }};
  Statistics statistics;

 private:
  std::vector<std::byte> memory_;
  Arena arena_;

 public:
  OutboundRing ring;

 private:
  std::vector<std::byte> read_, write_, message_, mask_;
  ws::SingleMessageBuffer messages_;
  ws::MaskPool masks_;

 public:
  Session session;
  FarEnd far;
  std::string raw;  ///< everything that the session sent
  bool far_reads = true;
  bool far_ended = false;
  std::vector<std::string> received;
  std::vector<std::uint64_t> sent_tags;
  std::vector<std::string> order;  ///< of received messages and sent tags
  std::uint64_t discarded = 0;
  int ended = 0;
  Error why;
  std::function<void(std::string_view)> on_text;
  std::function<void()> on_sent;
  std::function<void()> on_event;  ///< of the stream, before its turn

 private:
  SessionConfig complete(SessionConfig config, ws::Role role) {
    config.role = role;
    if (config.inbound_message_bytes_max == 0)
      config.inbound_message_bytes_max = limits.inbound_message_bytes_max;
    if (config.fragment_bytes_max == 0) config.fragment_bytes_max = limits.fragment_bytes_max;
    return config;
  }
  void on_far(sim::Peer peer, sim::PeerEvent event) noexcept {
    if (event == sim::PeerEvent::end || event == sim::PeerEvent::reset) far_ended = true;
    if (event == sim::PeerEvent::bytes && far_reads) read_far(peer);
  }

 public:
  void read_far(sim::Peer peer) noexcept {
    std::byte bytes[4096];
    while (const std::size_t size = peer.read(bytes)) {
      raw.append(reinterpret_cast<const char*>(bytes), size);
      std::size_t taken = 0;
      const auto fed = far_reader_.feed(std::span(bytes).first(size), &taken, far);
      if (!fed) far.log.push_back("error:" + std::string(fed.error().message()));
    }
  }

 private:
  void turn() noexcept {
    ring.expire(port.now());
    session.on_turn();
    const Instant next = std::min(session.next_deadline(), ring.next_deadline());
    if (next != never) port.arm(std::max(next, port.now()));
  }
  // PortEvents
  void on_timer() noexcept override { turn(); }
  void on_resolved(std::span<const Address>, const Error&) noexcept override {}
  // StreamEvents
  void on_open() noexcept override {
    EXPECT(session.start(port, *stream_, {}, *this).ok(), "the session to take the stream");
    session.open_gate();
    turn();
  }
  void on_error(const Error&) noexcept override {}
  void on_readable() noexcept override {}
  void on_writable() noexcept override {}
  void on_closed() noexcept override {}
  // SessionEvents
  void on_message(ws::MessageType, std::span<const std::byte> payload) noexcept override {
    received.push_back(FarEnd::text(payload));
    order.push_back("in");
    if (on_text) on_text(received.back());
  }
  void on_piece(ws::MessageType, std::span<const std::byte> piece, bool first, bool last) noexcept override {
    if (first) received.emplace_back();
    received.back() += FarEnd::text(piece);
    if (last) order.push_back("streamed");
  }
  void on_discarded(ws::MessageType, std::uint64_t bytes) noexcept override { discarded = bytes; }
  void on_session_ended(const Error& error) noexcept override {
    ++ended;
    why = error;
  }
  void on_session_event() noexcept override {
    if (on_event) on_event();
    turn();
  }
  // OutboundEvents
  void on_entry_sent(Handle, std::uint64_t tag) noexcept override {
    sent_tags.push_back(tag);
    if (on_sent) on_sent();
  }
  void on_entry_expired(Handle, std::uint64_t) noexcept override {}

  std::vector<std::byte> far_message_;
  ws::SingleMessageBuffer far_messages_;
  ws::MessageReader far_reader_;
  Stream* stream_ = nullptr;
};

}  // namespace kedge::test

#pragma once
// Both ends of real loopback sockets on one loop, and a clock that ends a test that waits in vain.

#include <kedge/port_uv.hpp>

#include "support/cmocka.hpp"

#include <uv.h>

#include <functional>
#include <string>
#include <vector>

namespace kedge::test {

/// Turns `loop` until `done`; false when `limit_ms` passed before. Adds no wake-ups of its own.
inline bool run_until(uv::Loop& loop, const std::function<bool()>& done, std::uint64_t limit_ms = 5000) {
  auto* timer = new uv_timer_t;
  bool expired = false;
  uv_timer_init(loop.native(), timer);
  timer->data = &expired;
  uv_update_time(loop.native());
  uv_timer_start(
      timer, [](uv_timer_t* self) { *static_cast<bool*>(self->data) = true; }, limit_ms, 0);
  while (!done() && !expired) loop.run_once();
  uv_close(reinterpret_cast<uv_handle_t*>(timer),
           [](uv_handle_t* self) { delete reinterpret_cast<uv_timer_t*>(self); });
  return !expired || done();
}

/// Turns `loop` for `ms` and returns how many turns that took: a busy loop takes thousands, a signal or a
/// clock that is read too early a few.
inline int turns_in(uv::Loop& loop, std::uint64_t ms) {
  int turns = 0;
  (void)run_until(
      loop,
      [&] {
        ++turns;
        return false;
      },
      ms);
  return turns;
}

/// Turns `loop` until it has nothing to do for 100 ms, and says whether it came to that: a kernel that is
/// still moving bytes, or other programs on the machine, may take a while; a busy loop never ends.
inline bool comes_to_rest(uv::Loop& loop) {
  for (int window = 0; window < 20; ++window)
    if (turns_in(loop, 100) < 20) return true;
  return false;
}

inline Address loopback4(std::uint16_t port = 0) {
  Address address;
  address.port = port;
  address.bytes = {127, 0, 0, 1};
  return address;
}
inline Address loopback6(std::uint16_t port = 0) {
  Address address;
  address.family = Address::Family::ipv6;
  address.port = port;
  address.bytes[15] = 1;
  return address;
}

/// One end of a stream: counts its events, and fails the test when one comes inside a call.
struct End final : StreamEvents {
  Stream* stream = nullptr;
  int opened = 0, failed = 0, readable = 0, writable = 0, closed = 0;
  Error error;
  bool in_call = false;
  std::function<void()> when_open, when_readable, when_writable, when_closed;

  void on_open() noexcept override { event(opened, when_open); }
  void on_error(const Error& why) noexcept override {
    error = why;
    event(failed, nullptr);
  }
  void on_readable() noexcept override { event(readable, when_readable); }
  void on_writable() noexcept override { event(writable, when_writable); }
  void on_closed() noexcept override { event(closed, when_closed); }

  void event(int& count, const std::function<void()>& then) noexcept {
    EXPECT(!in_call, "no event inside a call");
    ++count;
    if (then) then();
  }
  IoResult read(std::size_t bytes, std::string* into = nullptr) {
    std::vector<std::byte> buffer(bytes);
    in_call = true;
    const IoResult result = stream->read(buffer);
    in_call = false;
    if (into != nullptr) into->append(reinterpret_cast<const char*>(buffer.data()), result.bytes);
    return result;
  }
  IoResult write(std::string_view text) {
    in_call = true;
    const IoResult result = stream->write(std::as_bytes(std::span(text.data(), text.size())));
    in_call = false;
    return result;
  }
  void close() {
    in_call = true;
    stream->close();
    in_call = false;
  }
};

/// Takes every peer into an End.
struct Server final : AcceptEvents {
  std::vector<End*> ends;
  std::vector<Address> peers;
  std::vector<Error> errors;
  int closed = 0;
  bool refuse = false;

  ~Server() {
    for (End* end : ends) delete end;
  }
  void on_accept(Stream& stream, const Address& peer) noexcept override {
    peers.push_back(peer);
    if (refuse) return stream.close();
    ends.push_back(new End);
    ends.back()->stream = &stream;
    stream.set_events(*ends.back());
  }
  void on_accept_error(const Error& error) noexcept override { errors.push_back(error); }
  void on_accept_closed() noexcept override { ++closed; }
};

/// A connected pair: `client` from a Port, `server` from a Listener.
struct Pair {
  explicit Pair(const Address& address = loopback4(), uv::StreamOptions options = {})
      : listener(loop, {.streams_max = 4, .stream = options}), port(loop, options) {
    const Result<Address> bound = listener.listen(address, accepted);
    EXPECT(bound.ok(), "to listen");
    const Result<Stream*> stream = port.connect(*bound, client);
    EXPECT(stream.ok(), "to start connecting");
    EXPECT(client.opened == 0, "no event inside connect()");
    client.stream = *stream;
    EXPECT(run_until(loop, [&] { return client.opened == 1 && accepted.ends.size() == 1; }), "a connection");
  }
  [[nodiscard]] End& server() { return *accepted.ends[0]; }

  uv::Loop loop;
  Server accepted;
  End client;
  uv::Listener listener;
  uv::Port port;
};

}  // namespace kedge::test

#pragma once
// Both ends of real loopback sockets on one loop, and a clock that ends a test that waits in vain.

#include <kedge/port_uv.hpp>

#include "port_contract/ends.hpp"
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

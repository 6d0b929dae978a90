#include <kedge/port_none.hpp>

#include "support/cmocka.hpp"

#include <array>

using namespace kedge;

static void every_network_call_fails_by_name(void**) {
  none::Port port;
  kedge::Port& generic = port;
  const Result<void> resolved = generic.resolve("localhost", 80);
  EXPECT(resolved.error().kind() == ErrorKind::config, "a configuration error");
  EXPECT_TEXT(resolved.error().message(), "this build has no network port");
  struct Events final : StreamEvents {
    void on_open() noexcept override {}
    void on_error(const Error&) noexcept override {}
    void on_readable() noexcept override {}
    void on_writable() noexcept override {}
    void on_closed() noexcept override {}
  } events;
  const Result<Stream*> connected = generic.connect(Address{}, events);
  EXPECT(connected.error().kind() == ErrorKind::config, "a configuration error");
  EXPECT_TEXT(connected.error().message(), "this build has no network port");
}

static void it_has_neither_clock_nor_timer_nor_entropy(void**) {
  none::Port port;
  struct Events final : PortEvents {
    void on_timer() noexcept override { called = true; }
    void on_resolved(std::span<const Address>, const Error&) noexcept override { called = true; }
    bool called = false;
  } events;
  port.set_events(events);
  port.arm(Instant{});
  port.cancel_resolve();
  EXPECT(port.now() == Instant{}, "a clock that stands still");
  EXPECT(!port.wall_time(), "no time of day");
  std::array<std::byte, 4> bytes{};
  EXPECT(!port.random(bytes), "no randomness rather than a weak one");
  EXPECT(!events.called, "no event");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(every_network_call_fails_by_name),
      cmocka_unit_test(it_has_neither_clock_nor_timer_nor_entropy),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

// What a message and an attempt cost: system calls and allocations, counted in this program.

#include "uv_fixture.hpp"

#include "support/allocations.hpp"

#include <dlfcn.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cstdlib>

using namespace kedge;
using namespace kedge::test;

struct Calls {
  long wait, control, receive, send, other;
};
static Calls calls;

template <class Function>
static Function real(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

extern "C" {
int epoll_wait(int epoll, epoll_event* events, int max, int timeout) {
  ++calls.wait;
  static const auto next = real<decltype(&::epoll_wait)>("epoll_wait");
  return next(epoll, events, max, timeout);
}
int epoll_pwait(int epoll, epoll_event* events, int max, int timeout, const sigset_t* mask) {
  ++calls.wait;
  static const auto next = real<decltype(&::epoll_pwait)>("epoll_pwait");
  return next(epoll, events, max, timeout, mask);
}
int epoll_ctl(int epoll, int operation, int descriptor, epoll_event* event) noexcept {
  ++calls.control;
  static const auto next = real<decltype(&::epoll_ctl)>("epoll_ctl");
  return next(epoll, operation, descriptor, event);
}
ssize_t recv(int descriptor, void* into, size_t size, int flags) {
  ++calls.receive;
  static const auto next = real<decltype(&::recv)>("recv");
  return next(descriptor, into, size, flags);
}
ssize_t send(int descriptor, const void* from, size_t size, int flags) {
  ++calls.send;
  static const auto next = real<decltype(&::send)>("send");
  return next(descriptor, from, size, flags);
}
int getsockopt(int descriptor, int level, int option, void* value, socklen_t* size) noexcept {
  ++calls.other;
  static const auto next = real<decltype(&::getsockopt)>("getsockopt");
  return next(descriptor, level, option, value, size);
}
}

using allocations::Asker;

// Plain structures: the fixture's std::function and buffers would be counted, too.
struct Echo final : StreamEvents {
  Stream* stream = nullptr;
  int opened = 0, closed = 0, failed = 0;
  long received = 0, rounds = 0;
  bool starts = false;
  std::byte buffer[4096]{};
  void on_open() noexcept override { ++opened; }
  void on_error(const Error&) noexcept override { ++failed; }
  void on_writable() noexcept override {}
  void on_closed() noexcept override { ++closed; }
  void on_readable() noexcept override {
    const IoResult result = stream->read(buffer);
    ++received;
    if (!starts || --rounds > 0) (void)stream->write(std::span(buffer, result.bytes));
  }
};

struct EchoServer final : AcceptEvents {
  Echo end;
  void on_accept(Stream& stream, const Address&) noexcept override {
    end.stream = &stream;
    stream.set_events(end);
  }
  void on_accept_error(const Error&) noexcept override {}
  void on_accept_closed() noexcept override {}
};

static void a_message_costs_a_wait_a_recv_and_a_send_and_no_allocation(void**) {
  constexpr long rounds = 1000;
  uv::Loop loop;
  EchoServer server;
  Echo client;
  uv::Listener listener(loop, {.streams_max = 1});
  uv::Port port(loop);
  client.stream = *port.connect(*listener.listen(loopback4(), server), client);
  while (client.opened == 0 || server.end.stream == nullptr) loop.run_once();
  client.starts = true;
  client.rounds = 10;
  (void)client.stream->write(std::span(client.buffer, 64));
  while (client.rounds > 0) loop.run_once();
  client.rounds = rounds;
  calls = {};
  allocations::start();
  (void)client.stream->write(std::span(client.buffer, 64));
  while (client.rounds > 0) loop.run_once();
  const std::uint64_t allocated = allocations::stop().calls();
  print_message("a message: %.2f epoll_wait, %.2f recv, %.2f send, %ld epoll_ctl, %llu allocations in %ld\n",
                static_cast<double>(calls.wait) / (2 * rounds),
                static_cast<double>(calls.receive) / (2 * rounds),
                static_cast<double>(calls.send) / (2 * rounds), calls.control,
                static_cast<unsigned long long>(allocated), 2 * rounds);
  // Each round is two messages, one each way.
  EXPECT(calls.receive == 2 * rounds && calls.send == 2 * rounds, "one recv and one send a message");
  EXPECT(calls.wait <= 2 * rounds + 1, "at most one wait a message");
  EXPECT(calls.control == 0 && calls.other == 0, "no other call on the way of a message");
  EXPECT(allocated == 0, "no allocation a message");
}

static void an_attempt_allocates_nothing(void**) {
  constexpr int attempts = 20;
  uv::Loop loop;
  EchoServer server;
  Echo client;
  uv::Listener listener(loop, {.streams_max = 4});
  uv::Port port(loop);
  const Address address = *listener.listen(loopback4(), server);
  for (int i = 0; i < 2 + attempts; ++i) {
    if (i == 2) {  // by then libuv's tables have grown to their size
      allocations::start();
    }
    client.stream = *port.connect(address, client);
    while (client.opened <= i) loop.run_once();
    client.stream->close();
    while (client.closed <= i || server.end.stream == nullptr) loop.run_once();
    server.end.stream->close();
    server.end.stream = nullptr;
  }
  const allocations::Tally tally = allocations::stop();
  tally.print("an attempt to an address", attempts);
  EXPECT(tally.calls() == 0, "no allocation an attempt");
}

static void what_a_lookup_allocates_is_libuvs_and_libcs(void**) {
  struct Answers final : PortEvents {
    int count = 0;
    void on_timer() noexcept override {}
    void on_resolved(std::span<const Address>, const Error&) noexcept override { ++count; }
  } answers;
  uv::Loop loop;
  uv::Port port(loop);
  port.set_events(answers);
  EXPECT(port.resolve("localhost", 1).ok(), "a first lookup, which starts the threads");
  loop.run();
  allocations::start();
  EXPECT(port.resolve("localhost", 1).ok(), "a lookup");
  loop.run();
  const allocations::Tally lookup = allocations::stop();
  lookup.print("a lookup of a name", 1);
  EXPECT(answers.count == 2, "an answer");
  EXPECT(lookup.of(Asker::program).calls == 0, "none of the port's own");
  if (allocations::works()) EXPECT(lookup.of(Asker::libc).calls > 0, "getaddrinfo's allocations to be seen");
  allocations::start();
  EXPECT(port.resolve("127.0.0.1", 1).ok(), "a literal");
  loop.run();
  EXPECT(allocations::stop().calls() == 0 && answers.count == 3, "a literal to cost no allocation");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_message_costs_a_wait_a_recv_and_a_send_and_no_allocation),
      cmocka_unit_test(an_attempt_allocates_nothing),
      cmocka_unit_test(what_a_lookup_allocates_is_libuvs_and_libcs),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

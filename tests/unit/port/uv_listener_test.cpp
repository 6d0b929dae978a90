#include "uv_fixture.hpp"

#include "support/memcheck.hpp"

#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

using namespace kedge;
using namespace kedge::test;

// A blocking client socket: the kernel completes the connection without the loop.
static int dial(const Address& to) {
  sockaddr_storage storage{};
  auto* ipv4 = reinterpret_cast<sockaddr_in*>(&storage);
  ipv4->sin_family = AF_INET;
  ipv4->sin_port = htons(to.port);
  ipv4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  EXPECT(descriptor >= 0 && ::connect(descriptor, reinterpret_cast<sockaddr*>(ipv4), sizeof *ipv4) == 0,
         "dial");
  return descriptor;
}

static void an_address_in_use_or_not_ours_is_an_error_by_name(void**) {
  uv::Loop loop;
  uv::Listener first(loop, {.streams_max = 1}), second(loop, {.streams_max = 1});
  Server server;
  const Address address = *first.listen(loopback4(), server);
  const Error in_use = second.listen(address, server).error();
  EXPECT(in_use.layer_code() == EADDRINUSE, "EADDRINUSE");
  EXPECT_TEXT(in_use.message(), "cannot bind: address already in use");
  Address foreign;
  foreign.bytes = {192, 0, 2, 1};
  EXPECT(second.listen(foreign, server).error().layer_code() == EADDRNOTAVAIL, "EADDRNOTAVAIL");
  EXPECT(second.listen(loopback4(), server).ok(), "to be usable after errors");
}

static void a_used_up_pool_makes_peers_wait_and_not_fail(void**) {
  uv::Loop loop;
  uv::Listener listener(loop, {.streams_max = 2});
  Server server;
  const Address address = *listener.listen(loopback4(), server);
  int peers[4];
  for (int& peer : peers) peer = dial(address);
  EXPECT(run_until(loop, [&] { return server.ends.size() == 2; }), "two streams");
  EXPECT(comes_to_rest(loop), "no busy loop while the pool is used up");
  EXPECT(server.ends.size() == 2 && listener.streams_in_use() == 2, "no third");
  server.ends[0]->close();
  server.ends[1]->close();
  EXPECT(run_until(loop, [&] { return server.ends.size() == 4; }), "the others, when streams came back");
  EXPECT(server.ends[0]->closed == 1 && server.ends[1]->closed == 1, "on_closed of the first two");
  for (const int peer : peers) ::close(peer);
}

static void a_peer_turned_away_gives_its_stream_back(void**) {
  uv::Loop loop;
  uv::Listener listener(loop, {.streams_max = 1});
  Server server;
  server.refuse = true;
  const Address address = *listener.listen(loopback4(), server);
  for (int i = 0; i < 5; ++i) ::close(dial(address));
  EXPECT(run_until(loop, [&] { return server.peers.size() == 5; }), "five peers through one slot");
  (void)turns_in(loop, 20);
  EXPECT(listener.streams_in_use() == 0, "all slots free");
}

static void an_accepted_stream_nobody_listens_to_is_closed(void**) {
  struct Deaf final : AcceptEvents {
    int accepted = 0;
    void on_accept(Stream&, const Address&) noexcept override { ++accepted; }
    void on_accept_error(const Error&) noexcept override {}
    void on_accept_closed() noexcept override {}
  } deaf;
  uv::Loop loop;
  uv::Listener listener(loop, {.streams_max = 1});
  const int peer = dial(*listener.listen(loopback4(), deaf));
  EXPECT(run_until(loop, [&] { return deaf.accepted == 1 && listener.streams_in_use() == 0; }), "closed");
  ::close(peer);
}

static void no_descriptor_left_pauses_accepting_without_spinning(void**) {
  if (under_memcheck()) {
    print_message(
        "not under memcheck: it takes the peer from the kernel before it says that no descriptor is left\n");
    skip();
  }
  uv::Loop loop;
  uv::Listener listener(loop, {.streams_max = 4});
  Server server;
  const Address address = *listener.listen(loopback4(), server);
  loop.poll();
  const int peer = dial(address);
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  const rlimit none{0, before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &none);
  const int turns = turns_in(loop, 350);
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT(server.errors.size() == 1, "one report for the whole pause");
  EXPECT(server.errors[0].layer_code() == EMFILE, "EMFILE");
  EXPECT(turns < 30, "a few retries, no busy loop");
  EXPECT(run_until(loop, [&] { return server.ends.size() == 1; }), "the peer, when there is room again");
  ::close(peer);
}

static void a_listener_carries_a_thousand_streams(void**) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < 2200) {
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 4096);
    setrlimit(RLIMIT_NOFILE, &limit);
  }
  if (limit.rlim_cur < 2200) skip();
  uv::Loop loop;
  uv::Listener listener(loop, {.streams_max = 1000});
  Server server;
  const Address address = *listener.listen(loopback4(), server);
  std::vector<int> peers;
  for (int i = 0; i < 1000; ++i) {
    peers.push_back(dial(address));
    if (i % 100 == 99) loop.poll();
  }
  EXPECT(run_until(loop, [&] { return server.ends.size() == 1000; }), "a thousand streams");
  for (const int peer : peers) ::close(peer);
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(an_address_in_use_or_not_ours_is_an_error_by_name),
      cmocka_unit_test(a_used_up_pool_makes_peers_wait_and_not_fail),
      cmocka_unit_test(a_peer_turned_away_gives_its_stream_back),
      cmocka_unit_test(an_accepted_stream_nobody_listens_to_is_closed),
      cmocka_unit_test(no_descriptor_left_pauses_accepting_without_spinning),
      cmocka_unit_test(a_listener_carries_a_thousand_streams),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

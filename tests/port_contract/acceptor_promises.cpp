#include "contract.hpp"

using namespace std::chrono_literals;

namespace kedge::test {

namespace {

void a_free_port_is_found_and_told(Ground& ground) {
  Server server;
  const Result<Address> bound = ground.acceptor().listen(ground.own_address(), server);
  EXPECT(bound.ok() && bound->port != 0, "the port that was bound");
  EXPECT(bound->family == ground.own_address().family, "at the address that was asked for");
  Server other;
  EXPECT(ground.acceptor().listen(ground.own_address(), other).error().kind() == ErrorKind::config,
         "one address at a time");
}

void a_closed_acceptor_leaves_its_streams_and_may_listen_again(Ground& ground) {
  Server server;
  const Address address = *ground.acceptor().listen(ground.own_address(), server);
  End client;
  client.stream = *ground.port().connect(address, client);
  EXPECT(ground.run_until([&] { return client.opened == 1 && server.ends.size() == 1; }), "a connection");
  ground.acceptor().close();
  ground.acceptor().close();
  EXPECT(server.closed == 0, "no event inside close()");
  EXPECT(ground.run_until([&] { return server.closed == 1; }), "on_accept_closed");
  EXPECT(ground.comes_to_rest() && server.closed == 1, "once");
  (void)server.ends[0]->write("still here");
  EXPECT(ground.run_until([&] { return client.readable > 0; }), "the stream to live on");
  Server again;
  EXPECT(ground.acceptor().listen(address, again).ok(), "to listen there again");
}

void a_peer_that_is_turned_away_sees_the_end_and_gives_its_place_back(Ground& ground) {
  Server server;
  server.refuse = true;
  const Address address = *ground.acceptor().listen(ground.own_address(), server);
  for (int round = 0; round < 2 * static_cast<int>(Ground::peers_max); ++round) {
    End client;
    client.stream = *ground.port().connect(address, client);
    EXPECT(ground.run_until([&] {
      if (client.opened == 0) return client.failed == 1;
      const IoStatus status = client.read(10).status;
      return status == IoStatus::end || status == IoStatus::error;
    }),
           "an end, or a failure to connect");
    client.close();
    EXPECT(ground.run_until([&] { return client.closed == 1; }), "on_closed");
  }
  EXPECT(server.peers.size() == 2 * Ground::peers_max && server.errors.empty(),
         "each of them to have been taken");
}

constexpr Promise of_acceptors[] = {
    {"a_free_port_is_found_and_told", a_free_port_is_found_and_told},
    {"a_closed_acceptor_leaves_its_streams_and_may_listen_again",
     a_closed_acceptor_leaves_its_streams_and_may_listen_again},
    {"a_peer_that_is_turned_away_sees_the_end_and_gives_its_place_back",
     a_peer_that_is_turned_away_sees_the_end_and_gives_its_place_back},
};

}  // namespace

std::span<const Promise> acceptor_promises() {
  return of_acceptors;
}

}  // namespace kedge::test

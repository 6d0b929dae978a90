#include "sim_support.hpp"

#include <cerrno>

using namespace kedge;
using namespace kedge::test;

namespace {

/// A listener at 10.0.0.2:90 and a host that dials it.
struct Server {
  sim::World world{3};
  sim::Listener listener;
  sim::PeerHost clients{world};
  AcceptLog log;
  explicit Server(std::uint32_t streams_max = 10) : listener(world, streams_max) {
    EXPECT(listener.listen(sim::ipv4(10, 0, 0, 2, 90), log).ok(), "the server to listen");
  }
  sim::Peer dial() { return clients.dial(sim::ipv4(10, 0, 0, 2, 90)); }
};

}  // namespace

static void an_accepted_stream_is_open_and_told_of_bytes_without_a_read(void**) {
  Server server;
  sim::Peer peer = server.dial();
  server.world.run_for(5ms);
  EXPECT(server.log.streams.size() == 1 && server.log.events.opens == 0, "one stream, no on_open");
  EXPECT(peer.open(), "the client to be connected");
  peer.write("hi");
  server.world.run_for(5ms);
  EXPECT(server.log.events.readables == 1, "the first event without a read");
  EXPECT_TEXT(read_some(*server.log.streams[0], 10), "hi");
  EXPECT(server.log.streams[0]->write(bytes_of("answer")).bytes == 6, "a write");
  server.world.run_for(5ms);
  EXPECT_TEXT(read_all(peer), "answer");
  EXPECT(server.listener.calls().count(sim::Call::read) == 1 && server.listener.calls().bytes_read() == 2,
         "the listener to count its streams' calls");
  server.log.streams[0]->close();
  server.world.run_for(5ms);
  EXPECT(server.log.events.closes == 1 && peer.ended(), "an end for both");
}

static void peers_wait_while_the_streams_are_used_up(void**) {
  Server server(1);
  sim::Peer first = server.dial();
  sim::Peer second = server.dial();
  sim::Peer third = server.dial();
  second.write("early");
  server.world.run_for(5ms);
  EXPECT(server.log.streams.size() == 1, "one accepted");
  EXPECT(first.open() && second.open() && third.open(), "all connected");
  second.write("waiting");
  third.close();
  server.world.run_for(5ms);
  server.log.streams[0]->close();
  server.world.run_for(5ms);
  EXPECT(server.log.streams.size() == 2 && server.log.events.readables == 1, "the next, with its bytes");
  EXPECT_TEXT(read_some(*server.log.streams[1], 20), "waiting");
  server.log.streams[1]->close();
  server.world.run_for(5ms);
  IoStatus status{};
  (void)read_some(*server.log.streams[2], 20, &status);
  EXPECT(status == IoStatus::end, "the one that left while it waited");
}

static void a_peer_can_be_turned_away(void**) {
  Server server;
  server.log.turn_away = true;
  sim::Peer peer = server.dial();
  server.world.run_for(5ms);
  EXPECT(peer.ended() && server.log.events.closes == 0, "taken back silently");
  server.log.turn_away = false;
  server.log.forget = true;
  Contract contract(server.world);
  (void)server.dial();
  server.world.run_for(5ms);
  EXPECT(contract.once("on_accept sets"), "a forgotten stream to be noticed");
}

static void accepting_pauses_and_tells_once(void**) {
  Server server;
  server.listener.pause_accepting(10s);
  (void)server.dial();
  (void)server.dial();
  server.world.run_for(9s);
  EXPECT(server.log.errors == 1 && server.log.streams.empty(), "one error, nobody accepted");
  server.world.run_for(2s);
  EXPECT(server.log.errors == 1 && server.log.streams.size() == 2, "both after the pause");
}

static void closing_a_listener_resets_the_waiting_and_keeps_the_accepted(void**) {
  Server server(1);
  sim::Peer accepted = server.dial();
  sim::Peer waiting = server.dial();
  server.world.run_for(5ms);
  EXPECT(!server.listener.listen(sim::ipv4(10, 0, 0, 2, 91), server.log).ok(), "listening twice to fail");
  server.listener.close();
  server.listener.close();
  EXPECT(server.log.closes == 0, "no event inside the call");
  EXPECT(!server.listener.listen(sim::ipv4(10, 0, 0, 2, 90), server.log).ok(), "not before it is closed");
  sim::Peer late = server.dial();
  server.world.run_for(5ms);
  EXPECT(server.log.closes == 1, "on_accept_closed once");
  EXPECT(accepted.open() && waiting.was_reset() && !late.open(), "each its fate");
  EXPECT(server.listener.listen(sim::ipv4(10, 0, 0, 2, 90), server.log).ok(), "to listen again");
}

static void addresses_are_bound_once_and_ports_given_out(void**) {
  Server server;
  sim::Listener other(server.world);
  EXPECT(other.listen(sim::ipv4(10, 0, 0, 2, 90), server.log).error().layer_code() == EADDRINUSE, "in use");
  const Result<Address> any = other.listen(sim::ipv4(0, 0, 0, 0), server.log);
  EXPECT(any.ok() && any->port >= 49152, "a free port");
  (void)server.clients.dial(sim::ipv4(99, 9, 9, 9, any->port));
  sim::Peer wrong_family = server.clients.dial(sim::ipv6(1, any->port));
  server.world.run_for(5ms);
  EXPECT(server.log.streams.size() == 1, "any address of the family to reach it");
  EXPECT(!wrong_family.open(), "no other family");
}

static void a_listener_has_a_profile_and_cuts_of_its_own(void**) {
  Server server;
  sim::NetworkProfile slow;
  slow.latency_min = slow.latency_max = 1s;
  server.listener.set_profile(slow);
  sim::Peer peer = server.dial();
  server.world.run_for(1999ms);
  EXPECT(!peer.open(), "a slow line");
  server.world.run_for(1ms);
  EXPECT(peer.open(), "open after two seconds");
  EXPECT(server.listener.cut_all(sim::Cut::reset) == 1 && peer.was_reset(), "its connections cut");
  server.clients.set_profile(slow);
}

static void a_destroyed_listener_resets_everything(void**) {
  sim::World world(1);
  AcceptLog log;
  sim::PeerHost clients(world);
  sim::Peer peer;
  {
    sim::Listener listener(world);
    (void)listener.listen(sim::ipv4(10, 0, 0, 2, 90), log);
    peer = clients.dial(sim::ipv4(10, 0, 0, 2, 90));
    world.run_for(5ms);
    EXPECT(peer.open(), "a connection");
  }
  world.run_for(5ms);
  EXPECT(peer.was_reset(), "a reset");
  Contract contract(world);
  log.streams[0]->close();
  EXPECT(contract.once("after on_closed"), "its streams to be gone");
}

static void a_peer_hears_what_happens_to_it(void**) {
  sim::World world(1);
  std::string heard;
  sim::PeerHost host(world, [&heard](sim::Peer peer, sim::PeerEvent event) noexcept {
    heard += "ofberw"[static_cast<std::size_t>(event)];
    if (event == sim::PeerEvent::bytes && read_all(peer) == "echo") peer.write("echo");
  });
  (void)host.listen(sim::ipv4(10, 0, 0, 3, 1));
  sim::PeerHost dialler(world);
  sim::Peer peer = dialler.dial(sim::ipv4(10, 0, 0, 3, 1));
  EXPECT(!peer.open() && peer.write("early") == 0, "nothing before it is open");
  world.run_for(5ms);
  peer.write("echo");
  world.run_for(5ms);
  EXPECT_TEXT(read_all(peer), "echo");
  peer.write("last");
  peer.finish();
  EXPECT(peer.write("late") == 0, "nothing after the end");
  world.run_for(5ms);
  EXPECT_TEXT(heard, "obbe");
  peer.reset();
  world.run_for(5ms);
  EXPECT_TEXT(heard, "obber");
  EXPECT(!peer.open() && peer.ended() && !peer.was_reset() && peer.readable() == 0 && peer.write("x") == 0,
         "a used-up handle to do nothing");
  (void)host.dial(sim::ipv4(10, 0, 0, 3, 2));
  world.run_for(5ms);
  EXPECT_TEXT(heard, "obberf");
  const sim::Peer none;
  EXPECT(!none.open() && dialler.latest() == none, "an empty handle");
}

static void a_peer_is_told_once_there_is_room_for_what_was_not_taken(void**) {
  sim::World world(1, {.buffer_bytes = 100});
  std::string heard;
  sim::PeerHost host(world, [&heard](sim::Peer, sim::PeerEvent event) noexcept {
    heard += "ofberw"[static_cast<std::size_t>(event)];
  });
  (void)host.listen(sim::ipv4(10, 0, 0, 3, 1));
  sim::PeerHost dialler(world);
  sim::Peer reader = dialler.dial(sim::ipv4(10, 0, 0, 3, 1));
  world.run_for(5ms);
  sim::Peer writer = host.latest();
  EXPECT(writer.write(std::string(100, 'x')) == 100, "all of it");
  world.run_for(5ms);
  EXPECT(read_all(reader).size() == 100, "all of it");
  world.run_for(5ms);
  EXPECT_TEXT(heard, "o");
  EXPECT(writer.write(std::string(150, 'x')) == 100 && writer.write("y") == 0, "what there is room for");
  world.run_for(5ms);
  EXPECT_TEXT(heard, "o");
  EXPECT(read_all(reader).size() == 100, "the part");
  world.run_for(5ms);
  EXPECT_TEXT(heard, "ow");
  EXPECT(writer.write(std::string(150, 'x')) == 100, "another part");
  world.cut_all(sim::Cut::reset);
  world.run_for(5ms);
  EXPECT_TEXT(heard, "owr");
}

static void a_host_is_asked_whom_it_takes(void**) {
  sim::World world(1);
  int asked = 0;
  {
    sim::PeerHost earlier(world);
    earlier.set_admission([]() noexcept { return sim::Admission::refuse; });
  }
  sim::PeerHost host(world);  // in the same place
  (void)host.listen(sim::ipv4(10, 0, 0, 3, 1));
  sim::PeerHost dialler(world);
  (void)dialler.dial(sim::ipv4(10, 0, 0, 3, 1));
  world.run_for(1min);
  EXPECT(host.accepted() == 1, "everybody, where nobody is asked");
  host.set_admission([&asked]() noexcept {
    ++asked;
    return asked == 1 ? sim::Admission::refuse : asked == 2 ? sim::Admission::ignore : sim::Admission::accept;
  });
  std::string heard;
  sim::PeerHost asking(world, [&heard](sim::Peer, sim::PeerEvent event) noexcept {
    heard += "ofberw"[static_cast<std::size_t>(event)];
  });
  (void)asking.dial(sim::ipv4(10, 0, 0, 3, 1));
  world.run_for(1min);
  EXPECT_TEXT(heard, "f");
  (void)asking.dial(sim::ipv4(10, 0, 0, 3, 1));
  world.run_for(1h);
  EXPECT_TEXT(heard, "f");
  (void)asking.dial(sim::ipv4(10, 0, 0, 3, 1));
  world.run_for(1min);
  EXPECT_TEXT(heard, "fo");
  EXPECT(asked == 3 && host.accepted() == 2, "one of three");
  world.restore_all();
  world.run_for(1min);
  EXPECT(asked == 4 && host.accepted() == 3, "the one that was ignored asks again");
  host.set_admission({});
  (void)asking.dial(sim::ipv4(10, 0, 0, 3, 1));
  world.run_for(1min);
  EXPECT(asked == 4 && host.accepted() == 4, "everybody, where nobody is asked");
}

static void peers_that_nobody_closed_make_room(void**) {
  sim::Capacity capacity;
  capacity.connections = 2;
  sim::World world(1, capacity);
  sim::PeerHost host(world);
  (void)host.listen(sim::ipv4(10, 0, 0, 1, 80));
  sim::Port port(world);
  PortLog port_log;
  StreamLog log;
  port.set_events(port_log);
  for (int i = 0; i < 10; ++i) {
    Result<Stream*> stream = port.connect(sim::ipv4(10, 0, 0, 1, 80), log);
    EXPECT(stream.ok(), "a place for each connection");
    world.run_for(5ms);
    (*stream)->close();
    world.run_for(5ms);
  }
  EXPECT(log.opens == 10 && host.accepted() == 10, "ten connections");
  EXPECT(port.connect(sim::ipv4(10, 0, 0, 1, 80), log).ok(), "one that stays");
  sim::Port second(world);
  second.set_events(port_log);
  EXPECT(second.connect(sim::ipv4(10, 0, 0, 1, 80), log).ok(), "another");
  sim::Port third(world);
  third.set_events(port_log);
  EXPECT(third.connect(sim::ipv4(10, 0, 0, 1, 80), log).error().layer_code() == ENOBUFS, "a full network");
  EXPECT(host.dial(sim::ipv4(10, 0, 0, 1, 80)) == sim::Peer{}, "for everybody");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(an_accepted_stream_is_open_and_told_of_bytes_without_a_read),
      cmocka_unit_test(peers_wait_while_the_streams_are_used_up),
      cmocka_unit_test(a_peer_can_be_turned_away),
      cmocka_unit_test(accepting_pauses_and_tells_once),
      cmocka_unit_test(closing_a_listener_resets_the_waiting_and_keeps_the_accepted),
      cmocka_unit_test(addresses_are_bound_once_and_ports_given_out),
      cmocka_unit_test(a_listener_has_a_profile_and_cuts_of_its_own),
      cmocka_unit_test(a_destroyed_listener_resets_everything),
      cmocka_unit_test(a_peer_hears_what_happens_to_it),
      cmocka_unit_test(a_peer_is_told_once_there_is_room_for_what_was_not_taken),
      cmocka_unit_test(a_host_is_asked_whom_it_takes),
      cmocka_unit_test(peers_that_nobody_closed_make_room),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

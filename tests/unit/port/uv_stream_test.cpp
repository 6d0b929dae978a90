#include "uv_fixture.hpp"

#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

using namespace kedge;
using namespace kedge::test;

static void a_line_to(const Address& address) {
  Pair pair(address);
  EXPECT(pair.client.write("ping").bytes == 4, "room for four bytes");
  std::string heard;
  EXPECT(run_until(pair.loop, [&] { return pair.server().readable == 1; }), "the server to be told");
  EXPECT(pair.server().read(100, &heard).status == IoStatus::ok, "bytes");
  EXPECT_TEXT(heard, "ping");
  EXPECT(pair.accepted.peers[0].family == address.family, "the peer's family");
  EXPECT(pair.accepted.peers[0].port != 0, "the peer's port");
  EXPECT(pair.server().read(100).status == IoStatus::would_block, "nothing more");
  EXPECT(pair.server().write("pong").bytes == 4, "room");
  EXPECT(run_until(pair.loop, [&] { return pair.client.readable == 1; }), "the client to be told");
  heard.clear();
  (void)pair.client.read(100, &heard);
  EXPECT_TEXT(heard, "pong");
}
static void bytes_go_both_ways_over_ipv4(void**) {
  a_line_to(loopback4());
}
static void bytes_go_both_ways_over_ipv6(void**) {
  a_line_to(loopback6());
}

static void a_refused_connection_is_an_error_with_its_errno(void**) {
  uv::Loop loop;
  uv::Port port(loop);
  Address nobody;
  {
    uv::Listener listener(loop, {.streams_max = 1});
    Server server;
    nobody = *listener.listen(loopback4(), server);
  }
  End end;
  end.stream = *port.connect(nobody, end);
  EXPECT(run_until(loop, [&] { return end.failed == 1; }), "on_error");
  EXPECT(end.error.kind() == ErrorKind::connection && end.error.layer() == Layer::system, "kind and layer");
  EXPECT(end.error.layer_code() == ECONNREFUSED, "the errno");
  EXPECT_TEXT(end.error.message(), "cannot connect: connection refused");
  EXPECT_TEXT(end.stream->error().message(), end.error.message());
  EXPECT(end.read(1).status == IoStatus::error && end.write("x").status == IoStatus::error, "no use");
  EXPECT(port.connect(nobody, end).error().kind() == ErrorKind::config, "one stream at a time");
  end.close();
  EXPECT(run_until(loop, [&] { return end.closed == 1; }), "on_closed");
  EXPECT(end.opened == 0, "no on_open");
}

static void an_attempt_that_fails_at_once_is_a_result(void**) {
  uv::Loop loop;
  uv::Port port(loop);
  End end;
  Address multicast;
  multicast.port = 9;
  multicast.bytes = {224, 0, 0, 1};
  EXPECT(port.connect(multicast, end).error().layer() == Layer::system, "TCP cannot go to a group");
  EXPECT(end.failed == 0, "no event");
  EXPECT(port.connect(loopback4(1), end).ok(), "the port can be used again at once");
}

static void no_descriptor_left_is_an_error_by_name(void**) {
  uv::Loop loop;
  uv::Port port(loop);
  End end;
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  const rlimit none{0, before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &none);
  const Result<Stream*> stream = port.connect(loopback4(1), end);
  const uv::Loop another;
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT(stream.error().layer_code() == EMFILE, "EMFILE");
  EXPECT_TEXT(stream.error().message(),
              "cannot open a socket: no file descriptor left (the process's limit)");
  EXPECT(another.status().error().layer_code() == EMFILE, "a loop that could not be made to say so");
}

static void unsent_bytes_are_bounded(void**) {
  Pair bounded(loopback4(), {.unsent_bytes_max = 16 * 1024});
  Pair free(loopback4(), {.unsent_bytes_max = 0});
  const auto fill = [](End& end) {
    const std::string block(4096, 'x');
    std::size_t taken = 0;
    while (const std::size_t bytes = end.write(block).bytes) taken += bytes;
    return taken;
  };
  EXPECT(fill(bounded.client) < fill(free.client), "the kernel to take less with a bound");
}

static void the_end_is_told_once_and_does_not_spin(void**) {
  Pair pair;
  EXPECT(pair.client.write("bye").bytes == 3, "room");
  pair.client.stream->shutdown_write();
  pair.client.stream->shutdown_write();
  EXPECT(pair.client.write("more").status == IoStatus::error, "no write after shutdown_write");
  std::string heard;
  EXPECT(run_until(pair.loop, [&] { return pair.server().readable == 1; }), "readable");
  EXPECT(pair.server().read(3, &heard).bytes == 3, "what was written before");
  EXPECT(pair.server().read(3).status == IoStatus::end, "the end");
  EXPECT(pair.server().read(3).status == IoStatus::end, "the end again");
  EXPECT(comes_to_rest(pair.loop), "no busy loop at the end");
  EXPECT(pair.server().write("still").bytes == 5, "the other direction to be open");
  EXPECT(run_until(pair.loop, [&] { return pair.client.readable == 1; }), "and to arrive");
  EXPECT(pair.client.read(0).status == IoStatus::ok && pair.client.read(9).bytes == 5, "five bytes");
}

// The server closes with bytes unread: its peer gets a reset.
static void reset(Pair& pair) {
  (void)pair.client.write("unread");
  EXPECT(run_until(pair.loop, [&] { return pair.server().readable == 1; }), "unread bytes at the server");
  pair.server().close();
  EXPECT(run_until(pair.loop, [&] { return pair.server().closed == 1; }), "closed");
}

static void a_reset_is_an_error_for_a_waiting_reader(void**) {
  Pair pair;
  EXPECT(pair.client.read(1).status == IoStatus::would_block, "nothing yet");
  reset(pair);
  EXPECT(run_until(pair.loop, [&] { return pair.client.readable > 0; }), "to be told");
  EXPECT(pair.client.read(1).status == IoStatus::error, "an error");
  EXPECT(pair.client.stream->error().layer_code() == ECONNRESET, "ECONNRESET");
  EXPECT(pair.client.read(1).status == IoStatus::error, "still an error");
  EXPECT(comes_to_rest(pair.loop), "no busy loop afterwards");
}

static void a_reset_while_writing_is_an_error_and_no_signal(void**) {
  Pair pair;
  const std::string block(64 * 1024, 'x');
  while (pair.client.write(block).bytes == block.size()) {
  }
  reset(pair);
  EXPECT(run_until(pair.loop, [&] { return pair.client.writable == 1; }), "the blocked writer to be told");
  EXPECT(pair.client.write("x").status == IoStatus::error, "an error, and a process that lives");
  EXPECT(pair.client.write("x").status == IoStatus::error, "an error for good");
  const int code = pair.client.stream->error().layer_code();
  EXPECT(code == ECONNRESET || code == EPIPE, "the reason");
  EXPECT(comes_to_rest(pair.loop), "no busy loop afterwards");
}

static void a_paused_reader_does_not_spin_on_a_reset(void**) {
  Pair pair;
  (void)pair.server().write("x");
  EXPECT(run_until(pair.loop, [&] { return pair.client.readable == 1; }), "readable, not read");
  reset(pair);
  EXPECT(comes_to_rest(pair.loop), "no busy loop");
  EXPECT(pair.client.readable == 1, "no event for a reader that has paused");
}

static void close_is_answered_once_in_each_state_and_the_port_serves_again(void**) {
  uv::Loop loop;
  uv::Port port(loop);
  uv::Listener listener(loop, {.streams_max = 8});
  Server server;
  const Address address = *listener.listen(loopback4(), server);
  for (int state = 0; state < 3; ++state) {
    End end;
    end.stream = *port.connect(address, end);
    if (state == 1) EXPECT(run_until(loop, [&] { return end.opened == 1; }), "open");
    if (state == 2) end.when_open = [&] { end.stream->close(); };
    if (state == 2) EXPECT(run_until(loop, [&] { return end.opened == 1; }), "open");
    end.close();
    end.close();
    EXPECT(end.read(1).status == IoStatus::error && end.write("x").status == IoStatus::error, "closed");
    EXPECT(run_until(loop, [&] { return end.closed == 1; }), "on_closed");
    EXPECT(end.opened == (state == 0 ? 0 : 1), "no on_open after close()");
    loop.poll();
    EXPECT(end.closed == 1, "once");
  }
}

static void what_is_asked_while_connecting_happens_when_open(void**) {
  uv::Loop loop;
  uv::Port port(loop);
  uv::Listener listener(loop, {.streams_max = 1});
  Server server;
  End end;
  end.stream = *port.connect(*listener.listen(loopback4(), server), end);
  EXPECT(end.read(1).status == IoStatus::would_block && end.write("x").status == IoStatus::would_block,
         "to be told later");
  EXPECT(end.write("").status == IoStatus::ok, "nothing to write to be done");
  EXPECT(run_until(loop, [&] { return end.writable == 1; }), "on_writable after on_open");
  EXPECT(end.opened == 1, "on_open first");
}

static void a_port_may_be_destroyed_in_any_state(void**) {
  uv::Loop loop;
  uv::Listener listener(loop, {.streams_max = 4});
  Server server;
  const Address address = *listener.listen(loopback4(), server);
  End end;
  {
    uv::Port idle(loop);
    uv::Port connecting(loop);
    EXPECT(connecting.connect(address, end).ok(), "connecting");
    uv::Port open(loop);
    End opened;
    EXPECT(open.connect(address, opened).ok() && run_until(loop, [&] { return opened.opened == 1; }), "open");
    uv::Port closing(loop);
    End closed;
    (*closing.connect(address, closed))->close();
  }
  loop.poll();
  EXPECT(end.closed == 0, "no event for a stream whose port is gone");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(bytes_go_both_ways_over_ipv4),
      cmocka_unit_test(bytes_go_both_ways_over_ipv6),
      cmocka_unit_test(a_refused_connection_is_an_error_with_its_errno),
      cmocka_unit_test(an_attempt_that_fails_at_once_is_a_result),
      cmocka_unit_test(no_descriptor_left_is_an_error_by_name),
      cmocka_unit_test(unsent_bytes_are_bounded),
      cmocka_unit_test(the_end_is_told_once_and_does_not_spin),
      cmocka_unit_test(a_reset_is_an_error_for_a_waiting_reader),
      cmocka_unit_test(a_reset_while_writing_is_an_error_and_no_signal),
      cmocka_unit_test(a_paused_reader_does_not_spin_on_a_reset),
      cmocka_unit_test(close_is_answered_once_in_each_state_and_the_port_serves_again),
      cmocka_unit_test(what_is_asked_while_connecting_happens_when_open),
      cmocka_unit_test(a_port_may_be_destroyed_in_any_state),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

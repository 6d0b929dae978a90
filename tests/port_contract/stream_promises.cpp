#include "contract.hpp"

using namespace std::chrono_literals;

namespace kedge::test {

namespace {

void bytes_go_both_ways_in_order(Ground& ground) {
  const auto line = ground.connect();
  End &client = line->client(), &server = line->server();
  const int told = server.readable;
  EXPECT(client.write("ping").bytes == 4, "room for four bytes");
  EXPECT(ground.run_until([&] { return server.readable > told; }), "on_readable without a read before it");
  std::string heard;
  EXPECT(server.read(100, &heard).status == IoStatus::ok, "bytes");
  EXPECT_TEXT(heard, "ping");
  EXPECT(server.read(100).status == IoStatus::would_block, "nothing more");
  EXPECT(server.write("pong, ").bytes == 6 && server.write("pong").bytes == 4, "room");
  heard.clear();
  EXPECT(ground.run_until([&] {
    (void)client.read(100, &heard);
    return heard.size() >= 10;
  }),
         "both answers");
  EXPECT_TEXT(heard, "pong, pong");
}

void readable_comes_after_a_short_read_and_after_no_full_one(Ground& ground) {
  const auto line = ground.connect();
  End &client = line->client(), &server = line->server();
  EXPECT(client.read(1).status == IoStatus::would_block, "nothing yet");
  int told = client.readable;
  (void)server.write("abcdef");
  EXPECT(ground.run_until([&] { return client.readable > told; }), "on_readable");
  EXPECT(client.read(4).bytes == 4, "a read that fills its span");
  told = client.readable;
  EXPECT(ground.comes_to_rest() && client.readable == told, "no event after it, though there is more");
  EXPECT(client.read(4).bytes == 2, "the rest, by a read of the user's own");
  (void)server.write("g");
  EXPECT(ground.run_until([&] { return client.readable > told; }), "an event after a read that came short");
}

void a_reader_who_stops_gets_no_events_and_costs_no_turns(Ground& ground) {
  const auto line = ground.connect();
  End &client = line->client(), &server = line->server();
  EXPECT(client.read(1).status == IoStatus::would_block, "nothing yet");
  (void)server.write("x");
  const int told = client.readable;
  EXPECT(ground.run_until([&] { return client.readable > told; }), "on_readable");
  (void)server.write("yz");
  EXPECT(ground.comes_to_rest(), "no busy loop");
  EXPECT(client.readable == told + 1, "no event before the next read");
}

// Moves `total` bytes; the reader stops in between.
void transfer(Ground& ground, End& from, End& to, std::size_t total) {
  const std::string block(256 * 1024, 'x');
  std::size_t sent = 0, received = 0, partial = 0;
  bool stopped = false, goes_on = false;
  const auto write = [&] {
    while (sent < total) {
      const std::size_t wanted = std::min(block.size(), total - sent);
      const IoResult result = from.write(std::string_view(block).substr(0, wanted));
      EXPECT(result.status == IoStatus::ok || result.status == IoStatus::would_block, "no error");
      sent += result.bytes;
      if (result.bytes == wanted) continue;
      ++partial;
      return;
    }
  };
  const auto read = [&] {
    for (;;) {
      stopped = stopped || received > total / 2;
      if (stopped && !goes_on) return;
      const IoResult result = to.read(16 * 1024);
      EXPECT(result.status == IoStatus::ok || result.status == IoStatus::would_block, "no error");
      received += result.bytes;
      if (result.bytes < 16 * 1024) return;
    }
  };
  from.when_writable = write;
  to.when_readable = read;
  EXPECT(to.read(1).status == IoStatus::would_block, "nothing yet");
  write();
  EXPECT(ground.run_until([&] { return stopped; }, 20s), "the half");
  EXPECT(ground.comes_to_rest(), "no busy loop while the reader has stopped");
  const int events = to.readable;
  (void)ground.turns_in(200ms);
  EXPECT(to.readable == events, "no event for a reader that has stopped");
  EXPECT(sent < total && received < total, "the slow reader to slow the writer");
  goes_on = true;
  read();
  EXPECT(ground.run_until([&] { return received == total; }, 20s), "every byte");
  EXPECT(partial > 0 && from.writable > 0, "on_writable after writes that were taken in part");
  EXPECT(ground.comes_to_rest(), "no busy loop when all is read");
  from.when_writable = to.when_readable = nullptr;
}

void a_large_transfer_survives_a_slow_reader_both_ways(Ground& ground) {
  const auto line = ground.connect();
  const std::size_t total = ground.more_than_fits() * 2;
  transfer(ground, line->client(), line->server(), total);
  transfer(ground, line->server(), line->client(), total);
}

void the_end_comes_after_the_bytes_and_stays(Ground& ground) {
  const auto line = ground.connect();
  End &client = line->client(), &server = line->server();
  EXPECT(client.write("bye").bytes == 3, "room");
  client.stream->shutdown_write();
  std::string heard;
  EXPECT(ground.run_until([&] { return server.read(100, &heard).status == IoStatus::end; }), "the end");
  EXPECT_TEXT(heard, "bye");
  EXPECT(server.read(100).status == IoStatus::end, "the end again");
  EXPECT(ground.comes_to_rest(), "no busy loop at the end");
}

// Whether a close with something unread breaks the line or ends it is the ground's; both are told, and stay.
void a_line_that_the_peer_closes_is_over_for_good(Ground& ground) {
  const auto line = ground.connect();
  End &client = line->client(), &server = line->server();
  (void)client.write("never read");
  EXPECT(ground.run_until([&] { return server.readable > 0; }), "bytes at the server");
  EXPECT(client.read(1).status == IoStatus::would_block, "nothing yet");
  const int told = client.readable;
  server.close();
  EXPECT(ground.run_until([&] { return server.closed == 1 && client.readable > told; }), "both to be told");
  const IoStatus over = client.read(1).status;
  EXPECT(over == IoStatus::error || over == IoStatus::end, "an error, or the end");
  EXPECT(client.read(1).status == over, "the same again");
  if (over == IoStatus::error) {
    EXPECT(client.stream->error().kind() != ErrorKind::none, "that says why");
    EXPECT(!client.stream->error().message().empty(), "in words");
  }
  EXPECT(ground.comes_to_rest(), "no busy loop afterwards");
}

void close_is_answered_once_and_from_the_loop(Ground& ground) {
  const auto line = ground.connect();
  End& client = line->client();
  client.close();
  client.close();
  EXPECT(client.read(1).status == IoStatus::error && client.write("x").status == IoStatus::error, "no use");
  EXPECT(ground.run_until([&] { return client.closed == 1; }), "on_closed");
  EXPECT(ground.comes_to_rest() && client.closed == 1, "once");
}

void a_stream_may_be_closed_from_its_own_events(Ground& ground) {
  const auto line = ground.connect();
  End &client = line->client(), &server = line->server();
  EXPECT(client.read(1).status == IoStatus::would_block, "nothing yet");
  client.when_readable = [&] { client.stream->close(); };
  (void)server.write("x");
  EXPECT(ground.run_until([&] { return client.closed == 1; }), "on_closed");
  EXPECT(client.readable == 1, "no event after close() but that");
}

void events_go_to_whom_they_were_given_last(Ground& ground) {
  const auto line = ground.connect();
  End &client = line->client(), &server = line->server();
  EXPECT(client.read(1).status == IoStatus::would_block, "nothing yet");
  End heir;
  heir.stream = client.stream;
  client.stream->set_events(heir);
  (void)server.write("x");
  EXPECT(ground.run_until([&] { return heir.readable == 1; }), "the heir to be told");
  heir.close();
  EXPECT(ground.run_until([&] { return heir.closed == 1; }), "on_closed too");
  EXPECT(client.readable == 0 && client.closed == 0, "the one before to be told nothing");
  client.stream = nullptr;  // closed, which it has not been told
}

constexpr Promise of_streams[] = {
    {"bytes_go_both_ways_in_order", bytes_go_both_ways_in_order},
    {"readable_comes_after_a_short_read_and_after_no_full_one",
     readable_comes_after_a_short_read_and_after_no_full_one},
    {"a_reader_who_stops_gets_no_events_and_costs_no_turns",
     a_reader_who_stops_gets_no_events_and_costs_no_turns},
    {"a_large_transfer_survives_a_slow_reader_both_ways", a_large_transfer_survives_a_slow_reader_both_ways},
    {"the_end_comes_after_the_bytes_and_stays", the_end_comes_after_the_bytes_and_stays},
    {"a_line_that_the_peer_closes_is_over_for_good", a_line_that_the_peer_closes_is_over_for_good},
    {"close_is_answered_once_and_from_the_loop", close_is_answered_once_and_from_the_loop},
    {"a_stream_may_be_closed_from_its_own_events", a_stream_may_be_closed_from_its_own_events},
    {"events_go_to_whom_they_were_given_last", events_go_to_whom_they_were_given_last},
};

}  // namespace

std::span<const Promise> stream_promises() {
  return of_streams;
}

}  // namespace kedge::test

// The stream's contract once it is open: what is read, written, told and closed.

#include "fixture.hpp"

using namespace kedge;
using namespace kedge::test;

namespace {

World& world() {
  static World the_world;
  return the_world;
}

std::string some_text(std::size_t size, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::string text(size, '\0');
  for (auto& c : text) c = static_cast<char>(random());
  return text;
}

struct Line : Connection {
  explicit Line(const PipeRules& rules = {}, std::size_t server_buffer = 4096)
      : Connection(world().client(), world().server, world().port, "localhost", 443, rules, server_buffer) {
    EXPECT(open(), "the connection to open");
  }
};

}  // namespace

static void bytes_arrive_whole_however_they_are_split(void**) {
  for (std::uint32_t seed = 1; seed <= 12; ++seed) {
    const PipeRules rules{.seed = seed,
                          .piece_max = seed % 3 == 0 ? SIZE_MAX : seed * seed * 7,
                          .write_max = seed % 4 == 0 ? SIZE_MAX : seed * 50,
                          .capacity = 700 * seed};
    Line line(rules, seed == 5 ? 1 : seed * 40);  // also with a buffer of no use
    line.server.read_size = 13 * seed;
    const std::string up = some_text(60'000, seed);
    const std::string down = some_text(50'000, seed + 100);
    line.client.send(up);
    line.server.send(down);
    line.pipe.run();
    EXPECT(line.server.received == up, "what the client wrote");
    EXPECT(line.client.received == down, "what the server wrote");
    EXPECT(line.client.opens == 1 && line.server.opens == 1, "one on_open");
  }
}

static void record_takes_one_read_below(void**) {
  Line line;
  line.server.send("hello");
  const std::size_t before = line.pipe.a().reads;
  line.pipe.run();
  EXPECT_TEXT(line.client.received, "hello");
  EXPECT(line.pipe.a().reads - before == 1, "one read for header and body");
}

static void many_bytes_go_out_in_full_records(void**) {
  Line line;
  const std::size_t before = line.pipe.a().writes;
  line.client.send(std::string(65536, 'x'));
  // With TLS 1.3 mbedTLS fills them less a few bytes, so that a rest is left for a fifth.
  std::size_t records = 0, full = 0;
  const std::string wire = line.pipe.b().under_way();
  for (std::size_t at = 0; at + 5 <= wire.size(); ++records) {
    const auto byte = [&wire](std::size_t where) { return static_cast<unsigned char>(wire[where]); };
    const std::size_t size = byte(at + 3) * 256U + byte(at + 4);
    full += size > 16'300 ? 1 : 0;
    at += 5 + size;
  }
  EXPECT(full >= 3 && records <= full + 1, "records of 16 KiB");
  EXPECT(line.pipe.a().writes - before == records, "a write each");
  line.pipe.run();
  EXPECT(line.server.received.size() == 65536, "all of it");
}

static void what_is_held_inside_can_be_read_after_a_pause_without_an_event(void**) {
  Line line;
  line.client.paused = true;
  line.server.send("first ");
  line.server.send("second");
  line.pipe.run();
  std::byte bytes[3];
  EXPECT(line.client.stream->read(bytes).bytes == 3, "three bytes");
  const int events = line.client.readables;
  line.pipe.run();
  EXPECT(line.client.readables == events, "no event after a read that filled the span");
  line.client.read_all();
  EXPECT_TEXT(line.client.received, "st second");
}

static void paused_reader_gets_no_flood_of_events(void**) {
  Line line;
  line.client.paused = true;
  const int before = line.client.readables;  // TLS 1.3's ticket was one
  for (int i = 0; i < 10; ++i) {
    line.server.send("more");
    line.pipe.run();
  }
  EXPECT(line.client.readables == before + 1, "one event until it reads");
}

static void bytes_right_behind_the_handshake_are_told(void**) {
  World fresh;
  StreamPipe pipe;
  std::array<std::byte, 4096> buffer;
  struct Greeter : End {
    void on_open() noexcept override {
      End::on_open();
      send("welcome");
    }
  } greeter;
  End user;
  tls::ServerStream server(fresh.server, buffer);
  greeter.stream = *server.start(pipe.b(), greeter);
  user.stream = *fresh.client().start(pipe.a(), user, "localhost", 443, fresh.port);
  pipe.run();
  EXPECT_TEXT(user.received, "welcome");
  user.stream->close();
  greeter.stream->close();
  pipe.run();
}

static void blocked_write_is_repeated_with_the_same_bytes(void**) {
  Line line({.capacity = 2000});
  line.server.paused = true;
  const std::string text = some_text(3000, 1);
  const IoResult first = line.client.stream->write(std::as_bytes(std::span(text)));
  EXPECT(first.status == IoStatus::would_block, "a record the stream below did not take whole not to count");
  EXPECT(line.client.stream->write(std::as_bytes(std::span(text).first(10))).status == IoStatus::error,
         "a shorter repetition to be refused");
  EXPECT(line.client.stream->error().kind() == ErrorKind::config, "by name");
  line.client.rest = text;
  line.server.paused = false;
  line.server.read_all();
  line.pipe.run();
  EXPECT(line.client.writables == 1, "on_writable once");
  EXPECT(line.server.received == text, "the bytes, once");
}

static void close_notify_is_the_end(void**) {
  Line line;
  line.client.send("last words");
  line.client.stream->shutdown_write();
  EXPECT(line.client.stream->write(std::as_bytes(std::span("x"))).status == IoStatus::error,
         "no more writes");
  line.client.stream->shutdown_write();  // again: nothing
  line.pipe.run();
  EXPECT_TEXT(line.server.received, "last words");
  EXPECT(line.server.ended && line.server.failures == 0, "an end in order");
  line.server.send("answer");
  line.pipe.run();
  EXPECT_TEXT(line.client.received, "answer");
}

static void close_notify_waits_for_a_blocked_record(void**) {
  Line line({.capacity = 500});
  line.client.send(std::string(2000, 'x'));
  line.client.rest.clear();
  line.client.stream->shutdown_write();
  line.pipe.run();
  EXPECT(line.server.received.size() == 2000 && line.server.ended, "the record, then the end");
}

static void end_right_behind_bytes_is_told(void**) {
  Line line;
  line.client.paused = true;
  line.server.send("bye");
  line.server.stream->shutdown_write();
  line.pipe.run();
  line.client.paused = false;
  line.client.read_all();
  EXPECT_TEXT(line.client.received, "bye");
  line.pipe.run();
  EXPECT(line.client.ended, "the end to be told though it was found outside an event");
}

static void end_without_close_notify_is_an_error(void**) {
  Line line;
  line.server.send("cut o");
  line.pipe.b().shutdown_write();
  line.pipe.run();
  EXPECT_TEXT(line.client.received, "cut o");
  EXPECT(!line.client.ended && line.client.failures == 1, "a truncation not to look like an end");
  EXPECT(line.client.error.kind() == ErrorKind::connection, "kind connection");
  EXPECT_TEXT(line.client.error.message(),
              "the connection ended without TLS's close_notify: what came last may be cut off");
}

static void broken_stream_below_gives_its_own_error(void**) {
  Line line;
  line.pipe.a().break_line();
  line.pipe.run();
  EXPECT_TEXT(line.client.error.message(), "connection reset by peer");
  EXPECT(line.client.stream->write(std::as_bytes(std::span("x"))).status == IoStatus::error,
         "no write either");
  EXPECT(line.client.stream->error().layer_code() == 104, "its code");
}

static void changed_record_is_an_error(void**) {
  Line line;
  line.server.send("account 1");
  line.pipe.a().under_way().back() ^= 1;
  line.pipe.run();
  EXPECT(line.client.received.empty() && line.client.failures == 1, "nothing forged to come through");
  EXPECT(line.client.error.kind() == ErrorKind::tls, "kind tls");
  EXPECT_TEXT(line.client.error.message(), "a TLS record does not verify: the bytes were changed on the way");
  line.server.read_all();
  line.pipe.run();
  EXPECT_TEXT(line.server.error.message(),
              "the client sent TLS alert 20, bad record MAC: the bytes were changed on the way");
}

static void closing_is_told_once_and_the_stream_can_be_used_again(void**) {
  Line line;
  line.client.stream->close();
  line.client.stream->close();
  EXPECT(line.client.closes == 0, "no event inside the call");
  std::byte bytes[1];
  EXPECT(line.client.stream->read(bytes).status == IoStatus::error, "no reading after close");
  EXPECT(line.client.stream->error().kind() == ErrorKind::closed, "by name");
  line.pipe.run();
  EXPECT(line.client.closes == 1, "on_closed once");
  Line next;
}

static void second_connection_is_refused_while_one_is_open(void**) {
  Line line;
  StreamPipe other;
  End user;
  const auto started = world().client().start(other.a(), user, "localhost", 443, world().port);
  EXPECT(!started.ok() && started.error().kind() == ErrorKind::config, "one at a time");
  EXPECT(!line.server_side.start(other.b(), user).ok(), "the server's stream likewise");
}

// A peer as near as a loopback's may have answered as soon as something was written.
struct NearStream final : Stream {
  int reads = 0;
  StreamEvents* events = nullptr;
  IoResult read(std::span<std::byte>) noexcept override {
    ++reads;
    return {};
  }
  IoResult write(std::span<const std::byte> from) noexcept override { return {IoStatus::ok, from.size()}; }
  void shutdown_write() noexcept override {}
  void close() noexcept override {}
  [[nodiscard]] Error error() const noexcept override { return {}; }
  void set_events(StreamEvents& to) noexcept override { events = &to; }
};

static void start_reads_nothing_as_the_answer_could_open_the_stream_inside_the_call(void**) {
  World fresh;
  NearStream below;
  End user;
  auto started = fresh.client().start(below, user, "localhost", 443, fresh.port);
  EXPECT(started.ok(), "a start");
  EXPECT(below.reads == 0, "no read before the stream below tells that there is something");
  below.events->on_readable();
  EXPECT(below.reads == 1, "a read when it tells");
  (*started)->close();
  below.events->on_closed();
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(start_reads_nothing_as_the_answer_could_open_the_stream_inside_the_call),
      cmocka_unit_test(bytes_arrive_whole_however_they_are_split),
      cmocka_unit_test(record_takes_one_read_below),
      cmocka_unit_test(many_bytes_go_out_in_full_records),
      cmocka_unit_test(what_is_held_inside_can_be_read_after_a_pause_without_an_event),
      cmocka_unit_test(paused_reader_gets_no_flood_of_events),
      cmocka_unit_test(bytes_right_behind_the_handshake_are_told),
      cmocka_unit_test(blocked_write_is_repeated_with_the_same_bytes),
      cmocka_unit_test(close_notify_is_the_end),
      cmocka_unit_test(close_notify_waits_for_a_blocked_record),
      cmocka_unit_test(end_right_behind_bytes_is_told),
      cmocka_unit_test(end_without_close_notify_is_an_error),
      cmocka_unit_test(broken_stream_below_gives_its_own_error),
      cmocka_unit_test(changed_record_is_an_error),
      cmocka_unit_test(closing_is_told_once_and_the_stream_can_be_used_again),
      cmocka_unit_test(second_connection_is_refused_while_one_is_open),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

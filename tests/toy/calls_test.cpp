// Each call that ProtocolClient gives its author: on a line, without one, and of a client that could not be
// made.

#include "toy_world.hpp"

using namespace kedge;
using namespace kedge::test;

namespace {

constexpr auto nobody = [](const Outcome&) noexcept {};

void a_client_that_could_not_be_made_takes_every_call(void**) {
  ToyWorld t;
  std::array<std::byte, 16> little{};
  toy::Client client(t.port, ClientConfig{}, t.limits, little);
  for (const Error& why :
       {client.post({}, "x").error(), client.ask(RequestOptions{.id = 1}, nobody, "x").error(),
        client.set_keepalive({5s, 2s}).error()}) {
    EXPECT(why.kind() == ErrorKind::config, "the reason, by each call that can give one");
  }
  client.accepted();
  EXPECT(!client.is_accepted(), "nobody has accepted it");
  client.end_line(Error(ErrorKind::protocol, "over"));
  client.set_outbound_message_bytes_max(1);
  client.pause_reading();
  client.resume_reading();
  client.hold_messages();
  client.release_messages();
  client.protocol_error("unheard");
  client.log(LogLevel::error, "event", "unheard");
  EXPECT(!client.find(1) && client.kind_of(Handle{}) == 0, "no request");
  const Error error(ErrorKind::remote, "no");
  EXPECT(
      !client.complete(Handle{}, {}) && !client.fail(Handle{}, error) && !client.fail_unread(Handle{}, error),
      "none to be ended");
  Error told(ErrorKind::remote, "the server says: ");
  EXPECT_TEXT(client.append_of_peer(told, "no").message(), "the server says: no");
  EXPECT(client.now() == Instant{}, "no clock");
}

void a_line_is_ended_with_what_follows(void**) {
  {
    ToyWorld t;
    t.connect();
    t.client->end_line(Error(ErrorKind::protocol, "out of step"));
    EXPECT(t.until(LinkState::waiting), "another attempt, where nothing else is said");
    EXPECT_TEXT(t.client->last_error().message(), "out of step");
    EXPECT(t.until(LinkState::ready), "the next line");
  }
  ToyWorld t;
  t.connect();
  t.mute = true;
  t.ask("one");
  t.client->end_line(Error(ErrorKind::protocol, "no use"), Verdict::final, 3000);
  EXPECT(t.until(LinkState::closed), "the end for good");
  EXPECT_TEXT(t.ended.at(0), "protocol");
}

void the_peers_largest_message_is_a_limit_like_ours(void**) {
  ToyWorld t;
  t.connect();
  t.client->set_outbound_message_bytes_max(10);
  EXPECT(t.client->post({}, "0123456789").ok(), "as large as it takes");
  EXPECT(t.client->post({}, "0123456789a").error().kind() == ErrorKind::too_large, "and no larger");
}

void a_request_is_known_by_its_id_and_kind_until_it_ends(void**) {
  ToyWorld t;
  t.mute = true;
  t.connect();
  const Handle one = t.ask("one", {.id = 5, .kind = 7});
  EXPECT(!t.client->find(5), "one that has not left has no answer");
  EXPECT(t.client->kind_of(one) == 7 && !t.client->find(6), "its kind, and no other's");
  t.received(2);
  EXPECT(t.client->find(5) == one, "once it has left");
  EXPECT(t.client->fail(one, Error(ErrorKind::denied, "no")), "ended");
  EXPECT(t.ended.size() == 1, "inside the call");
  EXPECT(!t.client->find(5) && t.client->kind_of(one) == 0 &&
             !t.client->fail(one, Error(ErrorKind::denied, "no")),
         "and is no more");
}

// Subscriptions, say: more than reserved_messages_max has room for in one turn.
void more_of_its_own_than_has_room_goes_out_one_by_one_before_what_waits(void**) {
  ToyWorld t;
  constexpr std::uint32_t count = 7;
  EXPECT(count > t.limits.reserved_messages_max, "more than there is room for");
  const auto subscribe = [&t](std::uint32_t tag) {
    EXPECT(t.client->post({.own = true, .tag = tag}, "note " + std::to_string(tag)).ok(), "room for one");
  };
  t.client->when_ready = [&] {
    t.client->hold_messages();
    subscribe(1);
  };
  t.client->when_sent = [&](std::uint64_t tag) {
    if (tag == 0) return;  // the hello
    if (tag < count) return subscribe(static_cast<std::uint32_t>(tag) + 1);
    t.client->release_messages();
  };
  t.ask("waits");
  for (int line = 0; line < 2; ++line) {
    t.service.received.clear();
    if (line == 0) t.connect();
    if (line == 1) t.cut();
    if (line == 1) t.ask("waits too");
    t.received(count + 2);
    std::vector<std::string> expected{"hello sesame"};
    for (std::uint32_t tag = 1; tag <= count; ++tag) expected.push_back("note " + std::to_string(tag));
    expected.push_back(line == 0 ? "1 waits" : "2 waits too");
    EXPECT(t.service.received == expected, "all of them in order, and then what waited");
  }
  t.client->when_ready = {};
  t.client->when_sent = {};
}

void a_request_may_be_text_that_is_ready(void**) {
  ToyWorld t;
  t.connect();
  EXPECT(t.client->ask(RequestOptions{.id = 9}, nobody, "9 hello").ok(), "text");
  EXPECT(t.client->ask(RequestOptions{.id = 10}, nobody, "\xff").error().kind() == ErrorKind::config,
         "text that is none");
  EXPECT(t.client->ask(RequestOptions{.id = 10, .type = MessageType::binary}, nobody, "\xff").ok(), "bytes");
  t.received(3);
  EXPECT_TEXT(t.service.received.at(1), "9 hello");
}

void what_its_author_tells_is_logged_and_counted(void**) {
  ToyWorld t;
  t.connect();
  t.client->log(LogLevel::warning, "odd", "the moon is full");
  EXPECT(t.logged("the moon is full"), "a line of the log");
  t.client->protocol_error("nonsense came");
  EXPECT(t.logged("nonsense came") && t.client->statistics().protocol_errors == 1, "told and counted");
  Error told(ErrorKind::remote, "the server says: ");
  EXPECT_TEXT(t.client->append_of_peer(told, "sesame is wrong").message(), "the server says: *** is wrong");
  EXPECT(t.client->now() == t.world.now(), "the port's clock");
}

void what_is_below_the_level_is_not_told(void**) {
  ToyWorld t;
  t.connect();
  t.client->log(LogLevel::debug, "odd", "a whisper");
  EXPECT(!t.logged("a whisper"), "not at info");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_client_that_could_not_be_made_takes_every_call),
      cmocka_unit_test(a_line_is_ended_with_what_follows),
      cmocka_unit_test(the_peers_largest_message_is_a_limit_like_ours),
      cmocka_unit_test(a_request_is_known_by_its_id_and_kind_until_it_ends),
      cmocka_unit_test(more_of_its_own_than_has_room_goes_out_one_by_one_before_what_waits),
      cmocka_unit_test(a_request_may_be_text_that_is_ready),
      cmocka_unit_test(what_its_author_tells_is_logged_and_counted),
      cmocka_unit_test(what_is_below_the_level_is_not_told),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

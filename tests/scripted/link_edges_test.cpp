// Handlers that act at awkward moments, secrets that must not stay, and servers that bend the rules.

#include "link_fixture.hpp"

#include "support/memory_search.hpp"
#include "ws/accept_key.hpp"

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

void a_close_from_any_state_change_ends_the_link(void**) {
  for (const LinkState moment : {LinkState::connecting, LinkState::authenticating, LinkState::ready,
                                 LinkState::waiting, LinkState::closing}) {
    LinkWorld t;
    if (moment != LinkState::waiting) t.serve();
    t.on_state = [&](LinkState state) {
      if (state == moment) t.link->close();
    };
    EXPECT(t.link->connect().ok(), "started");
    if (moment == LinkState::closing) t.link->close();
    EXPECT(t.run_until_state(LinkState::closed, 10s), "closed");
    EXPECT(t.protocol.stopped.size() == 1, "one stop");
    EXPECT(t.protocol.stopped[0].kind() == ErrorKind::closed, "kind closed");
    t.world.run_for(1s);
    EXPECT(t.port.idle(), "nothing open or armed");
  }
}

void a_close_while_the_second_attempt_begins_ends_the_link(void**) {
  LinkWorld t;
  t.serve();
  t.on_state = [&](LinkState state) {
    if (state == LinkState::connecting && t.states.size() > 2) t.link->close();
  };
  EXPECT(t.connect_and_wait(), "ready");
  t.world.cut_all(sim::Cut::reset);
  EXPECT(t.run_until_state(LinkState::closed, 10s), "closed");
}

void nothing_is_armed_after_the_end(void**) {
  LinkWorld t;
  t.serve();
  EXPECT(t.connect_and_wait(), "ready");
  t.link->close();
  EXPECT(t.run_until_state(LinkState::closed, 5s), "closed");
  EXPECT(t.port.idle(), "no timer that would keep the program's loop alive");
}

void the_authentication_message_does_not_stay_in_memory(void**) {
  LinkWorld t;
  t.serve();
  t.protocol.ready_at_open = false;
  const std::string secret = "a credential of some length";
  bool found = false;
  t.protocol.open = [&] {
    EXPECT(t.push("auth " + secret, {.reserved = true}).ok(), "room");
    found = memory_holds(t.storage, secret);
  };
  t.service.message = [](server::Connection&, std::string_view) {};
  EXPECT(t.link->connect().ok(), "started");
  EXPECT(t.run_until_state(LinkState::authenticating), "open");
  EXPECT(found, "the search to find it while it waits");
  t.world.run_for(1s);
  EXPECT(t.service.received.size() == 1, "the message at the server");
  EXPECT(!memory_holds(t.storage, secret), "nothing of it once it was sent");
}

void an_upgrade_that_fails_leaves_no_credential_in_memory(void**) {
  LinkWorld t;
  const std::string secret = "Bearer a-credential-of-some-length";
  t.protocol.attempt = [&](ws::UpgradeExtras& extras) { return extras.add_header("Authorization", secret); };
  sim::PeerHost deaf(t.world);
  sim::NetworkProfile narrow;
  narrow.buffer_bytes = 64;
  deaf.set_profile(narrow);
  EXPECT(deaf.listen(sim::ipv4(10, 0, 0, 1, 80)).ok(), "listening");
  EXPECT(t.link->connect().ok(), "started");
  t.world.run_for(1s);
  EXPECT(memory_holds(t.storage, secret), "the request to wait in memory");
  EXPECT(t.run_until_state(LinkState::waiting), "a failed attempt");
  EXPECT(!memory_holds(t.storage, secret), "nothing of it after the attempt");
}

void the_credential_is_forgotten_with_its_attempt(void**) {
  ClientConfig config;
  config.credentials = [](Secret& secret) noexcept { return secret.assign("sesame"); };
  LinkWorld t(std::move(config));
  bool there = false;
  t.protocol.attempt = [&](ws::UpgradeExtras&) -> Result<void> {
    there = t.protocol.secret->reveal() == "sesame";
    return {};
  };
  sim::PeerHost deaf(t.world);
  EXPECT(deaf.listen(sim::ipv4(10, 0, 0, 1, 80)).ok(), "listening");
  EXPECT(t.link->connect().ok(), "started");
  EXPECT(t.run_until_state(LinkState::waiting) && there, "an attempt with it that fails");
  EXPECT(t.protocol.secret->reveal().empty(), "nothing of it until the next");
}

void no_log_line_holds_the_query_of_the_url(void**) {
  ClientConfig config;
  config.url = "ws://gateway/?token=sesame";
  std::vector<std::string> lines;
  config.log = [&lines](const LogRecord& record) noexcept {
    lines.push_back(std::string(record.event) + " " + std::string(record.peer) + " " +
                    std::string(record.message));
  };
  LinkWorld t(std::move(config));
  t.serve();
  EXPECT(t.connect_and_wait(), "ready");
  EXPECT(lines.size() >= 3, "log lines");
  for (const std::string& line : lines)
    EXPECT(line.find("sesame") == std::string::npos, "no line with the query");
}

/// The 101 that the request asks for; empty while its key has not come.
std::string upgrade_answer(std::string_view request, const std::string& more_headers = {}) {
  constexpr std::string_view field = "Sec-WebSocket-Key: ";
  const std::size_t at = request.find(field);
  if (at == std::string::npos || request.size() < at + field.size() + ws::key_characters) return {};
  std::array<char, ws::accept_characters> accept;
  if (!ws::make_accept(request.substr(at + field.size(), ws::key_characters), accept)) return {};
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Accept: " +
         std::string(accept.data(), accept.size()) + "\r\n" + more_headers + "\r\n";
}

void an_upgrade_answer_that_fills_the_read_buffer_is_read_on(void**) {
  Limits limits = Limits::tiny();
  limits.upgrade_bytes_max = 4096;
  LinkWorld t({}, 1, limits);
  std::string request;
  sim::PeerHost wordy(t.world, [&](sim::Peer peer, sim::PeerEvent event) noexcept {
    if (event != sim::PeerEvent::bytes) return;
    std::byte bytes[2048];
    request.append(reinterpret_cast<const char*>(bytes), peer.read(bytes));
    if (request.ends_with("\r\n\r\n"))
      peer.write(upgrade_answer(request, "X-Long: " + std::string(limits.read_buffer_bytes, 'x') + "\r\n"));
  });
  EXPECT(wordy.listen(sim::ipv4(10, 0, 0, 1, 80)).ok(), "listening");
  EXPECT(t.link->connect().ok(), "started");
  EXPECT(t.run_until_state(LinkState::ready, 5s), "ready: no event comes for the rest of what was read");
}

void a_101_before_the_request_was_sent_is_refused(void**) {
  LinkWorld t;
  t.protocol.attempt = [](ws::UpgradeExtras& extras) {
    return extras.add_header("X-Long", std::string(1500, 'x'));
  };
  std::string request;
  sim::PeerHost hasty(t.world, [&](sim::Peer peer, sim::PeerEvent event) noexcept {
    if (event != sim::PeerEvent::bytes || request.size() > 150) return;
    std::byte bytes[256];
    request.append(reinterpret_cast<const char*>(bytes), peer.read(bytes));
    peer.write(upgrade_answer(request));
  });
  sim::NetworkProfile narrow;
  narrow.buffer_bytes = 256;
  hasty.set_profile(narrow);
  EXPECT(hasty.listen(sim::ipv4(10, 0, 0, 1, 80)).ok(), "listening");
  EXPECT(t.link->connect().ok(), "started");
  EXPECT(t.run_until_state(LinkState::waiting, 30s), "a failed attempt");
  EXPECT(t.protocol.opened == 0, "no session on half a request");
  EXPECT(t.link->last_error().layer() == Layer::http && t.link->last_error().kind() == ErrorKind::protocol,
         "the broken rule by name");
}

void held_messages_wait_until_they_are_let_go(void**) {
  LinkWorld t;
  t.serve();
  t.on_state = [&](LinkState state) {
    if (state == LinkState::ready) t.link->hold_user_messages();
  };
  EXPECT(t.push("held").ok(), "room");
  EXPECT(t.connect_and_wait(), "ready");
  t.world.run_for(1s);
  EXPECT(t.service.received.empty(), "nothing while held");
  t.link->release_user_messages();
  t.world.run_for(1s);
  EXPECT(t.service.received.size() == 1, "the message");
}

void messages_queued_one_after_the_other_arm_one_timer(void**) {
  LinkWorld t;
  t.serve();
  EXPECT(t.connect_and_wait(), "ready");
  t.world.run_for(1s);
  const std::uint64_t before = t.port.calls().count(sim::Call::arm);
  for (int i = 0; i < 5; ++i) EXPECT(t.push("hello").ok(), "room");
  const std::uint64_t arms = t.port.calls().count(sim::Call::arm) - before;
  EXPECT(arms == 1, std::to_string(arms).c_str());
}

void a_paused_link_hands_nothing_up_until_it_is_resumed(void**) {
  LinkWorld t;
  t.serve();
  EXPECT(t.connect_and_wait(), "ready");
  t.link->pause_reading();
  EXPECT(t.push("hello").ok(), "room");
  t.world.run_for(5s);
  EXPECT(t.protocol.messages.empty(), "nothing while paused");
  t.link->resume_reading();
  t.world.run_for(1s);
  EXPECT(t.protocol.messages.size() == 1, "the echo");
}

void a_pause_is_of_one_connection_and_a_new_one_reads(void**) {
  LinkWorld t;
  t.serve();
  EXPECT(t.connect_and_wait(), "ready");
  t.link->pause_reading();
  EXPECT(t.port.cut(sim::Cut::reset), "a line to cut");
  EXPECT(t.push("hello").ok(), "room: what finds out that the line is gone");
  EXPECT(t.run_until_state(LinkState::waiting) && t.run_until_state(LinkState::ready), "ready again");
  t.world.run_for(1s);
  EXPECT(t.protocol.messages.size() == 1, "the echo");
}

void a_handler_that_sends_costs_no_further_turn(void**) {
  LinkWorld t;
  t.serve();
  EXPECT(t.connect_and_wait(), "ready");
  t.world.run_for(1s);
  t.protocol.on_text = [&](std::string_view) {
    if (t.protocol.messages.size() < 100) EXPECT(t.push("again").ok(), "room");
  };
  const int before = t.protocol.turns;
  EXPECT(t.push("first").ok(), "room");
  t.world.run_for(10s);
  EXPECT(t.protocol.messages.size() == 100, "a hundred round trips");
  EXPECT(t.protocol.turns - before == 1 + 100, "one turn to begin with, and one for each answer");
}

void a_protocol_ends_a_connection_that_is_of_no_use(void**) {
  LinkWorld t;
  t.serve();
  EXPECT(t.connect_and_wait(), "ready");
  const Error why(ErrorKind::remote, Layer::protocol, 7, "a broken promise");
  t.link->end_line(why);
  t.link->end_line(Error(ErrorKind::protocol, "another"));
  EXPECT(t.run_until_state(LinkState::waiting), "lost");
  EXPECT_TEXT(t.link->last_error().message(), "a broken promise");
  t.link->end_line(why);
  EXPECT(t.run_until_state(LinkState::ready), "ready again");
  EXPECT(t.protocol.lost.size() == 1, "one loss");
}

void calls_at_the_wrong_time_do_nothing(void**) {
  LinkWorld t;
  t.serve();
  t.link->authenticated();
  t.link->retry_now();
  t.link->resume_reading();
  t.link->release_user_messages();
  t.link->end_line(Error(ErrorKind::protocol, "nothing to fail"));
  t.world.run_for(1s);
  EXPECT(t.states.empty(), "an idle link to stay idle");
  EXPECT(t.connect_and_wait(), "ready");
  t.link->authenticated();
  EXPECT(t.link->statistics().connects == 1, "ready once");
  t.link->close();
  t.link->close();
  EXPECT(t.run_until_state(LinkState::closed), "closed");
  t.link->close();
  t.world.run_for(1s);
  EXPECT(t.protocol.stopped.size() == 1, "one stop");
}

void an_expired_message_is_told_and_counted_though_the_line_is_down(void**) {
  LinkWorld t;
  EXPECT(t.push("soon", {.deadline = after(t.world.now(), 2s)}).ok(), "room");
  EXPECT(t.link->connect().ok(), "started, though nobody listens");
  t.world.run_for(3s);
  EXPECT(t.link->statistics().messages_expired == 1 && t.link->statistics().queued == 0, "expired");
}

void a_server_without_listener_shuts_down_too(void**) {
  LinkWorld t;
  TestServer server(t.server_port, t.listener, nullptr, small_server(), t.services, LogHook{});
  bool down = false;
  server.shut_down([&down]() noexcept { down = true; });
  EXPECT(!down, "not inside the call");
  t.world.run_for(1s);
  EXPECT(down, "told from the loop");
}

void a_server_whose_101_is_taken_piece_by_piece_serves(void**) {
  LinkWorld t;
  sim::NetworkProfile narrow;
  narrow.write_bytes_max = 20;
  narrow.write_block_permille = 300;
  t.world.set_profile(narrow);
  t.serve();
  EXPECT(t.connect_and_wait(5s), "ready at the first attempt");
  EXPECT(t.link->statistics().attempts == 1, "one attempt");
  EXPECT(t.push("hello").ok(), "room");
  t.world.run_for(1s);
  EXPECT(t.protocol.messages.size() == 1, "the echo");
}

void pieces_and_what_is_too_large_come_through_the_link(void**) {
  for (const bool stream : {true, false}) {
    LinkOptions options;
    options.too_large = stream ? ws::TooLarge::stream : ws::TooLarge::discard;
    LinkWorld t({}, 1, Limits::tiny(), options);
    t.serve();
    t.service.open = [](server::Connection& connection) { connection.send(std::string(10'000, 'l')); };
    EXPECT(t.connect_and_wait(), "ready");
    t.world.run_for(1s);
    EXPECT(t.protocol.piece_bytes == (stream ? 10'000U : 0U), "pieces, if asked for");
    EXPECT(t.protocol.discarded_bytes == (stream ? 0U : 10'000U), "or word of what was skipped");
    EXPECT(t.protocol.messages.empty(), "no message");
  }
}

void a_connection_that_was_given_up_does_not_become_ready(void**) {
  LinkWorld t;
  t.serve();
  t.protocol.open = [&] { t.link->end_line(Error(ErrorKind::protocol, "of no use")); };
  EXPECT(t.link->connect().ok(), "started");
  EXPECT(t.run_until_state(LinkState::waiting), "the attempt to be over");
  EXPECT(t.protocol.readied == 0 && t.link->statistics().connects == 0,
         "no ready, though authenticated() was called");
}

void a_close_reason_that_repeats_the_credential_is_told_without_it(void**) {
  bool told = false;
  ClientConfig config;
  config.credentials = [](Secret& secret) noexcept { return secret.assign("sesame-open-0123456789"); };
  config.log = [&told](const LogRecord& record) noexcept {
    told = told || record.message.find("sesame") != std::string_view::npos;
  };
  LinkWorld t(std::move(config));
  t.protocol.ready_at_open = false;
  t.service.open = [](server::Connection& connection) {
    connection.close(1008, "who is sesame-open-0123456789?");
  };
  t.serve();
  EXPECT(t.link->connect().ok(), "started");
  EXPECT(t.run_until_state(LinkState::waiting), "the attempt to be over");
  const Error& why = t.errors.back();
  EXPECT(!told && why.message().find("sesame") == std::string_view::npos, "no credential in log or error");
  EXPECT(why.layer() == Layer::websocket && why.layer_code() == 1008, "the close code as it came");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_connection_that_was_given_up_does_not_become_ready),
      cmocka_unit_test(a_close_from_any_state_change_ends_the_link),
      cmocka_unit_test(a_close_while_the_second_attempt_begins_ends_the_link),
      cmocka_unit_test(nothing_is_armed_after_the_end),
      cmocka_unit_test(the_authentication_message_does_not_stay_in_memory),
      cmocka_unit_test(an_upgrade_that_fails_leaves_no_credential_in_memory),
      cmocka_unit_test(the_credential_is_forgotten_with_its_attempt),
      cmocka_unit_test(a_close_reason_that_repeats_the_credential_is_told_without_it),
      cmocka_unit_test(no_log_line_holds_the_query_of_the_url),
      cmocka_unit_test(an_upgrade_answer_that_fills_the_read_buffer_is_read_on),
      cmocka_unit_test(a_101_before_the_request_was_sent_is_refused),
      cmocka_unit_test(messages_queued_one_after_the_other_arm_one_timer),
      cmocka_unit_test(held_messages_wait_until_they_are_let_go),
      cmocka_unit_test(a_paused_link_hands_nothing_up_until_it_is_resumed),
      cmocka_unit_test(a_pause_is_of_one_connection_and_a_new_one_reads),
      cmocka_unit_test(a_handler_that_sends_costs_no_further_turn),
      cmocka_unit_test(a_protocol_ends_a_connection_that_is_of_no_use),
      cmocka_unit_test(calls_at_the_wrong_time_do_nothing),
      cmocka_unit_test(an_expired_message_is_told_and_counted_though_the_line_is_down),
      cmocka_unit_test(a_server_without_listener_shuts_down_too),
      cmocka_unit_test(a_server_whose_101_is_taken_piece_by_piece_serves),
      cmocka_unit_test(pieces_and_what_is_too_large_come_through_the_link),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

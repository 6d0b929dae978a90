// What the author of a protocol is promised by ProtocolClient: of its messages, its answers and its line.

#include "toy_world.hpp"

#include <algorithm>

using namespace kedge;
using namespace kedge::test;

namespace {

using Words = std::vector<std::string>;

bool has(std::string_view text, std::string_view words) {
  return text.find(words) != std::string_view::npos;
}

bool heard(const ToyWorld& t, std::string_view what) {
  return std::find(t.client->heard.begin(), t.client->heard.end(), what) != t.client->heard.end();
}

void it_hears_each_line_open_get_ready_and_go(void**) {
  ToyWorld t;
  t.connect();
  t.cut();
  EXPECT(t.until(LinkState::ready), "the next line");
  t.client->close();
  EXPECT(t.until(LinkState::closed), "the end");
  // "sent 0" is the hello, which has no tag.
  Words heard = t.client->heard;
  std::erase(heard, "sent 0");
  EXPECT(heard == (Words{"open", "ready", "lost", "open", "ready", "stopped"}), "in this order");
}

void before_it_accepts_only_its_own_word_goes_out(void**) {
  ToyWorld t;
  t.welcoming = false;
  EXPECT(t.client->connect().ok(), "connect");
  t.ask("one");
  EXPECT(t.client->note("two").ok(), "room");
  t.received(1);
  t.world.run_for(1s);
  EXPECT(t.service.received == Words{"hello sesame"}, "the hello alone");
  t.service.current->send("welcome");
  t.received(3);
  EXPECT(t.service.received == (Words{"hello sesame", "1 one", "note two"}), "then what waited, in order");
}

void what_is_posted_is_told_when_it_has_left(void**) {
  ToyWorld t;
  t.connect();
  EXPECT(t.client->note("seen", {.tag = 41}).ok(), "room");
  EXPECT(!heard(t, "sent 41"), "not inside the call");
  EXPECT(t.world.run_until([&] { return heard(t, "sent 41"); }, 1s), "it left");
  EXPECT(t.client->statistics().pending == 0, "and nothing is waited for");
}

void a_request_that_has_left_is_none_of_those(void**) {
  ToyWorld t;
  t.connect();
  const Words before = t.client->heard;
  t.ask("one");
  EXPECT(t.world.run_until([&] { return t.ended.size() == 1; }, 1s), "its answer");
  EXPECT(t.client->heard == before, "on_sent is told of what was posted");
}

void what_is_posted_expires_unless_it_has_left(void**) {
  ToyWorld t;
  t.connect();
  t.cut();
  EXPECT(t.client->note("stale", {.timeout = 1ms, .tag = 5}).ok(), "room");
  EXPECT(t.client->note("fresh", {.timeout = 1h, .tag = 6}).ok(), "room");
  t.received(3);
  EXPECT(heard(t, "expired 5") && !heard(t, "sent 5"), "the first was dropped, and told");
  EXPECT_TEXT(t.service.received.back(), "note fresh");
}

void what_cannot_be_encoded_is_refused_and_leaves_nothing(void**) {
  ToyWorld t;
  t.connect();
  const auto refused = t.client->ask("unsayable", [](const Outcome&) noexcept {});
  EXPECT(!refused && refused.error().kind() == ErrorKind::config, "the encoder's error");
  const auto posted = t.client->note("unsayable");
  EXPECT(!posted && posted.error().kind() == ErrorKind::config, "of a post as well");
  EXPECT(t.client->statistics().pending == 0 && t.client->statistics().queued == 0, "no room taken");
  t.ask("next");
  EXPECT(t.world.run_until([&] { return t.ended == Words{"next"}; }, 1s), "and the line goes on");
}

void what_has_no_room_is_told_by_the_limit_and_when_there_is_again(void**) {
  Limits limits = Limits::tiny();
  limits.outbound_messages_max = 2;
  ToyWorld t(limits);
  t.connect();
  EXPECT(t.client->note("one").ok() && t.client->note("two").ok(), "two fit");
  const auto full = t.client->note("three");
  EXPECT(!full && full.error().kind() == ErrorKind::queue_full, "the third does not");
  EXPECT(has(full.error().message(), "all 2 outbound messages"), "by its limit");
  // An encoder that meets the end of the room is told by the limit too, whatever it says itself.
  const auto large = t.client->post({}, [](Sink& sink) noexcept -> Result<void> {
    std::string text(1 << 20, 'x');
    if (sink.write(text)) return {};
    return Error(ErrorKind::config, "something else");
  });
  EXPECT(!large && large.error().kind() == ErrorKind::queue_full, "not the encoder's words");
  t.world.run_for(1s);
  const auto larger = t.client->note(std::string(limits.outbound_message_bytes_max + 1U, 'x'));
  EXPECT(!larger && larger.error().kind() == ErrorKind::too_large, "too large, however much room there is");
  EXPECT(t.writable == 1, "told once that there is room again");
}

void an_id_that_is_pending_is_refused(void**) {
  ToyWorld t;
  t.mute = true;
  t.connect();
  t.ask("one", {.id = 9});
  const auto again = t.client->ask("two", [](const Outcome&) noexcept {}, {.id = 9});
  EXPECT(!again && again.error().kind() == ErrorKind::config, "an answer could not be told apart");
  EXPECT_TEXT(again.error().message(), "a request with the id 9 is pending");
}

void a_time_that_is_not_positive_is_refused(void**) {
  ToyWorld t;
  t.connect();
  for (const Duration wrong : {Duration::zero(), Duration(-1s)}) {
    EXPECT(!t.client->ask("x", [](const Outcome&) noexcept {}, {.timeout = wrong}), "timeout");
    EXPECT(!t.client->ask("x", [](const Outcome&) noexcept {}, {.answer_timeout = wrong}), "answer_timeout");
    EXPECT(!t.client->note("x", {.timeout = wrong}), "of a post");
  }
}

void text_that_is_not_utf8_is_refused(void**) {
  ToyWorld t;
  t.connect();
  EXPECT(t.client->post({}, "\xff").error().kind() == ErrorKind::config,
         "the peer would end the line for it");
  EXPECT(t.client->post({.type = MessageType::binary}, "\xff").ok(), "bytes may be any");
}

void a_keepalive_that_cannot_be_kept_is_refused(void**) {
  ToyWorld t;
  t.connect();
  for (const KeepaliveConfig& wrong :
       {KeepaliveConfig{-5s, 1s}, KeepaliveConfig{1s, 0s}, KeepaliveConfig{1s, -1s}}) {
    EXPECT(t.client->set_keepalive(wrong).error().kind() == ErrorKind::config, "and told");
  }
  EXPECT(t.client->set_keepalive({0s, 0s}).ok() && t.client->set_keepalive({5s, 2s}).ok(),
         "none, or a sound one");
}

void a_second_client_on_a_port_is_refused_and_the_first_goes_on(void**) {
  ToyWorld t;
  t.connect();
  std::vector<std::byte> storage(line_storage_bytes(t.limits));
  {
    ClientConfig config;
    config.url = "ws://gateway/";
    toy::Client second(t.port, std::move(config), t.limits, storage);
    (void)second.ask("x", [](const Outcome&) noexcept {});
    EXPECT_TEXT(second.connect().error().message(),
                "the port serves another client: each needs one of its own");
  }
  t.ask("one");
  EXPECT(t.world.run_until([&] { return t.ended == Words{"one"}; }, 1s), "undisturbed");
}

void the_peers_words_come_without_our_credential(void**) {
  ToyWorld t;
  t.mute = true;
  t.connect();
  t.ask("pay");
  t.received(2);
  t.service.current->send("1 !who is hello-sesame-open, said sesame");
  EXPECT(t.world.run_until([&] { return t.ended.size() == 1; }, 1s), "the refusal");
  EXPECT_TEXT(t.ended[0], "remote");
  EXPECT(!has(t.words, "said sesame"), "masked");
  EXPECT(has(t.words, "the server says: who is"), "and told");
}

void an_answer_that_cannot_be_read_says_that_it_may_have_run_unless_harmless(void**) {
  ToyWorld t;
  t.mute = true;
  t.connect();
  t.ask("pay");
  t.ask("look", {.harmless = true});
  t.received(3);
  t.service.current->send("1 ?");
  t.service.current->send("2 ?");
  EXPECT(t.world.run_until([&] { return t.ended.size() == 2; }, 1s), "both");
  EXPECT(t.ended == (Words{"protocol?", "protocol"}), "the harmless one changed nothing");
}

void what_waits_is_held_until_it_is_let_go(void**) {
  ToyWorld t;
  t.client->hold_when_ready = true;
  t.connect();
  t.ask("one");
  t.world.run_for(1s);
  EXPECT(t.ended.empty(), "held");
  t.client->release_messages();
  EXPECT(t.world.run_until([&] { return t.ended == Words{"one"}; }, 1s), "let go");
}

void a_message_that_is_too_large_is_skipped_or_comes_in_pieces(void**) {
  const std::string large(Limits::tiny().inbound_message_bytes_max + 1U, 'x');
  ToyWorld skips;
  skips.connect();
  skips.service.current->send(large);
  EXPECT(skips.world.run_until([&] { return heard(skips, "discarded " + std::to_string(large.size())); }, 1s),
         "told by its size");
  EXPECT(skips.client->statistics().protocol_errors == 1, "and counted");

  ToyWorld takes(Limits::tiny(), {.pieces = true});
  takes.connect();
  takes.service.current->send(large);
  takes.world.run_for(1s);
  std::size_t bytes = 0;
  for (const std::string& word : takes.client->heard) {
    if (word.starts_with("piece ")) bytes += std::stoul(word.substr(6));
  }
  EXPECT(bytes == large.size(), "all of it");
}

void reading_can_wait(void**) {
  ToyWorld t;
  t.connect();
  t.client->pause_reading();
  t.ask("one");
  t.world.run_for(1s);
  EXPECT(t.ended.empty(), "nothing is read");
  t.client->resume_reading();
  EXPECT(t.world.run_until([&] { return t.ended == Words{"one"}; }, 1s), "until it goes on");
}

void a_client_that_could_not_be_made_gives_its_error_back(void**) {
  ToyWorld t;
  std::array<std::byte, 16> little{};
  toy::Client client(t.port, ClientConfig{}, t.limits, little);
  for (const Error& why : {client.connect().error(), client.ask("x", [](const Outcome&) noexcept {}).error(),
                           client.note("x").error(), client.last_error()}) {
    EXPECT(why.kind() == ErrorKind::config && has(why.message(), "the storage has 16 bytes"), "by bytes");
  }
  client.hold_messages();
  client.pause_reading();
}

void a_closed_client_takes_nothing(void**) {
  ToyWorld t;
  t.connect();
  t.client->close();
  EXPECT(t.client->note("x").error().kind() == ErrorKind::closed, "no post");
  EXPECT(t.client->ask("x", [](const Outcome&) noexcept {}).error().kind() == ErrorKind::closed,
         "no request");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(it_hears_each_line_open_get_ready_and_go),
      cmocka_unit_test(before_it_accepts_only_its_own_word_goes_out),
      cmocka_unit_test(what_is_posted_is_told_when_it_has_left),
      cmocka_unit_test(a_request_that_has_left_is_none_of_those),
      cmocka_unit_test(what_is_posted_expires_unless_it_has_left),
      cmocka_unit_test(what_cannot_be_encoded_is_refused_and_leaves_nothing),
      cmocka_unit_test(what_has_no_room_is_told_by_the_limit_and_when_there_is_again),
      cmocka_unit_test(an_id_that_is_pending_is_refused),
      cmocka_unit_test(a_time_that_is_not_positive_is_refused),
      cmocka_unit_test(text_that_is_not_utf8_is_refused),
      cmocka_unit_test(a_keepalive_that_cannot_be_kept_is_refused),
      cmocka_unit_test(a_second_client_on_a_port_is_refused_and_the_first_goes_on),
      cmocka_unit_test(the_peers_words_come_without_our_credential),
      cmocka_unit_test(an_answer_that_cannot_be_read_says_that_it_may_have_run_unless_harmless),
      cmocka_unit_test(what_waits_is_held_until_it_is_let_go),
      cmocka_unit_test(a_message_that_is_too_large_is_skipped_or_comes_in_pieces),
      cmocka_unit_test(reading_can_wait),
      cmocka_unit_test(a_client_that_could_not_be_made_gives_its_error_back),
      cmocka_unit_test(a_closed_client_takes_nothing),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

// The stand-in connector lets peers in, and takes what they say, as real servers of both dialects do.

#include "hub_btp_fixture.hpp"

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view crosstown_auth =
    "060000000101046175746800000000002c7b22706565724964223a226167656e742d72756e74696d65222c22736563726574223a"
    "22733363726574227d00000000";
constexpr std::string_view btp2_auth =
    "06000000012e0103046175746800000d617574685f757365726e616d650105616c6963650a617574685f746f6b656e010373686"
    "8";

hub::btp::PeerTokens tokens(std::string_view peer, std::string_view token) {
  hub::btp::PeerTokens tokens;
  EXPECT(tokens.add(peer, token).ok(), "a token to be taken");
  return tokens;
}

// ---- authentication

void the_pages_vectors_authenticate(void**) {
  ConnectorWorld crosstown("{}", tokens("agent-runtime", "s3cret"));
  RawPeer peer = crosstown.open(Dialect::crosstown);
  peer.say(unhex(crosstown_auth));
  crosstown.run(20ms);
  EXPECT(peer.agent->messages.size() == 1, "one answer");
  EXPECT_TEXT(hex(peer.agent->messages[0]), "01000000010000000000");

  ConnectorWorld btp2("{}", tokens("alice", "shh"));
  RawPeer alice = btp2.open(Dialect::btp2);
  alice.say(unhex(btp2_auth));
  btp2.run(20ms);
  EXPECT(alice.agent->messages.size() == 1, "one answer");
  EXPECT_TEXT(hex(alice.agent->messages[0]), "0100000001020100");
}

void crosstown_refuses_with_an_error_and_closes_with_1008_after_100_ms(void**) {
  ConnectorWorld t;
  RawPeer peer = t.open(Dialect::crosstown);
  EXPECT_TEXT(t.ask(peer, t.auth(Dialect::crosstown, 9, "alice", "correct horsf"), 80ms),
              "ERROR 9: F00 BTPError");
  EXPECT(peer.agent->close_code == 0, "no close before 100 ms");
  EXPECT_TEXT(t.ask(peer, t.auth(Dialect::crosstown, 10, "alice"), 10ms), "");
  t.run(60ms);
  EXPECT(peer.agent->close_code == 1008, "a close with 1008");
  EXPECT(t.connector.counters().authentications_bad == 1, "one refusal");
}

void btp2_refuses_with_words_and_closes_without_a_code(void**) {
  ConnectorWorld t;
  RawPeer peer = t.open(Dialect::btp2);
  EXPECT_TEXT(t.authenticate(peer, "alice", "wrong"), "ERROR 1: F00 NotAcceptedError invalid auth_token");
  EXPECT(peer.agent->close_code == 1005, "a close frame without a code");
}

void what_does_not_authenticate_first_is_refused_by_its_own_id(void**) {
  ConnectorWorld t;
  RawPeer crosstown = t.open(Dialect::crosstown);
  EXPECT_TEXT(t.ask(crosstown, 5, Asked{"test.hub.x"}), "ERROR 5: F00 BTPError");
  EXPECT(contains(t.logged, "authenticate: the first message does not authenticate"),
         "the reason in the log");
  const std::string fault = "F00 NotAcceptedError ";
  RawPeer packet = t.open(Dialect::btp2);
  EXPECT_TEXT(t.ask(packet, 5, Asked{"test.hub.x"}),
              "ERROR 5: " + fault + "Auth packet must have auth and auth_token subprotocols");
  RawPeer response = t.open(Dialect::btp2);
  EXPECT_TEXT(t.ask(response, hub::btp::empty_response(Dialect::btp2, 6)),
              "ERROR 6: " + fault + "First message sent over BTP connection must be auth packet");
  RawPeer other = t.open(Dialect::btp2);
  EXPECT_TEXT(t.ask(other, unhex("06000000070e0102036162630000"
                                 "0378797a0000")),
              "ERROR 7: " + fault + "First subprotocol must be auth");
}

void auth_data_of_every_wrong_kind_is_refused(void**) {
  ConnectorWorld t;
  for (const char* data : {"", "{", "[]", R"({"peerId":"a"})", R"({"secret":"correct horse"})",
                           R"({"peerId":1,"secret":"correct horse"})", R"({"peerId":"a","secret":1})",
                           R"({"peerId":"a","peerId":"a","secret":"correct horse"})"}) {
    RawPeer peer = t.open(Dialect::crosstown);
    const std::string auth = data;
    const std::string size = {'\0', '\0', '\0', static_cast<char>(auth.size())};
    EXPECT_TEXT(t.ask(peer, unhex("0600000001010461757468"
                                  "0000") +
                                size + auth + std::string(4, '\0')),
                "ERROR 1: F00 BTPError");
    t.run(200ms);
    EXPECT(peer.agent->close_code == 1008, data);
  }
}

void a_peer_shows_its_own_token_and_others_the_common_one(void**) {
  hub::btp::PeerTokens given = tokens("alice", "a-token");
  EXPECT(given.add("*", "b-token").ok(), "a token for all others");
  ConnectorWorld t("{}", std::move(given));
  for (const Dialect dialect : dialects) {
    RawPeer alice = t.open(dialect);
    EXPECT_TEXT(t.authenticate(alice, "alice", "a-token"), "RESPONSE 1");
    RawPeer bob = t.open(dialect);
    EXPECT_TEXT(t.authenticate(bob, "bob", "b-token"), "RESPONSE 1");
    RawPeer other = t.open(dialect);
    EXPECT(t.authenticate(other, "alice", "b-token").starts_with("ERROR 1: F00"), "her own token only");
    t.run(1s);
    for (RawPeer* peer : {&alice, &bob}) peer->agent->reset();
    t.run(1s);
  }
}

void silence_meets_no_timeout_and_no_ping_unless_asked_for(void**) {
  for (const Dialect dialect : dialects) {
    ConnectorWorld t;
    RawPeer peer = t.open(dialect);
    t.run(10min);
    EXPECT(peer.agent->pings == 0 && peer.agent->close_code == 0, "no word for ten minutes");
    EXPECT_TEXT(t.authenticate(peer, "alice"), "RESPONSE 1");

    ConnectorWorld strict(R"({"auth_timeout_ms": 2000, "pings": true})");
    RawPeer in_time = strict.peer("alice", dialect);
    RawPeer late = strict.open(dialect);
    strict.run(1900ms);
    EXPECT(late.agent->messages.empty(), "nothing before its time");
    strict.run(300ms);
    EXPECT(late.next().starts_with("ERROR 0: F00"), "an error without a request");
    EXPECT(late.agent->close_code == (dialect == Dialect::crosstown ? 1008 : 1005), "the line to be closed");
    strict.run(30s);
    EXPECT(in_time.agent->pings == 1 && in_time.agent->close_code == 0, "a ping, for who is in");
  }
}

// ---- messages

void crosstown_answers_garbage_with_request_id_0_and_goes_on(void**) {
  ConnectorWorld t;
  RawPeer peer = t.open(Dialect::crosstown);
  EXPECT_TEXT(t.ask(peer, "garbage"), "ERROR 0: F00 BTPError");
  EXPECT_TEXT(t.ask(peer, ""), "ERROR 0: F00 BTPError");
  peer.agent->text("text");
  t.run(20ms);
  EXPECT_TEXT(peer.next(), "ERROR 0: F00 BTPError");
  EXPECT_TEXT(t.authenticate(peer, "alice"), "RESPONSE 1");
  EXPECT_TEXT(t.ask(peer, t.auth(Dialect::crosstown, 1, "alice") + "x"), "ERROR 0: F00 BTPError");
  EXPECT_TEXT(t.ask(peer, 2, Asked{"test.hub.x"}), rejected(2, "F02", "no route"));
  EXPECT(t.connector.counters().undecodable == 4, "four messages");
}

void btp2_closes_without_a_code_over_garbage(void**) {
  ConnectorWorld t;
  RawPeer stranger = t.open(Dialect::btp2);
  EXPECT_TEXT(t.ask(stranger, "garbage"), "");
  EXPECT(stranger.agent->close_code == 1005, "a close frame without a code");
  RawPeer peer = t.peer("alice", Dialect::btp2);
  EXPECT_TEXT(t.ask(peer, "garbage"), "");
  EXPECT(peer.agent->close_code == 1005, "a close frame without a code");
  EXPECT(contains(t.logged, "undecodable: "), "the reason in the log");
}

void crosstown_says_nothing_to_a_message_without_a_packet(void**) {
  ConnectorWorld t;
  RawPeer peer = t.peer();
  EXPECT_TEXT(t.ask(peer, t.auth(Dialect::crosstown, 2, "alice"), 1min), "");
  EXPECT(contains(t.logged, "ignored: a MESSAGE without a packet gets no answer"), "its author to be told");
  ConnectorWorld kind(R"({"answer_empty": true})");
  RawPeer alice = kind.peer();
  EXPECT_TEXT(kind.ask(alice, kind.auth(Dialect::crosstown, 2, "alice")), "RESPONSE 2");
}

void btp2_answers_a_message_without_a_packet_and_refuses_money(void**) {
  ConnectorWorld t;
  RawPeer peer = t.peer("alice", Dialect::btp2);
  EXPECT_TEXT(t.ask(peer, unhex("0600000002020100")), "RESPONSE 2");
  EXPECT_TEXT(t.ask(peer, unhex("07000000030a00000000000000050100")),
              R"(ERROR 3: F01 InvalidFieldsError {"message":"no money is moved here"})");
}

void a_packet_that_cannot_be_read_is_a_failing_handler(void**) {
  ConnectorWorld t(R"({})");
  RawPeer peer = t.peer();
  const std::string broken = unhex(
      "0600000002"
      "00"
      "00000002"
      "0c00");
  EXPECT_TEXT(t.ask(peer, broken), "ERROR 2: F00 BTPError");
  EXPECT_TEXT(peer.next(), "ERROR 0: F00 BTPError");
  EXPECT_TEXT(peer.next(), "");
  peer.say(btp::MessageType::message, 3, ilp::Fulfill{bytes_of(hash_of("x")), {}});
  t.run(20ms);
  EXPECT_TEXT(peer.next(), "ERROR 3: F00 BTPError");

  ConnectorWorld once(R"({"second_error": false})");
  RawPeer alice = once.peer();
  EXPECT_TEXT(once.ask(alice, broken), "ERROR 2: F00 BTPError");
  EXPECT_TEXT(alice.next(), "");

  RawPeer bob = t.peer("bob", Dialect::btp2);
  EXPECT(t.ask(bob, unhex("06000000020a010103696c7000020c00"))
             .starts_with("ERROR 2: F01 InvalidFieldsError {\"message\":\""),
         "F01 with the reason");
}

void an_answer_to_nothing_is_ignored(void**) {
  for (const Dialect dialect : dialects) {
    ConnectorWorld t;
    RawPeer peer = t.peer("alice", dialect);
    EXPECT_TEXT(t.ask(peer, hub::btp::empty_response(dialect, 77)), "");
    EXPECT_TEXT(t.ask(peer, hub::btp::error_message(dialect, 78, "F00", "Error", {}, WallTime{})), "");
    EXPECT(t.connector.counters().unmatched == 2 && peer.agent->close_code == 0, "two, and the line lives");
  }
}

// ---- paths

void a_path_chooses_the_dialect(void**) {
  ConnectorWorld t(R"({"crosstown_path": "/c", "btp2_path": "/b"})");
  RawPeer crosstown = t.open(Dialect::crosstown, "/c");
  EXPECT_TEXT(t.authenticate(crosstown, "alice"), "RESPONSE 1");
  RawPeer btp2 = t.open(Dialect::btp2, "/b");
  EXPECT_TEXT(t.authenticate(btp2, "bob"), "RESPONSE 1");
  EXPECT(t.open(Dialect::crosstown, "/btp").agent->status() == 404, "404 elsewhere");
  ConnectorWorld any(R"({"crosstown_path": "*"})");
  RawPeer anywhere = any.open(Dialect::crosstown, "/any/where");
  EXPECT_TEXT(any.authenticate(anywhere, "alice"), "RESPONSE 1");
  RawPeer still = any.open(Dialect::btp2, "/btp2");
  EXPECT_TEXT(any.authenticate(still, "bob"), "RESPONSE 1");
}

void a_line_that_comes_after_another_in_its_slot_starts_anew(void**) {
  ConnectorWorld t;
  for (int i = 0; i < 20; ++i) {
    RawPeer peer = t.peer();
    peer.agent->reset();
    t.run(100ms);
    EXPECT(t.server->connection_count() == 0, "no connection left");
  }
  RawPeer stranger = t.open(Dialect::crosstown);
  EXPECT_TEXT(t.ask(stranger, 5, Asked{"test.hub.x"}), "ERROR 5: F00 BTPError");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_pages_vectors_authenticate),
      cmocka_unit_test(crosstown_refuses_with_an_error_and_closes_with_1008_after_100_ms),
      cmocka_unit_test(btp2_refuses_with_words_and_closes_without_a_code),
      cmocka_unit_test(what_does_not_authenticate_first_is_refused_by_its_own_id),
      cmocka_unit_test(auth_data_of_every_wrong_kind_is_refused),
      cmocka_unit_test(a_peer_shows_its_own_token_and_others_the_common_one),
      cmocka_unit_test(silence_meets_no_timeout_and_no_ping_unless_asked_for),
      cmocka_unit_test(crosstown_answers_garbage_with_request_id_0_and_goes_on),
      cmocka_unit_test(btp2_closes_without_a_code_over_garbage),
      cmocka_unit_test(crosstown_says_nothing_to_a_message_without_a_packet),
      cmocka_unit_test(btp2_answers_a_message_without_a_packet_and_refuses_money),
      cmocka_unit_test(a_packet_that_cannot_be_read_is_a_failing_handler),
      cmocka_unit_test(an_answer_to_nothing_is_ignored),
      cmocka_unit_test(a_path_chooses_the_dialect),
      cmocka_unit_test(a_line_that_comes_after_another_in_its_slot_starts_anew),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

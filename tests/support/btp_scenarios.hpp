#pragma once
// What the BTP page promises, once for every ground, in each dialect.

#include "support/btp_ground.hpp"

namespace kedge::test {

namespace scenario {

using BtpGround = Ground<Btp>;

/// Answers what it is asked for, at once.
inline void fulfils(Peer& peer, const btp::IncomingPacket& packet) {
  const std::string data(reinterpret_cast<const char*>(packet.prepare.data.data()),
                         packet.prepare.data.size());
  (void)peer.fulfil(packet.id, data);
}
inline void holds(Peer&, const btp::IncomingPacket&) {}

// ---- one line

template <Dialect dialect>
void fulfilled(BtpGround& ground) {
  Peer alice(ground, {.dialect = dialect});
  alice.wait(LinkState::ready);
  alice.expect_fulfilled(alice.send("test.server.bob"));
  alice.expect_fulfilled(alice.send("test.server", std::string(3000, 'x')));
  EXPECT_ON(ground, ground.stand_in().counters().packets == 2, "each to have arrived once");
}

template <Dialect dialect>
void rejected(BtpGround& ground) {
  Peer alice(ground, {.dialect = dialect});
  alice.wait(LinkState::ready);
  alice.expect_rejected(alice.send("test.no"), "F00");
  alice.expect_rejected(alice.send("test.nowhere"), "F02");
  EXPECT_ON(ground, ground.stand_in().counters().rejected == 2, "a result, not an error");
}

template <Dialect dialect>
void reversed(BtpGround& ground) {
  PeerOptions options{.dialect = dialect};
  options.limits.pending_max = 64;
  Peer alice(ground, options);
  alice.wait(LinkState::ready);
  for (int i = 0; i < 64; ++i) alice.send("test.reverse", std::to_string(i));
  alice.expect_refused(ErrorKind::queue_full);
  alice.wait_for_all(64);
  for (int i = 0; i < 64; ++i) {
    const PacketEnding& ending = alice.endings[static_cast<std::size_t>(i)];
    alice.expect_fulfilled(ending);
    EXPECT_ON(ground, ending.place == 63 - i, "answers in reverse order");
  }
  alice.expect_fulfilled(alice.send("test.server"));  // there is room again
}

/// What is odd ends one packet, or none, and the line goes on.
template <Dialect dialect>
void odd_answers(BtpGround& ground) {
  Peer alice(ground, {.dialect = dialect});
  alice.wait(LinkState::ready);
  alice.expect_fulfilled(alice.send("test.twice"));
  alice.expect_error(alice.send("test.empty"), ErrorKind::protocol);
  alice.expect_error(alice.send("test.forged"), ErrorKind::protocol);
  alice.expect_error(alice.send("test.failing"), ErrorKind::remote);
  alice.expect_error(alice.send("test.stray", "?", std::chrono::milliseconds{50}), ErrorKind::timeout);
  alice.expect_fulfilled(alice.send("test.server"));
  EXPECT_ON(ground, alice.client->statistics().connects == 1, "all on one line");
}

template <Dialect dialect>
void timed_out(BtpGround& ground) {
  Peer alice(ground, {.dialect = dialect});
  alice.wait(LinkState::ready);
  const PacketEnding& ending = alice.send("test.silent", "?", std::chrono::milliseconds{50});
  alice.expect_error(ending, ErrorKind::timeout);
  EXPECT_ON(ground, ending.ended - ending.started >= std::chrono::milliseconds{50}, "not before its time");
  alice.expect_fulfilled(alice.send("test.server"));
}

// ---- what the peer asks

template <Dialect dialect>
void asked_and_answered(BtpGround& ground) {
  Peer bob(ground, {.dialect = dialect, .number = 1, .on_packet = fulfils});
  Peer alice(ground, {.dialect = dialect});
  bob.wait(LinkState::ready);
  alice.wait(LinkState::ready);
  alice.expect_fulfilled(alice.send("test.bob", "one"));
  alice.expect_fulfilled(alice.send("test.bob", "two"));
  EXPECT_ON(ground, bob.told.size() == 2, "the handler to be told of each once");
}

template <Dialect dialect>
void asked_without_a_handler(BtpGround& ground) {
  Peer bob(ground, {.dialect = dialect, .number = 1});
  Peer alice(ground, {.dialect = dialect});
  bob.wait(LinkState::ready);
  alice.wait(LinkState::ready);
  alice.expect_rejected(alice.send("test.bob"), "F02");
}

template <Dialect dialect>
void across_dialects(BtpGround& ground) {
  constexpr Dialect other = dialect == Dialect::crosstown ? Dialect::btp2 : Dialect::crosstown;
  Peer bob(ground, {.dialect = other, .number = 1, .on_packet = fulfils});
  Peer alice(ground, {.dialect = dialect, .on_packet = fulfils});
  bob.wait(LinkState::ready);
  alice.wait(LinkState::ready);
  PacketEnding& there = alice.send("test.bob", "there");
  PacketEnding& back = bob.send("test.alice", "back");
  alice.expect_fulfilled(there);
  bob.expect_fulfilled(back);
}

/// The line is cut and the peer knows.
inline void cut(BtpGround& ground, Peer& peer, CutKind kind = CutKind::abrupt) {
  EXPECT_ON(ground, ground.stand_in().cut_peer(peer.name(), kind), "a line to cut");
  peer.wait(LinkState::waiting);
}

/// bob holds alice's packet.
inline const PacketEnding& held(BtpGround& ground, Peer& alice, Peer& bob) {
  bob.wait(LinkState::ready);
  alice.wait(LinkState::ready);
  const PacketEnding& ending = alice.send("test.bob");
  EXPECT_ON(ground, ground.run_until([&] { return bob.told.size() == 1; }), "the packet to be handed on");
  return ending;
}

template <Dialect dialect>
void answered_too_late(BtpGround& ground) {
  Peer bob(ground, {.dialect = dialect, .number = 1, .on_packet = holds});
  Peer alice(ground, {.dialect = dialect});
  const PacketEnding& ending = held(ground, alice, bob);
  cut(ground, bob);
  alice.expect_rejected(ending, "T01");
  bob.wait(LinkState::ready);
  const auto late = bob.fulfil(bob.told[0]);
  EXPECT_ON(ground, !late.ok() && late.error().kind() == ErrorKind::connection,
            "no answer on another line than the packet's");
}

template <Dialect dialect>
void asker_lost(BtpGround& ground) {
  Peer bob(ground, {.dialect = dialect, .number = 1, .on_packet = holds});
  Peer alice(ground, {.dialect = dialect});
  const PacketEnding& ending = held(ground, alice, bob);
  cut(ground, alice);
  alice.expect_error(ending, ErrorKind::connection);
  EXPECT_ON(ground, bob.fulfil(bob.told[0]).ok(), "bob, who knows nothing of it, to answer");
  alice.wait(LinkState::ready);
  alice.expect_fulfilled(alice.send("test.server"));
}

// ---- a line that is lost

template <Dialect dialect, CutKind kind>
void cut_in_the_middle(BtpGround& ground) {
  Peer alice(ground, {.dialect = dialect});
  alice.wait(LinkState::ready);
  for (int i = 0; i < 3; ++i) alice.send("test.silent");
  EXPECT_ON(ground, ground.run_until([&] { return ground.stand_in().counters().packets == 3; }),
            "the packets to arrive");
  cut(ground, alice, kind);
  alice.expect_refused(ErrorKind::connection);
  for (const PacketEnding& ending : alice.endings) alice.expect_error(ending, ErrorKind::connection);
  alice.wait(LinkState::ready);
  alice.expect_fulfilled(alice.send("test.server"));
  EXPECT_ON(ground, alice.client->statistics().connects == 2, "a reconnect");
  EXPECT_ON(ground, ground.stand_in().counters().packets == 4, "nothing to be sent again");
}

template <Dialect dialect>
void cut_before_the_answer(BtpGround& ground) {
  Peer alice(ground, {.dialect = dialect});
  alice.wait(LinkState::ready);
  alice.expect_error(alice.send("test.cut"), ErrorKind::connection);
  alice.wait(LinkState::ready);
  alice.expect_fulfilled(alice.send("test.server"));
  EXPECT_ON(ground, ground.stand_in().counters().packets == 2, "nothing to be sent again");
}

// ---- who may connect

template <Dialect dialect>
void rotated_secret(BtpGround& ground) {
  Peer alice(ground, {.dialect = dialect}, false);
  alice.token = "yesterday's";
  alice.start();
  alice.wait(LinkState::waiting);
  EXPECT_ON(ground, alice.client->last_error().kind() == ErrorKind::authentication,
            "an authentication error");
  EXPECT_ON(ground, alice.client->last_error().message().find("yesterday") == std::string_view::npos,
            "no secret in it");
  alice.expect_refused(ErrorKind::connection);
  alice.token = Btp::token;
  alice.wait(LinkState::ready);
  alice.expect_fulfilled(alice.send("test.server"));
}

// ---- the end

template <Dialect dialect>
void closed_with_everything_pending(BtpGround& ground) {
  Peer bob(ground, {.dialect = dialect, .number = 1, .on_packet = holds});
  Peer alice(ground, {.dialect = dialect});
  held(ground, alice, bob);
  for (int i = 0; i < 5; ++i) alice.send("test.silent");
  EXPECT_ON(ground, ground.run_until([&] { return ground.stand_in().counters().packets == 6; }),
            "the packets to arrive");
  for (int i = 0; i < 5; ++i) alice.send("test.server");  // still in the ring
  alice.client->close();
  EXPECT_ON(ground, alice.completed == 0, "no completion inside close()");
  alice.wait_for_all(11);
  alice.expect_all_closed();
  alice.expect_refused(ErrorKind::closed);
  alice.wait(LinkState::closed);
  EXPECT_ON(ground, alice.client->statistics().pending == 0, "nothing pending");
}

template <Dialect dialect>
void closed_while_offline(BtpGround& ground) {
  Peer alice(ground, {.dialect = dialect});
  alice.wait(LinkState::ready);
  cut(ground, alice);
  alice.client->close();
  alice.wait(LinkState::closed);
  EXPECT_ON(ground, ground.stand_in().counters().connections == 1, "no reconnect after close()");
}

}  // namespace scenario

template <Dialect dialect>
inline constexpr Scenario<Btp> btp_scenarios[] = {
    {"fulfilled", connector_config, scenario::fulfilled<dialect>},
    {"rejected", connector_config, scenario::rejected<dialect>},
    {"64 answered in reverse, the 65th refused", connector_config, scenario::reversed<dialect>},
    {"odd answers", connector_config, scenario::odd_answers<dialect>},
    {"timed out", connector_config, scenario::timed_out<dialect>},
    {"the peer's packet answered", connector_config, scenario::asked_and_answered<dialect>},
    {"the peer's packet rejected without a handler", connector_config,
     scenario::asked_without_a_handler<dialect>},
    {"both ways at once, across dialects", connector_config, scenario::across_dialects<dialect>},
    {"the peer's packet answered after its line", connector_config, scenario::answered_too_late<dialect>},
    {"line cut while a peer has the packet", connector_config, scenario::asker_lost<dialect>},
    {"line cut in the middle", connector_config, scenario::cut_in_the_middle<dialect, CutKind::abrupt>},
    {"line closed in the middle", connector_config, scenario::cut_in_the_middle<dialect, CutKind::clean>},
    {"line cut before the answer", connector_config, scenario::cut_before_the_answer<dialect>},
    {"rotated secret", connector_config, scenario::rotated_secret<dialect>},
    {"closed with everything pending", connector_config, scenario::closed_with_everything_pending<dialect>},
    {"closed while offline", connector_config, scenario::closed_while_offline<dialect>},
};

}  // namespace kedge::test

// The raw WebSocket client while each call of a port fails.

#include "fail_nth.hpp"
#include "websocket_ground.hpp"

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

using TalkGround = Ground<Talk>;

ExchangeConfig exchange() {
  return {};
}

void whole_messages(TalkGround& ground) {
  Talker talker(ground, false);
  const MessageEnding& early = talker.send("echo");
  talker.start();
  talker.expect_heard(early);
  const MessageEnding& note = talker.send("note", 3'000);  // in fragments
  const MessageEnding& echo = talker.send("echo", 1'500);
  talker.expect_sent(note);
  talker.expect_heard(echo);
  EXPECT_ON(ground, talker.did_come(note), "in order");
}

void from_a_source(TalkGround& ground) {
  Talker talker(ground);
  MessageEnding& source = talker.half_out();
  const MessageEnding& behind = talker.send("echo");
  EXPECT_ON(ground, source.times == 0, "not before its end");
  talker.give(source);
  talker.expect_sent(source);
  talker.expect_came(source);
  talker.expect_heard(behind);
}

/// The server breaks the line.
void cut(TalkGround& ground, Talker& talker) {
  EXPECT_ON(ground, ground.stand_in().line() != nullptr, "a line to cut");
  ground.stand_in().line()->cut();
  talker.wait(LinkState::waiting);
}

void a_source_that_rewinds(TalkGround& ground) {
  Talker talker(ground);
  MessageEnding& source = talker.half_out();
  source.source->rewinds = true;
  const MessageEnding& behind = talker.send("echo");
  cut(ground, talker);
  talker.give(source);
  talker.expect_came(source);
  talker.expect_heard(behind);
}

void a_source_that_does_not(TalkGround& ground) {
  Talker talker(ground);
  const MessageEnding& source = talker.half_out();
  const MessageEnding& behind = talker.send("echo");
  cut(ground, talker);
  talker.expect_error(source, ErrorKind::connection);
  talker.expect_heard(behind);
}

void a_source_taken_back(TalkGround& ground) {
  Talker talker(ground);
  MessageEnding& source = talker.half_out();
  source.may_also = ErrorKind::cancelled;
  EXPECT_ON(ground, talker.client->cancel(source.handle), "it to be cancelled");
  talker.expect_error(source, ErrorKind::cancelled);
  talker.expect_heard(talker.send("echo"));
}

void refused_by_the_peer(TalkGround& ground) {
  Talker talker(ground);
  MessageEnding& source = talker.half_out();
  source.may_also = ErrorKind::too_large;
  EXPECT_ON(ground, ground.stand_in().line() != nullptr, "a line to close");
  ground.stand_in().line()->close(1009, "no more");
  talker.expect_error(source, ErrorKind::too_large);
  talker.expect_heard(talker.send("echo"));
}

void in_pieces(TalkGround& ground) {
  Talker talker(ground);
  const MessageEnding& large = talker.send("large");
  const MessageEnding& echo = talker.send("echo");
  talker.expect_heard(large);
  talker.expect_heard(echo);
  EXPECT_ON(ground, talker.pieces > 1, "more than one");
}

void paused_and_resumed(TalkGround& ground) {
  Talker talker(ground);
  talker.wait(LinkState::ready);
  talker.pause();
  const MessageEnding& large = talker.send("large");
  talker.expect_came(large);
  const MessageEnding& behind = talker.send("echo");
  talker.expect_came(behind);
  talker.pauses_after_each = true;
  const std::size_t pieces = talker.pieces;
  for (std::size_t more = 1; more <= 3; ++more) {
    talker.resume();
    EXPECT_ON(ground, ground.run_until([&] { return talker.pieces == pieces + more; }), "one piece");
  }
  talker.pauses_after_each = false;
  talker.resume();
  talker.expect_heard(large);
  talker.expect_heard(behind);
}

void paused_over_a_loss(TalkGround& ground) {
  Talker talker(ground);
  talker.wait(LinkState::ready);
  talker.pause();
  EXPECT_ON(ground, ground.stand_in().line() != nullptr, "a line to cut");
  ground.stand_in().line()->cut();
  talker.rest(100ms);
  talker.send("note");  // goes nowhere, and is answered by a reset
  talker.rest(100ms);
  const MessageEnding& finds_it_out = talker.send("note");
  EXPECT_ON(ground, ground.run_until([&] { return talker.client->statistics().connects == 2; }),
            "a line again");
  const MessageEnding& echo = talker.send("echo");
  talker.expect_came(echo);
  talker.resume();
  talker.expect_heard(echo);
  talker.expect_sent(finds_it_out);
}

void closed_with_everything_open(TalkGround& ground) {
  Talker talker(ground);
  MessageEnding& source = talker.half_out();
  const MessageEnding& behind = talker.send("echo");
  talker.pause();
  EXPECT(talker.client->close(4001, "the shift is over").ok(), "to be asked to close");
  EXPECT(source.times == 0 && behind.times == 0, "no completion inside close()");
  talker.wait_for_all(2);
  talker.expect_all_closed();
  talker.wait(LinkState::closed);
}

constexpr Scenario<Talk> scenarios[] = {
    {"whole messages", exchange, whole_messages},
    {"from a source", exchange, from_a_source},
    {"from a source that rewinds, its line cut", exchange, a_source_that_rewinds},
    {"from a source that does not, its line cut", exchange, a_source_that_does_not},
    {"from a source, taken back", exchange, a_source_taken_back},
    {"from a source, refused by the peer", exchange, refused_by_the_peer},
    {"in pieces", exchange, in_pieces},
    {"paused and resumed", exchange, paused_and_resumed},
    {"paused, its line cut", exchange, paused_over_a_loss},
    {"closed with everything open", exchange, closed_with_everything_open},
};

constexpr Scenario<Talk> over_tls[] = {
    {"a source that rewinds: a session resumed", exchange, a_source_that_rewinds},
    {"paused and resumed", exchange, paused_and_resumed},
};

}  // namespace

int main() {
  return Sweep<Talk>::run(scenarios, over_tls);
}

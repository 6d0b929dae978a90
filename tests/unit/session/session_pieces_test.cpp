// Messages whose bytes come from a source: what a session makes of them.

#include "session_fixture.hpp"

#include <cstring>

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

/// Gives `all`, so much of it at once.
struct Bytes final : OutboundSource {
  Given fill(std::uint64_t, std::span<std::byte> room) noexcept override {
    ++asked;
    const std::size_t size = std::min({all.size() - at, at_once, room.size()});
    if (size > 0) std::memcpy(room.data(), all.data() + at, size);
    at += size;
    return {static_cast<std::uint32_t>(size), at == all.size()};
  }
  std::string all;
  std::size_t at = 0;
  std::size_t at_once = SIZE_MAX;
  int asked = 0;
};

void stream(SessionWorld& t, Bytes& source, std::uint64_t tag = 1) {
  t.ring.set_source(source);
  OutboundOptions options;
  options.streamed = true;
  options.tag = tag;
  t.ring.begin(options);
  EXPECT(t.ring.commit().ok(), "room");
  t.turn_soon();
}

std::string counted(std::size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += std::to_string(text.size()) + ",";
  text.resize(bytes);
  return text;
}

void pieces_of_any_length_arrive_as_one_message(void**) {
  for (const std::size_t at_once : {1U, 125U, 126U, 127U, 1000U, 60'000U}) {
    for (const std::size_t size : {0U, 1U, 126U, 5000U}) {
      for (const ws::Role role : {ws::Role::client, ws::Role::server}) {
        SessionWorld t(role);
        Bytes source;
        source.all = counted(size);
        source.at_once = at_once;
        stream(t, source, 7);
        EXPECT(t.push("behind", {.tag = 8}).ok(), "room");
        t.run(5s);
        EXPECT(t.far.log.size() == 2, "two messages");
        EXPECT_TEXT(t.far.log[0], "text:" + source.all);
        EXPECT_TEXT(t.far.log[1], "text:behind");
        EXPECT((t.sent_tags == std::vector<std::uint64_t>{7, 8}), "both reported, in order");
      }
    }
  }
}

void a_source_has_one_buffer_of_each_turn(void**) {
  SessionWorld t;
  Bytes source;
  source.all = counted(1'000'000);
  stream(t, source);
  const auto fragments = static_cast<int>(t.limits.write_buffer_bytes / t.limits.fragment_bytes_max);
  int before = 0;
  while (source.at < source.all.size()) {
    EXPECT(t.world.run_until([&] { return source.asked > before; }, 10s), "asked again");
    EXPECT(source.asked - before <= fragments + 1, "not for more than a buffer holds");
    before = source.asked;
  }
  t.run(1s);
  EXPECT(t.far.log.size() == 1 && t.statistics.messages_out == 1, "one message");
  EXPECT(t.statistics.message_bytes_out == source.all.size(), "of so many bytes");
}

void what_a_source_has_not_given_yet_is_not_owed_to_a_peer_that_closes(void**) {
  SessionWorld t;
  Bytes source;
  source.all = counted(1000);
  source.at_once = 0;
  stream(t, source);
  t.run(1s);
  t.frame(ws::Opcode::close, SessionWorld::close_payload(1000));
  t.run(1s);
  EXPECT(!t.far.log.empty(), "an answer");
  EXPECT_TEXT(t.far.log.back(), "close:1000:");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(pieces_of_any_length_arrive_as_one_message),
      cmocka_unit_test(a_source_has_one_buffer_of_each_turn),
      cmocka_unit_test(what_a_source_has_not_given_yet_is_not_owed_to_a_peer_that_closes),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

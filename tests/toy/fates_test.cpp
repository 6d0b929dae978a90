// What becomes of a request when its line is lost: it fails, is kept, or is sent again, as it was asked.

#include <kedge/storage.hpp>

#include "scripted/link_fixture.hpp"
#include "toy.hpp"

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

/// One client, and a server that welcomes it and echoes, unless it is told to be mute.
class ToyWorld : public World<toy::Client, EchoService> {
 public:
  explicit ToyWorld(const Limits& limits_in = Limits::tiny())
      : World("gateway", "sesame", 1, limits_in, line_storage_bytes(limits_in)) {
    service.message = [this](hub::Connection& connection, std::string_view text) {
      if (text.starts_with("hello ")) return (void)connection.send("welcome");
      if (!mute) connection.send(text);
    };
    serve(small_server());
    ClientConfig config;
    watch(config);
    client.emplace(port, std::move(config), limits, storage);
  }
  ~ToyWorld() { end(); }

  Handle ask(std::string_view text, const toy::Options& options = {}) {
    const auto handle = client->ask(
        text,
        [this](const Outcome& outcome) noexcept {
          ended.push_back(outcome.ok() ? std::string(outcome.text())
                                       : std::string(to_string(outcome.error.kind())) +
                                             (outcome.error.may_have_run() ? "?" : ""));
          words = outcome.error.message();
          ended_at = world.now();
        },
        options);
    EXPECT(handle.ok(), "room");
    return *handle;
  }
  /// Waits until the server has `count` messages, the hellos too.
  void received(std::size_t count) {
    EXPECT(world.run_until([&] { return service.received.size() >= count; }, 1min), "it to arrive");
  }

  bool mute = false;
  std::vector<std::string> ended;
  std::string words;
  Instant ended_at{};
};

toy::Options with(toy::Fate fate) {
  toy::Options options;
  options.fate = fate;
  return options;
}

using Ends = std::vector<std::string>;

void an_echo_completes_its_request(void**) {
  ToyWorld t;
  t.connect();
  t.ask("one");
  t.ask("");
  EXPECT(t.world.run_until([&] { return t.ended.size() == 2; }, 1s), "both");
  EXPECT(t.ended == (Ends{"one", ""}), "with what was echoed");
}

void a_request_that_fails_with_its_line_says_that_it_may_have_run(void**) {
  ToyWorld t;
  t.mute = true;
  t.connect();
  t.ask("pay", with(toy::Fate::fail));
  t.received(2);
  t.cut();
  EXPECT(t.ended == Ends{"connection?"}, "it left, and nobody knows more");
  EXPECT_TEXT(t.words, "the line was lost before the answer came; nobody knows");
  EXPECT(t.until(LinkState::ready), "the next line");
  t.world.run_for(1min);
  EXPECT(t.service.received.size() == 3, "two hellos, and the request once");
}

void a_request_that_has_not_left_goes_out_on_the_next_line(void**) {
  ToyWorld t;
  t.connect();
  t.cut();
  t.ask("late", with(toy::Fate::fail));
  EXPECT(t.ended.empty(), "it was on no line that was lost");
  EXPECT(t.until(LinkState::ready), "the next line");
  t.world.run_for(1s);
  EXPECT(t.ended == Ends{"late"}, "sent on it");
}

void a_request_that_is_kept_is_not_sent_again_and_takes_a_later_answer(void**) {
  ToyWorld t;
  t.mute = true;
  t.connect();
  t.ask("pay", with(toy::Fate::keep));
  t.received(2);
  t.cut();
  EXPECT(t.ended.empty(), "it waits on");
  EXPECT(t.until(LinkState::ready), "the next line");
  t.received(3);
  t.world.run_for(1s);
  EXPECT(t.service.received.size() == 3, "the second hello alone");
  t.service.current->send("1 paid");
  t.world.run_for(1s);
  EXPECT(t.ended == Ends{"paid"}, "the next line brought it");
}

void a_request_that_is_resent_goes_out_again_first_and_is_answered_once(void**) {
  ToyWorld t;
  t.mute = true;
  t.connect();
  t.ask("first", with(toy::Fate::resend));
  t.ask("second", with(toy::Fate::resend));
  t.received(3);
  t.cut();
  t.ask("third", with(toy::Fate::resend));
  EXPECT(t.ended.empty(), "none ends with the line");
  t.mute = false;
  EXPECT(t.until(LinkState::ready), "the next line");
  t.world.run_for(1s);
  EXPECT(t.ended == (Ends{"first", "second", "third"}), "answered in their order");
  EXPECT(t.service.received ==
             (Ends{"hello sesame", "1 first", "2 second", "hello sesame", "1 first", "2 second", "3 third"}),
         "in their old places");
  t.cut();
  EXPECT(t.until(LinkState::ready), "a third line");
  t.world.run_for(1min);
  EXPECT(t.service.received.size() == 8 && t.ended.size() == 3, "what was answered is sent no more");
  EXPECT(t.client->statistics().queued == 0 && t.client->statistics().pending == 0, "nothing is left");
}

void a_request_that_is_resent_gives_its_room_back_however_it_ends(void**) {
  Limits limits = Limits::tiny();
  limits.outbound_messages_max = 1;
  ToyWorld t(limits);
  t.mute = true;
  t.connect();
  const Handle cancelled = t.ask("a", with(toy::Fate::resend));
  t.received(2);
  EXPECT(t.client->cancel(cancelled), "it waits for its answer");
  t.world.run_for(1s);
  EXPECT(t.ended == Ends{"cancelled?"}, "the peer has seen it");
  toy::Options brief = with(toy::Fate::resend);
  brief.deadline = 5s;
  t.ask("b", brief);
  t.world.run_for(10s);
  EXPECT(t.ended.back() == "timeout?" && t.client->statistics().queued == 0, "its deadline passed");
  t.ask("c", brief);
  t.received(4);
  t.cut();
  t.world.run_for(10s);
  EXPECT(t.ended.back() == "timeout?" && t.client->statistics().queued == 0,
         "while it waited to be sent again; it had been seen");
  t.ask("d", with(toy::Fate::resend));
  t.client->close();
  t.world.run_for(10s);
  EXPECT(t.ended.back().starts_with("closed"), "closed");
}

void an_answer_is_waited_for_from_when_the_message_was_written(void**) {
  for (const toy::Fate fate : {toy::Fate::fail, toy::Fate::keep, toy::Fate::resend}) {
    ToyWorld t;
    t.mute = true;
    toy::Options options = with(fate);
    options.answer_timeout = 10s;
    t.connect();
    t.cut();
    const Instant asked = t.world.now();
    t.ask("x", options);
    EXPECT(t.until(LinkState::ready), "the next line");
    t.received(3);
    const Instant written = t.world.now();
    EXPECT(t.world.run_until([&] { return !t.ended.empty(); }, 2min), "an end");
    EXPECT(t.ended == Ends{"timeout?"}, "no answer");
    EXPECT(t.ended_at - written > 9s && t.ended_at - written <= 10s, "10 s from when it was written");
    EXPECT(written > asked, "which was later than it was asked");
  }
}

void one_that_is_never_written_ends_at_its_first_deadline(void**) {
  for (const toy::Fate fate : {toy::Fate::fail, toy::Fate::keep, toy::Fate::resend}) {
    ToyWorld t;
    toy::Options options = with(fate);
    options.answer_timeout = 10s;
    const Instant asked = t.world.now();
    t.ask("x", options);
    EXPECT(t.world.run_until([&] { return !t.ended.empty(); }, 2min), "an end");
    EXPECT(t.ended == Ends{"timeout"} && t.ended_at == after(asked, 60s), "it was queued for so long");
    EXPECT(t.client->statistics().queued == 0, "and its message is gone");
  }
}

void one_that_is_queued_again_has_its_first_deadline_again(void**) {
  ToyWorld t;
  t.mute = true;
  toy::Options options = with(toy::Fate::resend);
  options.answer_timeout = 10s;
  t.connect();
  const Instant asked = t.world.now();
  t.ask("x", options);
  t.received(2);
  t.world.set_name("gateway", {});  // no line any more
  t.cut();
  EXPECT(t.world.run_until([&] { return !t.ended.empty(); }, 5min), "an end");
  EXPECT(t.ended == Ends{"timeout?"} && t.ended_at == after(asked, 60s), "that of the queue");
}

void a_client_that_gives_up_ends_all_of_them(void**) {
  ToyWorld t;
  t.mute = true;
  t.connect();
  t.ask("kept", with(toy::Fate::keep));
  t.ask("again", with(toy::Fate::resend));
  t.received(3);
  t.client->close();
  t.world.run_for(10s);
  EXPECT(t.ended == (Ends{"closed?", "closed?"}), "each once");
  EXPECT(t.client->state() == LinkState::closed && t.client->statistics().pending == 0, "nothing is left");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(an_echo_completes_its_request),
      cmocka_unit_test(a_request_that_fails_with_its_line_says_that_it_may_have_run),
      cmocka_unit_test(a_request_that_has_not_left_goes_out_on_the_next_line),
      cmocka_unit_test(a_request_that_is_kept_is_not_sent_again_and_takes_a_later_answer),
      cmocka_unit_test(a_request_that_is_resent_goes_out_again_first_and_is_answered_once),
      cmocka_unit_test(a_request_that_is_resent_gives_its_room_back_however_it_ends),
      cmocka_unit_test(an_answer_is_waited_for_from_when_the_message_was_written),
      cmocka_unit_test(one_that_is_never_written_ends_at_its_first_deadline),
      cmocka_unit_test(one_that_is_queued_again_has_its_first_deadline_again),
      cmocka_unit_test(a_client_that_gives_up_ends_all_of_them),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

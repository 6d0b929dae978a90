// What a link has shown is in none of the server's words that it hands on, and our own words are as they
// were.

#include "link_fixture.hpp"

#include "support/spellings.hpp"

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view first = "sesame-open-0123";
constexpr std::string_view second = "another-credential-42";

/// A link that is given one credential after another, and all that it says.
struct Told {
  explicit Told(std::vector<std::string> tokens, std::string url = "ws://gateway/")
      : credentials(std::move(tokens)), world(config(std::move(url))) {
    world.on_state = [this](LinkState) {
      for (const Error& error : world.errors) words.append(error.message()).append("\n");
      words.append(world.link->last_error().message()).append("\n");
    };
    world.serve();
  }
  ClientConfig config(std::string url_in) {
    url = std::move(url_in);
    ClientConfig config;
    config.url = url;
    config.log_level = LogLevel::debug;
    config.credentials = [this](Secret& secret) noexcept {
      return secret.assign(credentials.at(std::min(asked++, credentials.size() - 1)));
    };
    config.log = [this](const LogRecord& record) noexcept { words.append(record.message).append("\n"); };
    config.judge = [this](const Ending& ending, const Judgement& usual) noexcept {
      reasons.emplace_back(ending.close_reason);
      words.append(ending.close_reason).append("\n").append(ending.error.message()).append("\n");
      return usual;
    };
    return config;
  }
  void expect_silence_about(std::string_view secret) const {
    EXPECT(!shows(words, secret), words.c_str());
    for (const Error& why : world.protocol.lost) EXPECT(!shows(why.message(), secret), "no loss tells it");
  }

  std::vector<std::string> credentials;
  std::size_t asked = 0;
  std::string words;
  std::vector<std::string> reasons;
  std::string url;
  LinkWorld world;
};

void a_close_reason_after_ready_is_told_without_the_credential(void**) {
  for (const Spelling how : all_spellings) {
    Told t({std::string(first)});
    EXPECT(t.world.connect_and_wait(), "ready");
    t.world.service.current->close(1008, "who is " + spelled(first, how) + "?");
    EXPECT(t.world.run_until_state(LinkState::waiting), "the line to end");
    EXPECT_TEXT(t.world.link->last_error().message(), "closed by the peer with 1008: who is ***?");
    EXPECT_TEXT(t.reasons.at(0), "who is ***?");
    t.expect_silence_about(first);
  }
}

void a_credential_that_was_rotated_meanwhile_is_still_the_lines(void**) {
  Told t({std::string(first), std::string(second)});
  EXPECT(t.world.connect_and_wait(), "ready with the first");
  t.world.service.current->close(1012, "renew " + std::string(first));
  EXPECT(t.world.run_until_state(LinkState::waiting), "the line to end");
  EXPECT_TEXT(t.world.link->last_error().message(), "closed by the peer with 1012: renew ***");
  EXPECT(t.world.run_until_state(LinkState::ready), "ready with the second");
  t.world.service.current->close(1012, "renew " + std::string(second));
  EXPECT(t.world.run_until_state(LinkState::waiting), "the line to end");
  EXPECT_TEXT(t.world.link->last_error().message(), "closed by the peer with 1012: renew ***");
  t.expect_silence_about(first);
  t.expect_silence_about(second);
}

void our_own_words_are_never_masked(void**) {
  for (const char* word : {"next", "closed", "attempt", "1012", "ms", "connection"}) {
    Told t({word});
    EXPECT(t.world.connect_and_wait(), "ready");
    t.world.service.current->close(1012, std::string("bad ") + word);
    EXPECT(t.world.run_until_state(LinkState::waiting), "the line to end");
    const std::size_t masked = std::string_view(word).size();
    EXPECT_TEXT(t.world.link->last_error().message(),
                "closed by the peer with 1012: bad " + std::string(std::min<std::size_t>(masked, 3), '*'));
    EXPECT(contains(t.words, "the next attempt is in ") && contains(t.words, " ms\n"), t.words.c_str());
  }
}

void a_short_credential_spoils_no_longer_words_of_the_servers(void**) {
  Told t({"ok"});
  EXPECT(t.world.connect_and_wait(), "ready");
  t.world.service.current->close(1012, "token lookup: ok");
  EXPECT(t.world.run_until_state(LinkState::waiting), "the line to end");
  EXPECT_TEXT(t.world.link->last_error().message(), "closed by the peer with 1012: token lookup: **");
}

void what_the_urls_query_holds_is_hidden_too(void**) {
  Told t({""}, "ws://gateway/?v=1&key=hush-hush%21");
  EXPECT(t.world.connect_and_wait(), "ready");
  t.world.service.current->close(1008, "v1 knows no hush-hush!, nor hush-hush%21");
  EXPECT(t.world.run_until_state(LinkState::waiting), "the line to end");
  EXPECT_TEXT(t.world.link->last_error().message(), "closed by the peer with 1008: v1 knows no ***, nor ***");
  t.expect_silence_about("hush-hush");
}

void the_credential_is_kept_until_its_line_is_over_and_wiped_then(void**) {
  Told t({std::string(first)});
  EXPECT(t.world.connect_and_wait(), "ready");
  const Secret& kept = t.world.link->redactor().credential();
  EXPECT_TEXT(kept.reveal(), first);
  EXPECT(t.world.port.cut(sim::Cut::reset), "a line to cut");
  EXPECT(t.world.run_until_state(LinkState::waiting) && kept.empty(), "wiped with a loss");
  EXPECT(t.world.run_until_state(LinkState::ready) && !kept.empty(), "asked for again");
  t.world.link->close();
  EXPECT(t.world.run_until_state(LinkState::closed) && kept.empty(), "wiped with a close");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_close_reason_after_ready_is_told_without_the_credential),
      cmocka_unit_test(a_credential_that_was_rotated_meanwhile_is_still_the_lines),
      cmocka_unit_test(our_own_words_are_never_masked),
      cmocka_unit_test(a_short_credential_spoils_no_longer_words_of_the_servers),
      cmocka_unit_test(what_the_urls_query_holds_is_hidden_too),
      cmocka_unit_test(the_credential_is_kept_until_its_line_is_over_and_wiped_then),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

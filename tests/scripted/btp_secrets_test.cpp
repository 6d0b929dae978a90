// A connector that repeats the secret, in whatever it says and however it writes it there, does not get it
// told.

#include "btp_fixture.hpp"

#include "support/spellings.hpp"

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;
using btp::Dialect;

namespace {

constexpr std::string_view secret = "hush-hush-0123456789";

struct World : BtpWorld {
  explicit World(Dialect dialect) : BtpWorld(dialect, all_lines()) { BtpWorld::secret = ::secret; }
  static btp::Config all_lines() {
    btp::Config config;
    config.client.log_level = LogLevel::debug;
    return config;
  }
  void expect_silence() const {
    for (const auto& line : log) EXPECT(!shows(line, ::secret), line.c_str());
    for (const auto& error : errors) EXPECT(!shows(error.message(), ::secret), "no state tells it");
    for (const auto& end : ended) EXPECT(!shows(end.error.message(), ::secret), "no completion tells it");
    EXPECT(!shows(client->last_error().message(), ::secret), "nor is it the last error");
  }
};

constexpr std::array dialects{Dialect::crosstown, Dialect::btp2};

void an_error_that_repeats_the_secret_is_completed_without_it(void**) {
  for (const Dialect dialect : dialects) {
    for (const Spelling how : all_spellings) {
      World t(dialect);
      t.connect();
      t.server.on_message_ = [&](const BtpServer::Seen& seen) {
        t.server.say_error(seen.id, "F00", "NoSuchError", "who is " + spelled(secret, how) + "?");
      };
      EXPECT(t.send(t.prepare()).ok() && t.all_ended(1, 5s), "an end");
      EXPECT_TEXT(t.ended[0].error.message(), "F00 NoSuchError: who is ***?");
      t.expect_silence();
    }
  }
}

void a_reject_that_repeats_the_secret_is_completed_without_it_but_for_its_data(void**) {
  for (const Dialect dialect : dialects) {
    World t(dialect);
    t.connect();
    const Bytes data = bytes_of(secret);
    const std::string by = "test." + std::string(secret);
    const std::string words = std::string(600, 'x') + " " + std::string(secret);
    std::string_view message = "no route for hush-hush-0123456789";
    t.server.on_message_ = [&](const BtpServer::Seen& seen) {
      t.server.answer(seen.id, ilp::Reject{"F02", by, message, data});
    };
    std::string told, told_by, told_data;
    const auto send = [&] {
      return t.client->send_packet(t.prepare(), [&](const btp::PacketOutcome& outcome) noexcept {
        EXPECT(outcome.reject() != nullptr, "a REJECT");
        told = outcome.reject()->message;
        told_by = outcome.reject()->triggered_by;
        told_data = text_of(outcome.reject()->data);
      });
    };
    EXPECT(send().ok(), "sent");
    t.run(1s);
    EXPECT_TEXT(told, "no route for ***");
    EXPECT_TEXT(told_by, "test.***");
    EXPECT_TEXT(told_data, secret);
    message = words;
    EXPECT(send().ok(), "sent");
    t.run(1s);
    EXPECT_TEXT(told, std::string(512, 'x'));
    message = std::string_view(words).substr(0, 600);
    EXPECT(send().ok(), "sent");
    t.run(1s);
    EXPECT_TEXT(told, std::string(600, 'x'));
  }
}

void an_error_of_no_request_is_logged_without_the_secret(void**) {
  for (const Dialect dialect : dialects) {
    World t(dialect);
    t.connect();
    t.server.say_error(0, "F00", "BTPError", "handler of hush-hush-0123456789 failed");
    t.run(1s);
    EXPECT(t.logged("error: an ERROR of no request: F00 BTPError: handler of *** failed"), "the rest");
    t.expect_silence();
  }
}

void a_close_that_repeats_the_secret_is_told_without_it_and_our_words_stay(void**) {
  for (const Dialect dialect : dialects) {
    World t(dialect);
    t.BtpWorld::secret = "refused";
    t.server.refuse_auth = "refused: no such peer";
    EXPECT(t.client->connect().ok() && t.until(LinkState::waiting), "refused");
    EXPECT_TEXT(t.errors.back().message(), "the secret was refused: F00 NotAcceptedError: ***: no such peer");
    t.server.refuse_auth.clear();
    t.BtpWorld::secret = ::secret;
    EXPECT(t.until(LinkState::ready), "ready");
    t.server.line->close(1001, "bye, hush-hush-0123456789");
    EXPECT(t.until(LinkState::waiting), "the line to end");
    EXPECT_TEXT(t.errors.back().message(), "closed by the peer with 1001: bye, ***");
    t.expect_silence();
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(an_error_that_repeats_the_secret_is_completed_without_it),
      cmocka_unit_test(a_reject_that_repeats_the_secret_is_completed_without_it_but_for_its_data),
      cmocka_unit_test(an_error_of_no_request_is_logged_without_the_secret),
      cmocka_unit_test(a_close_that_repeats_the_secret_is_told_without_it_and_our_words_stay),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

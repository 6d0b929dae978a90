#include "program/repeat_filter.hpp"

#include "link/backoff.hpp"
#include "support/cmocka.hpp"

#include <string>
#include <string_view>
#include <vector>

using namespace kedge;
using namespace std::chrono_literals;
using program::RepeatFilter;

namespace {

constexpr std::string_view peer = "gate.example:443";

/// A log with a clock of its own.
struct Log {
  RepeatFilter filter;
  Instant now{5s};
  std::vector<std::string> lines;
  std::uint64_t records = 0;
  std::uint64_t untold = 0;

  RepeatFilter::Verdict say(std::string_view event, std::string_view message, std::string_view who = peer) {
    ++records;
    const auto verdict = filter.judge(LogRecord{LogLevel::info, event, who, message}, now);
    if (verdict.tell) {
      lines.push_back(std::string(event).append(": ").append(message));
      untold += verdict.untold;
    }
    return verdict;
  }
};

/// An attempt that no address takes.
void fail_attempt(Log& log, std::size_t addresses, Duration next) {
  log.say("connecting", {});
  for (std::size_t i = 1; i < addresses; ++i) {
    log.say("address", "192.0.2." + std::to_string(i) + ":443: Connection refused");
    log.now += 3ms;
  }
  log.say("retry", "the next attempt is in " + std::to_string(next.count() / 1000) + " ms");
  log.say("waiting", "192.0.2." + std::to_string(addresses) + ":443: Connection refused");
  log.now += next;
}

void outage(Log& log, Duration length, std::size_t addresses) {
  Backoff backoff({.base = 1s, .cap = 30s, .jitter = Jitter::full});
  std::uint64_t random = 1;
  for (const Instant end = log.now + length; log.now < end;) {
    random = random * 6364136223846793005ULL + 1442695040888963407ULL;
    fail_attempt(log, addresses, backoff.next(random));
  }
}

void what_repeats_itself_is_told_once_then_at_growing_intervals_with_a_count(void**) {
  Log log;
  EXPECT(log.say("waiting", "refused").tell, "the first at once");
  std::vector<std::uint64_t> counts;
  std::vector<Duration> when;
  const Instant begin = log.now;
  for (int second = 1; second <= 3 * 3600; ++second) {
    log.now = begin + std::chrono::seconds(second);
    const auto verdict = log.say("waiting", "refused");
    if (!verdict.tell) continue;
    counts.push_back(verdict.untold);
    when.push_back(log.now - begin);
  }
  const std::vector<Duration> expected{30s, 90s, 210s, 450s, 930s, 1890s, 3810s, 7410s};
  EXPECT(when == expected, "30 s, then each time twice as long, then every hour");
  EXPECT(counts[0] == 29 && counts[1] == 59 && counts.back() == 3599, "how many there were in between");
}

void a_day_of_outage_stays_under_500_lines(void**) {
  for (const std::size_t addresses : {1U, 8U}) {
    Log log;
    outage(log, 24h, addresses);
    EXPECT(log.records > 2880 * (addresses + 2), "a day of attempts");
    EXPECT(log.lines.size() < 500, "fewer than 500 lines");
    EXPECT(log.lines.size() > 60, "one of each kind every hour");
  }
}

void a_day_with_a_cause_of_its_own_for_each_address_stays_under_500_lines(void**) {
  Log log;
  for (const Instant end = log.now + 24h; log.now < end; log.now += 15s) {
    log.say("connecting", {});
    for (char address = 'a'; address < 'h'; ++address) {
      log.say("address", std::string("[2001:db8::") + address + "]:443: " + address + " is wrong");
    }
    log.say("retry", "the next attempt is in 15000 ms");
    log.say("waiting", "[2001:db8::f]:443: nobody is there");
  }
  EXPECT(log.lines.size() < 500, "fewer than 500 lines");
}

void a_day_of_words_made_up_anew_stays_under_500_lines_in_fixed_memory(void**) {
  Log log;
  std::string words = "aaaaaaaa";
  for (const Instant end = log.now + 24h; log.now < end; log.now += 10s) {
    for (std::size_t i = 0; i < words.size() && ++words[i] > 'z'; ++i) words[i] = 'a';
    log.say("waiting", words);
  }
  EXPECT(log.lines.size() < 500, "fewer than 500 lines");
  static_assert(sizeof(RepeatFilter) < 1024);
}

void a_line_that_comes_and_goes_all_day_stays_under_500_lines(void**) {
  Log log;
  for (const Instant end = log.now + 24h; log.now < end; log.now += 5s) {
    for (const char* state : {"connecting", "authenticating", "ready"}) log.say(state, {});
    log.now += 1s;
    log.say("waiting", "the server closed the line: 1006");
    log.say("retry", "the next attempt is in 1000 ms");
  }
  EXPECT(log.lines.size() < 500, "fewer than 500 lines");
}

void another_cause_is_told_at_once(void**) {
  Log log;
  outage(log, 1h, 1);
  EXPECT(log.say("waiting", "the server answered HTTP 502").tell, "another cause");
  EXPECT(!log.say("waiting", "the server answered HTTP 502").tell, "the same");
  EXPECT(log.say("waiting", "the server answered HTTP 401").tell, "another status");
  EXPECT(log.say("waiting", "closed: 4000: Another agent").tell, "a close code");
  EXPECT(log.say("waiting", "closed: 4001: Another agent").tell, "another");
  EXPECT(log.say("retry", "the server answered HTTP 401").tell, "another event");
  EXPECT(log.say("waiting", "the server answered HTTP 401", "other.example:443").tell, "another peer");
}

void addresses_times_and_ids_make_no_other_cause(void**) {
  Log log;
  EXPECT(log.say("address", "192.0.2.1:443 after 12 ms (request 5e61f0a7), 120 bytes").tell, "the first");
  EXPECT(!log.say("address", "[2001:db8::2]:8443 after 3000 ms (request 77), 7 bytes").tell, "the same");
}

void what_was_told_as_lost_is_told_as_ready_again(void**) {
  Log log;
  log.say("ready", {});
  log.now += 1s;
  EXPECT(log.say("waiting", "the line was lost").tell, "the loss");
  EXPECT(log.say("ready", {}).tell, "the end of it, a second after the first ready");
  EXPECT(!log.say("waiting", "the line was lost").tell, "the same within 30 s");
  EXPECT(!log.say("ready", {}).tell, "the end of what was not told");
}

void an_outage_after_a_calm_line_is_news(void**) {
  Log log;
  outage(log, 6h, 1);
  const std::size_t before = log.lines.size();
  EXPECT(log.say("ready", {}).tell, "the end of it");
  log.now += 1s;
  log.say("waiting", "192.0.2.1:443: Connection refused");
  EXPECT(log.lines.size() <= before + 2, "a line that was ready for a second is no calm");
  log.say("connecting", {});
  log.say("ready", {});
  log.now += 10min;
  EXPECT(log.say("waiting", "192.0.2.1:443: Connection refused").tell, "news");
  EXPECT(log.say("connecting", {}).tell, "news");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(what_repeats_itself_is_told_once_then_at_growing_intervals_with_a_count),
      cmocka_unit_test(a_day_of_outage_stays_under_500_lines),
      cmocka_unit_test(a_day_with_a_cause_of_its_own_for_each_address_stays_under_500_lines),
      cmocka_unit_test(a_day_of_words_made_up_anew_stays_under_500_lines_in_fixed_memory),
      cmocka_unit_test(a_line_that_comes_and_goes_all_day_stays_under_500_lines),
      cmocka_unit_test(another_cause_is_told_at_once),
      cmocka_unit_test(addresses_times_and_ids_make_no_other_cause),
      cmocka_unit_test(what_was_told_as_lost_is_told_as_ready_again),
      cmocka_unit_test(an_outage_after_a_calm_line_is_news),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

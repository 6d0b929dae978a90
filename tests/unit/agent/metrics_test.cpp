#include "agent/metrics.hpp"

#include "support/cmocka.hpp"

#include <cstring>
#include <map>
#include <set>
#include <sstream>

using namespace kedge;
using namespace kedge::agent;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

/// The samples of a text by their names and labels. Fails where the text breaks the format.
std::map<std::string, std::string> samples(const std::string& text) {
  std::map<std::string, std::string> all;
  std::set<std::string> helped, typed;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string first, second, third;
    words >> first >> second >> third;
    if (first == "#") {
      EXPECT((second == "HELP" ? helped : typed).insert(third).second, line.c_str());
      continue;
    }
    std::string name = first.substr(0, first.find('{'));
    for (const char* part : {"_bucket", "_sum", "_count"}) {
      if (name.ends_with(part) && helped.contains(name.substr(0, name.rfind('_'))))
        name.resize(name.rfind('_'));
    }
    EXPECT(helped.contains(name) && typed.contains(name), line.c_str());
    EXPECT(third.empty() && !second.empty() && all.emplace(first, second).second, line.c_str());
  }
  EXPECT(!text.empty() && text.back() == '\n', "a line end at the end");
  return all;
}

/// Counters go on beyond 32 bits, also where a size has no more.
constexpr std::uint64_t beyond_32_bits = std::uint64_t{1} << 32;

/// Statistics of which every number is another one: counters from 2^32 + 1001 on.
Statistics numbered() {
  Statistics link;
  std::uint64_t counters[19];
  for (std::uint64_t i = 0; i < 19; ++i) counters[i] = beyond_32_bits + 1001 + i;
  std::memcpy(static_cast<void*>(&link), counters, sizeof counters);
  link.round_trip = 1'500'250us;
  link.pending = 2001;
  link.queued = 2002;
  link.queued_bytes = 2003;
  return link;
}

void every_statistic_of_the_link_is_told_once(void**) {
  Snapshot now;
  now.link = numbered();
  const HttpAnswer answer = metrics_answer(now, {});
  EXPECT_TEXT(answer.content_type, "text/plain; version=0.0.4; charset=utf-8");
  std::set<std::string> values;
  for (const auto& [name, value] : samples(answer.body)) {
    if (name.starts_with("kedge_link_") && !name.starts_with("kedge_link_state")) {
      EXPECT(values.insert(value).second, name.c_str());
    }
  }
  EXPECT(values.size() == 23, "19 counters, 3 gauges and the round trip");
  for (std::uint64_t i = beyond_32_bits + 1001; i < beyond_32_bits + 1020; ++i) {
    EXPECT(values.contains(std::to_string(i)), std::to_string(i).c_str());
  }
  EXPECT(values.contains("1.500250"), "seconds");
}

void names_have_their_units(void**) {
  Snapshot now;
  now.link.stream_bytes_in = 7;
  now.active = 5;
  now.http_connections = 6;
  now.http.answers = {0, 11, 0, 12, beyond_32_bits + 13};
  now.packets.fulfilled = beyond_32_bits + 14;
  now.uptime = std::chrono::seconds{beyond_32_bits};
  auto all = samples(metrics_answer(now, {}).body);
  EXPECT_TEXT(all["kedge_link_received_stream_bytes_total"], "7");
  EXPECT_TEXT(all["kedge_link_round_trip_seconds"], "NaN");
  EXPECT_TEXT(all["kedge_agent_uptime_seconds"], "4294967296.000000");
  EXPECT_TEXT(all["kedge_agent_active_sessions"] + all["kedge_http_open_connections"], "56");
  EXPECT_TEXT(all[R"(kedge_http_answers_total{class="2xx"})"], "11");
  EXPECT_TEXT(all[R"(kedge_http_answers_total{class="4xx"})"], "12");
  EXPECT_TEXT(all[R"(kedge_http_answers_total{class="5xx"})"], "4294967309");
  EXPECT_TEXT(all[R"(kedge_agent_packets_total{outcome="fulfilled"})"], "4294967310");
}

void one_state_is_1_and_the_others_are_0(void**) {
  Snapshot now;
  now.state = LinkState::ready;
  auto all = samples(metrics_answer(now, {}).body);
  EXPECT_TEXT(all[R"(kedge_link_state{state="ready"})"] + all["kedge_agent_btp_connected"], "11");
  int ones = 0, states = 0;
  for (const auto& [name, value] : all) {
    if (!name.starts_with("kedge_link_state")) continue;
    ++states;
    ones += value == "1" ? 1 : 0;
  }
  EXPECT(states == 7 && ones == 1, "one of seven");
}

void latencies_are_a_histogram(void**) {
  Snapshot now;
  for (const Duration took : {Duration{4ms}, Duration{5ms}, Duration{6ms}, Duration{1s}, Duration{31s}})
    now.latency.add(took);
  auto all = samples(metrics_answer(now, {}).body);
  EXPECT_TEXT(all[R"(kedge_agent_packet_seconds_bucket{le="0.005000"})"], "2");
  EXPECT_TEXT(all[R"(kedge_agent_packet_seconds_bucket{le="0.010000"})"], "3");
  EXPECT_TEXT(all[R"(kedge_agent_packet_seconds_bucket{le="1.000000"})"], "4");
  EXPECT_TEXT(all[R"(kedge_agent_packet_seconds_bucket{le="30.000000"})"], "4");
  EXPECT_TEXT(all[R"(kedge_agent_packet_seconds_bucket{le="+Inf"})"], "5");
  EXPECT_TEXT(all["kedge_agent_packet_seconds_count"], "5");
  EXPECT_TEXT(all["kedge_agent_packet_seconds_sum"], "32.015000");
}

void certificates_tell_when_they_expire(void**) {
  Snapshot now;
  now.time = WallTime{1s};
  now.peer_certificate_expires = WallTime{8s};
  now.client_certificate_expires = WallTime{9s};
  auto all = samples(metrics_answer(now, {}).body);
  EXPECT_TEXT(all["kedge_tls_peer_certificate_expiry_seconds"], "7");
  EXPECT_TEXT(all["kedge_tls_client_certificate_expiry_seconds"], "8");
}

void what_the_system_does_not_tell_is_left_out(void**) {
  Snapshot now;
  EXPECT(!contains(metrics_answer(now, {}).body, "process_"),
         "nothing of a process that nobody has measured");
  now.started = WallTime{990s};
  auto all = samples(metrics_answer(now, program::process_usage()).body);
  EXPECT_TEXT(all["process_start_time_seconds"], "990.000000");
  EXPECT(std::stoull(all["process_resident_memory_bytes"]) > 100'000, "the memory of this test");
  EXPECT(std::stoull(all["process_open_fds"]) >= 1 && std::stoull(all["process_open_fds"]) < 100,
         "its descriptors");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(every_statistic_of_the_link_is_told_once),
      cmocka_unit_test(names_have_their_units),
      cmocka_unit_test(one_state_is_1_and_the_others_are_0),
      cmocka_unit_test(latencies_are_a_histogram),
      cmocka_unit_test(certificates_tell_when_they_expire),
      cmocka_unit_test(what_the_system_does_not_tell_is_left_out),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

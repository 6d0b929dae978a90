// Requests on a line that is cut again and again over a rough network: each completes exactly once, with its
// own result, whatever the seed.

#include "gate_fixture.hpp"

#include <map>

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

constexpr int requests_max = 30;

// The server runs each request once, seconds later; what it cannot say at once it keeps, as the real ones do.
struct Tools {
  GateWorld& t;
  bool older;
  std::map<std::string, int> runs;

  void run(const GateRequest& request) {
    ++runs[request.args];
    const std::uint64_t line = t.gate.line_number();
    const Instant done = t.world.now() + std::chrono::milliseconds{t.world.rng().next() % 8000};
    auto* kept = new GateRequest(request);  // a callback's capture is small
    const bool planned = t.world.at(done, [this, kept, line]() noexcept {
      finish(*kept, line);
      delete kept;
    });
    EXPECT(planned, "room for the plan");
  }
  void finish(const GateRequest& request, std::uint64_t line) {
    const std::string result = R"({"status":"executed","data":)" + request.args + "}";
    if (t.gate.line != nullptr && t.gate.line_number() == line) return t.gate.answer(request.id, result);
    t.gate.rows.push_back(row(older ? request.id : "uuid-" + request.id, request.tool, request.args, result));
  }
};

void storm(std::uint64_t seed) {
  GateWorld t(seed, seed % 2 == 0 ? agent_gate::Limits::tiny() : agent_gate::Limits::small());
  t.world.set_profile(sim::NetworkProfile::randomised(seed));
  Tools tools{t, seed % 3 == 0, {}};
  t.gate.on_request = [&](const GateRequest& request) {
    if (request.method != "tool_request") return false;
    tools.run(request);
    return true;
  };
  EXPECT(t.client->connect().ok(), "started");
  std::vector<std::pair<Handle, std::string>> open;
  for (int i = 0; i < requests_max; ++i) {
    t.run(std::chrono::milliseconds{t.world.rng().next() % 5000});
    const std::string args = "{\"n\":" + std::to_string(i) + "}";
    if (const auto handle = t.ask("tool", args)) open.emplace_back(*handle, args);
    if (t.world.rng().next() % 3 == 0) (void)t.port.cut(sim::Cut::reset);
  }
  EXPECT(open.size() >= 10, "most requests to be accepted");
  EXPECT(t.all_ended(open.size(), 40min), "all to end");
  t.run(1min);
  EXPECT(t.ended.size() == open.size(), "each once");
  std::size_t answered = 0;
  for (const auto& end : t.ended) {
    std::size_t same = 0;
    for (const auto& [handle, args] : open) {
      if (handle != end.handle) continue;
      ++same;
      if (!end.error) EXPECT_TEXT(end.text, args);
    }
    EXPECT(same == 1, "a handle that was given out");
    // What was on the wire when the line was cut may be lost with it; then the deadline is the end.
    EXPECT(!end.error || end.error.kind() == ErrorKind::timeout, "a result or the deadline");
    if (!end.error) ++answered;
  }
  EXPECT(answered * 2 > open.size(), "most to be answered");
  for (const auto& [args, count] : tools.runs) EXPECT(count == 1, "no tool to run twice");
  EXPECT(t.client->statistics().requests_completed == open.size(), "all counted");
}

void every_request_ends_once_with_its_own_result_and_no_tool_runs_twice(void**) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    print_message("seed %llu\n", static_cast<unsigned long long>(seed));
    storm(seed);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(every_request_ends_once_with_its_own_result_and_no_tool_runs_twice),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

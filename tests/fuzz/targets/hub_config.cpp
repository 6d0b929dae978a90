// The policy file of kedge-hub: any text gives a configuration within its ranges, or an error with a place.
#include "hub/agent_gate/config.hpp"

#include <kedge/json.hpp>

#include "../fuzz.hpp"
#include "../json_respell.hpp"

#include <stdexcept>

using namespace kedge;
using namespace kedge::fuzz;
using namespace kedge::hub::agent_gate;

namespace {

/// By the definition, with what is left of both.
bool reference_glob(std::string_view pattern, std::string_view text) {
  std::vector<bool> row(text.size() + 1, false);  // which beginnings of the text match the pattern so far
  row[0] = true;
  for (const char p : pattern) {
    std::vector<bool> next(row.size(), false);
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (p == '*') {
        next[i] = row[i] || (i > 0 && next[i - 1]);
      } else {
        next[i] = i > 0 && row[i - 1] && (p == '?' || p == text[i - 1]);
      }
    }
    row = next;
  }
  return row[text.size()];
}

void check(const Config& config) {
  constexpr auto year = std::chrono::hours{24 * 365};
  PROMISE(config.path.starts_with('/'), "a path begins with /");
  for (const Duration time : {config.auth_timeout, config.approval_timeout, config.result_ttl}) {
    PROMISE(time >= Duration::zero() && time <= year, "times are of at most a year");
  }
  PROMISE(config.requests_per_minute <= 1'000'000 && config.approvals_max <= 1024,
          "counts are within their ranges");
  for (const Tool& tool : config.tools) {
    PROMISE(!tool.name.empty() && tool.result_bytes <= 1024 * 1024 && tool.reverse <= 1024,
            "a tool is within its ranges");
    PROMISE(tool.delay >= Duration::zero() && tool.delay <= year, "its delay too");
    const auto result = json::parse(tool.result, 64);
    PROMISE(result && result->is_object(), "its result is an object");
  }
  for (const SeededResult& row : config.pending_results) {
    const auto args = json::parse(row.args, 64);
    PROMISE(args && args->is_object() && json::parse(row.data, 64), "a row's texts are JSON");
    PROMISE(!row.request_id.empty() && !row.tool.empty(), "a row has a name and a tool");
  }
}

/// What it says, or the configuration's numbers.
std::string outcome(std::string_view text, bool& accepted) {
  try {
    const Config config = read_config(text);
    check(config);
    accepted = true;
    return std::to_string(config.tools.size()) + " " + std::to_string(config.pending_results.size()) + " " +
           std::to_string(config.auth_timeout.count()) + " " + std::to_string(config.approvals_max) +
           config.path;
  } catch (const std::runtime_error& error) {
    accepted = false;
    PROMISE(std::string_view(error.what()).starts_with("policy file"), "an error names its place");
    return error.what();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const std::string_view pattern = input.until('\n');
  const std::string_view name = input.until('\n');
  if (pattern.size() * name.size() < 10'000) {
    PROMISE(glob_matches(pattern, name) == reference_glob(pattern, name),
            "a pattern matches by its definition");
  }
  const Exact text(input.rest());
  bool accepted = false;
  const std::string first = outcome(text.text(), accepted);
  if (!accepted) return 0;
  // White space counts for nothing.
  bool again = false;
  PROMISE(outcome(" \n" + std::string(text.text()) + "\t", again) == first && again,
          "nor does white space around it");
  return 0;
}

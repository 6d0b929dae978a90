#include "config.hpp"

#include "rpc.hpp"

#include <kedge/json.hpp>

#include <functional>
#include <initializer_list>
#include <optional>
#include <set>
#include <stdexcept>
#include <utility>

namespace kedge::hub::agent_gate {

namespace {

constexpr std::uint8_t depth_max = 64;

// json::Value and not cJSON's tree: canned results must keep their numbers digit by digit.
using json::Value;

[[noreturn]] void fail(const std::string& where, std::string_view what) {
  throw std::runtime_error(where + ": " + std::string(what));
}

void each_member(const Value& value, const std::string& where,
                 const std::function<bool(std::string_view, const Value&, const std::string&)>& take) {
  const auto object = value.as_object();
  if (!object) fail(where, "expected an object");
  std::set<std::string, std::less<>> seen;
  for (const json::Member& member : *object) {
    const std::string key(member.raw_key);
    if (!seen.insert(key).second) fail(where, "'" + key + "' is there twice");
    const std::string path = where + "." + key;
    // A view into the file: who takes it may keep it as long as that.
    if (!take(member.raw_key, member.value, path)) fail(path, "is not known");
  }
}

void each_element(const Value& value, const std::string& where,
                  const std::function<void(const Value&, const std::string&)>& take) {
  const auto array = value.as_array();
  if (!array) fail(where, "expected an array");
  std::size_t index = 0;
  for (const Value& element : *array) take(element, where + "[" + std::to_string(index++) + "]");
}

std::string text(const Value& value, const std::string& where) {
  std::optional<std::string> string = string_of(value);
  if (!string) fail(where, "expected a string");
  return std::move(*string);
}

bool boolean(const Value& value, const std::string& where) {
  const auto read = value.as_bool();
  if (!read) fail(where, "expected true or false");
  return *read;
}

std::uint32_t number(const Value& value, const std::string& where, std::uint32_t max) {
  const auto read = value.as_uint64();
  if (!read || *read > max) fail(where, "expected an integer from 0 to " + std::to_string(max));
  return static_cast<std::uint32_t>(*read);
}

Duration milliseconds(const Value& value, const std::string& where) {
  constexpr std::uint64_t max = 365ULL * 24 * 3600 * 1000;
  const auto read = value.as_uint64();
  if (!read || *read > max) fail(where, "expected milliseconds, an integer of at most a year");
  return std::chrono::milliseconds(static_cast<std::int64_t>(*read));
}

template <class Enum>
Enum choice(const Value& value, const std::string& where,
            std::initializer_list<std::pair<std::string_view, Enum>> choices) {
  const std::string given = text(value, where);
  std::string known;
  for (const auto& [name, meaning] : choices) {
    if (name == given) return meaning;
    known += known.empty() ? "" : ", ";
    known += name;
  }
  fail(where, "'" + given + "' is none of " + known);
}

void read_rule(const Value& value, const std::string& where, Policy& policy) {
  std::string pattern;
  Decision decision = Decision::deny;
  bool decided = false;
  each_member(value, where, [&](std::string_view key, const Value& v, const std::string& path) {
    if (key == "tool") {
      pattern = text(v, path);
    } else if (key == "decision") {
      decision = choice<Decision>(
          v, path, {{"allow", Decision::allow}, {"deny", Decision::deny}, {"ask", Decision::ask}});
      decided = true;
    } else {
      return false;
    }
    return true;
  });
  if (pattern.empty() || !decided) fail(where, "needs 'tool' and 'decision'");
  policy.add(std::move(pattern), decision);
}

Tool read_tool(const Value& value, const std::string& where) {
  Tool tool;
  std::set<std::string_view> sources;  // of its answer's data
  each_member(value, where, [&](std::string_view key, const Value& v, const std::string& path) {
    if (key == "result" || key == "echo" || key == "result_bytes") sources.insert(key);
    if (key == "name") {
      tool.name = text(v, path);
    } else if (key == "description") {
      tool.description = text(v, path);
    } else if (key == "result") {
      if (!v.is_object()) fail(path, "expected an object");
      tool.result = v.text();
    } else if (key == "echo") {
      tool.echo = boolean(v, path);
    } else if (key == "result_bytes") {
      tool.result_bytes = number(v, path, 1024 * 1024);
    } else if (key == "delay_ms") {
      tool.delay = milliseconds(v, path);
    } else if (key == "error") {
      tool.error = text(v, path);
    } else if (key == "habit") {
      tool.habit = choice<Habit>(v, path,
                                 {{"none", Habit::none},
                                  {"silent", Habit::silent},
                                  {"twice", Habit::twice},
                                  {"wrong_id", Habit::wrong_id},
                                  {"text_id", Habit::text_id},
                                  {"both", Habit::both},
                                  {"cut", Habit::cut}});
    } else if (key == "reverse") {
      tool.reverse = number(v, path, 1024);
    } else {
      return false;
    }
    return true;
  });
  if (tool.name.empty()) fail(where, "needs 'name'");
  if (sources.size() > 1) fail(where, "has more than one of 'result', 'echo', 'result_bytes'");
  return tool;
}

SeededResult read_seeded(const Value& value, const std::string& where) {
  SeededResult row;
  each_member(value, where, [&](std::string_view key, const Value& v, const std::string& path) {
    if (key == "request_id") {
      row.request_id = text(v, path);
    } else if (key == "tool") {
      row.tool = text(v, path);
    } else if (key == "args") {
      if (!v.is_object()) fail(path, "expected an object");
      row.args = v.text();
    } else if (key == "status") {
      row.status = text(v, path);
      if (row.status != "executed" && row.status != "denied" && row.status != "error") {
        fail(path, "is none of executed, denied, error");
      }
    } else if (key == "data") {
      row.data = v.text();
    } else {
      return false;
    }
    return true;
  });
  if (row.request_id.empty() || row.tool.empty()) fail(where, "needs 'request_id' and 'tool'");
  return row;
}

bool read_limit(std::string_view key, const Value& v, const std::string& path, Config& config) {
  if (key == "auth_timeout_ms") {
    config.auth_timeout = milliseconds(v, path);
  } else if (key == "approval_timeout_ms") {
    config.approval_timeout = milliseconds(v, path);
  } else if (key == "result_ttl_ms") {
    config.result_ttl = milliseconds(v, path);
  } else if (key == "requests_per_minute") {
    config.requests_per_minute = number(v, path, 1'000'000);
  } else if (key == "approvals_max") {
    config.approvals_max = number(v, path, 1024);
  } else {
    return false;
  }
  return true;
}

}  // namespace

Config read_config(std::string_view text_of_file) {
  const auto root = json::parse(text_of_file, depth_max);
  if (!root) fail("policy file", root.error().message());
  Config config;
  each_member(*root, "policy file", [&](std::string_view key, const Value& v, const std::string& path) {
    if (key == "path") {
      config.path = text(v, path);
      if (!config.path.starts_with('/')) fail(path, "must begin with /");
    } else if (key == "generation") {
      config.generation =
          choice<Generation>(v, path, {{"older", Generation::older}, {"newer", Generation::newer}});
    } else if (key == "policy") {
      each_element(v, path, [&](const Value& e, const std::string& at) { read_rule(e, at, config.policy); });
    } else if (key == "tools") {
      each_element(v, path, [&](const Value& e, const std::string& at) {
        Tool tool = read_tool(e, at);
        for (const Tool& other : config.tools) {
          if (other.name == tool.name) fail(at, "'" + tool.name + "' is there twice");
        }
        config.tools.push_back(std::move(tool));
      });
    } else if (key == "pending_results") {
      each_element(v, path, [&](const Value& e, const std::string& at) {
        config.pending_results.push_back(read_seeded(e, at));
      });
    } else if (key == "answer_auth_twice") {
      config.answer_auth_twice = boolean(v, path);
    } else {
      return read_limit(key, v, path, config);
    }
    return true;
  });
  return config;
}

}  // namespace kedge::hub::agent_gate

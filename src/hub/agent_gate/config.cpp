#include "config.hpp"

#include "../../program/json_file.hpp"

#include <set>
#include <string>
#include <utility>

namespace kedge::hub::agent_gate {

namespace {

namespace json_file = program::json_file;
using json_file::boolean;
using json_file::choice;
using json_file::each_element;
using json_file::each_member;
using json_file::fail;
using json_file::milliseconds;
using json_file::number;
using json_file::text;
using json_file::Value;

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
      tool.result = v.spelling();
    } else if (key == "echo") {
      tool.echo = boolean(v, path);
    } else if (key == "result_bytes") {
      tool.result_bytes = number(v, path, 4 * 1024 * 1024);
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
    } else if (key == "spelling") {
      tool.spelling = choice<Spelling>(v, path,
                                       {{"plain", Spelling::plain},
                                        {"nan", Spelling::nan},
                                        {"infinity", Spelling::infinity},
                                        {"surrogate", Spelling::surrogate},
                                        {"null_beside", Spelling::null_beside},
                                        {"id_first", Spelling::id_first},
                                        {"deep", Spelling::deep}});
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
      row.args = v.spelling();
    } else if (key == "status") {
      row.status = text(v, path);
      if (row.status != "executed" && row.status != "denied" && row.status != "error") {
        fail(path, "is none of executed, denied, error");
      }
    } else if (key == "data") {
      row.data = v.spelling();
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
  } else if (key == "slot_held_min_ms") {
    config.slot_held_min = milliseconds(v, path);
  } else if (key == "slot_held_max_ms") {
    config.slot_held_max = milliseconds(v, path);
  } else {
    return false;
  }
  return true;
}

}  // namespace

Config read_config(std::string_view text_of_file) {
  Config config;
  each_member(json_file::parse(text_of_file, "policy file").root(), "policy file",
              [&](std::string_view key, const Value& v, const std::string& path) {
                if (key == "path") {
                  config.path = text(v, path);
                  if (!config.path.starts_with('/')) fail(path, "must begin with /");
                } else if (key == "generation") {
                  config.generation = choice<Generation>(
                      v, path, {{"older", Generation::older}, {"newer", Generation::newer}});
                } else if (key == "policy") {
                  each_element(v, path, [&](const Value& e, const std::string& at) {
                    read_rule(e, at, config.policy);
                  });
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
                } else if (key == "keep_results") {
                  config.kept = choice<Kept>(v, path, {{"approvals", Kept::approvals}, {"all", Kept::all}});
                } else if (key == "answer_auth_twice") {
                  config.answer_auth_twice = boolean(v, path);
                } else {
                  return read_limit(key, v, path, config);
                }
                return true;
              });
  if (config.slot_held_max < config.slot_held_min)
    fail("policy file", "'slot_held_max_ms' is less than 'slot_held_min_ms'");
  return config;
}

}  // namespace kedge::hub::agent_gate

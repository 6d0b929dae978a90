#include "../model/gossip.hpp"
#include "agent_gate_server.hpp"
#include "agent_gate_words.hpp"

#include <array>
#include <cstdlib>

// How the model's answers go out, well or badly; what it keeps for an agent that is gone; and what it says
// unasked.

namespace kedge::rig {

namespace {

// Unlike others, and right: the other member is there and null, or the id comes first.
std::string odd_reply(const std::string& id, const std::string& body, sim::Rng& rng) {
  const bool error = body.starts_with("\"error\"");
  const std::string null = error ? "\"result\":null" : "\"error\":null";
  switch (rng.between(0, 2)) {
    case 0:
      return reply(id, body + "," + null);
    case 1:
      return reply(id, null + "," + body);
    default:
      return "{\"id\":" + id + ",\"jsonrpc\":\"2.0\"," + body + "}";
  }
}

}  // namespace

void AgentGateServer::answer(const Job& job, const std::string& body) {
  Wire* wire = agent(job.wire);
  if (wire == nullptr) return;
  if (run_.mishap(30) && answer_unreadably(*wire, job, body)) return;
  if (run_.mishap(20)) {
    run_.count(Fault::wrong_id);
    // Of the wrong kind, never given out, or long over.
    static constexpr std::array<std::string_view, 4> wrong = {"\"7\"", "3", "null", "1.5"};
    say(*wire, reply(std::string(wrong[static_cast<std::size_t>(run_.rng.between(0, 3))]), body));
  }
  say(*wire, run_.mishap(100) ? odd_reply(job.id, body, run_.rng) : reply(job.id, body));
  if (agent(job.wire) != nullptr && run_.mishap(30)) {
    run_.count(Fault::double_answer);
    say(*wire, reply(job.id, body));
  }
}

// With the request's own id. The tool has run, and nobody will say more about it.
bool AgentGateServer::answer_unreadably(Wire& wire, const Job& job, const std::string& body) {
  static constexpr std::string_view result = "\"result\":{\"status\":\"executed\",\"data\":{";
  if (!body.starts_with(result)) return false;
  run_.count(Fault::unreadable_answer);
  verdicts_[job.nonce].unreadable = true;
  static const std::array<std::string, 8> odd = {
      ",\"x\":NaN}}",
      ",\"x\":[Infinity,-Infinity]}}",
      ",\"x\":" + std::string(200, '[') + std::string(200, ']') + "}}",
      ",}}",
      ",\"x\":\"\x01\"}}",
      ",\"x\":01}}",
      "}},\"error\":{\"code\":1,\"message\":\"and an error\"}",
      "}},\"result\":{}"};
  const std::string& end = odd[static_cast<std::size_t>(run_.rng.between(std::uint64_t{0}, odd.size() - 1))];
  const std::string text = body.substr(0, body.size() - 2) + end;
  say(wire, run_.rng.chance(300) ? "{\"id\":" + job.id + ",\"jsonrpc\":\"2.0\"," + text + "}"
                                 : reply(job.id, text));
  return true;
}

// Only what a human had a word in is kept for an agent that is gone, unless the server is of the kind that
// keeps it all.
void AgentGateServer::keep_or_lose(const Job& job, const std::string& status, const std::string& data) {
  if (job.asked || keeps_all_) return keep(job, status, data);
  run_.count(Fault::lost_answer);
}

void AgentGateServer::on_too_large(Wire& wire, std::string_view begin) {
  if (&wire != agent_) return;
  run_.count(Fault::peer_says_1009);
  static constexpr std::string_view mark = "\"args\":{\"n\":";
  const std::size_t at = begin.find(mark);
  refused_ = at == std::string_view::npos
                 ? 0
                 : std::strtoull(std::string(begin.substr(at + mark.size(), 20)).c_str(), nullptr, 10);
  run_.check(refused_ == 0 || !never_again_.contains(refused_) || twins_.contains(refused_),
             "a message that the peer closed with 1009 for is never sent again",
             [&] { return "nonce " + std::to_string(refused_); });
}

void AgentGateServer::keep(const Job& job, const std::string& status, const std::string& data) {
  const std::string result = "{\"status\":\"" + status + "\",\"data\":" + data + "}";
  const std::string id = newer_ ? "8d3f-" + std::to_string(job.serial) : job.id;
  rows_.push_back({"{\"request_id\":" + quoted(id) + ",\"tool_name\":" + quoted(job.tool) +
                       ",\"args\":" + quoted(job.args) + ",\"signature\":\"s\",\"result\":" + quoted(result) +
                       ",\"created_at\":\"2026-01-01T00:00:00Z\",\"expires_at\":\"2026-01-02T00:00:00Z\"}",
                   job.nonce, run_.world.now()});
}

Instant AgentGateServer::kept_since(std::uint64_t nonce) const {
  for (const Row& row : rows_) {
    if (row.nonce == nonce) return row.since;
  }
  return never;
}

void AgentGateServer::answer_rows(Wire& wire, const std::string& id) {
  std::string list;
  for (const Row& row : rows_) list += (list.empty() ? "" : ",") + row.text;
  run_.tally.rows += rows_.size();
  rows_.clear();
  say(wire, reply(id, "\"result\":{\"results\":[" + list + "]}"));
}

void AgentGateServer::misbehave(Wire& wire) {
  run_.count(Fault::malformed);
  static constexpr std::array<std::string_view, 9> texts = {
      "{}",
      "[]",
      "{\"jsonrpc\":\"2.0\",\"method\":\"notice\",\"params\":{}}",
      "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32700,\"message\":\"Parse error\"},\"id\":null}",
      "{\"jsonrpc\":\"2.0\",\"result\":{},\"error\":{},\"id\":1}",
      "{\"jsonrpc\":\"2.0\",\"result\":",
      "\"text\"",
      "{\"jsonrpc\":\"2.0\",\"result\":{\"status\":\"authenticated\"},\"id\":\"auth-1\"}",
      "{\"id\":99999999999999999999,\"result\":01}"};
  switch (run_.rng.between(0, 6)) {
    case 6:
      run_.count(Fault::peer_close);
      return wire.close(1011, gossip(run_, "no more of you", token_));
    case 0:
      return wire.say_frame(2, true, "binary");
    case 1:
      return wire.ping();
    case 2:
      return wire.say_frame(10, true, "a pong nobody asked for");
    default:
      return say(wire, std::string(texts[static_cast<std::size_t>(run_.rng.between(0, texts.size() - 1))]));
  }
}

}  // namespace kedge::rig

#include "agent_gate_server.hpp"
#include "../model/gossip.hpp"
#include "agent_gate_words.hpp"

#include <array>
#include <memory>
#include <utility>

namespace kedge::rig {

using namespace std::chrono_literals;

namespace {

constexpr std::uint8_t depth = 32;

}  // namespace

std::vector<std::uint64_t> marks_in(std::string_view text) {
  std::vector<std::uint64_t> marks;
  for (std::size_t at = text.find('#'); at != std::string_view::npos; at = text.find('#', at + 1)) {
    std::uint64_t number = 0;
    std::size_t digits = 0;
    while (at + 1 + digits < text.size() && text[at + 1 + digits] >= '0' && text[at + 1 + digits] <= '9')
      number = number * 10 + static_cast<std::uint64_t>(text[at + 1 + digits++] - '0');
    if (digits != 0 && at + 1 + digits < text.size() && text[at + 1 + digits] == '#') marks.push_back(number);
  }
  return marks;
}

void AgentGateServer::rotate_token() {
  token_ = "sesame-open-" + std::to_string(++tokens_);
}

void AgentGateServer::restart() {
  ++life_;
  jobs_ = 0;
  held_until_ = Instant{};
}

void AgentGateServer::on_open(Wire& wire, const std::string&) {
  if (agent_ == nullptr && held_until_ > run_.world.now()) run_.count(Fault::slot_held);
  if (agent_ != nullptr || held_until_ > run_.world.now())
    return wire.close(4000, "Another agent is already connected");
  agent_ = &wire;
  authenticated_ = false;
  deaf_ = run_.mishap(150);
  unanswered_ = 0;
}

void AgentGateServer::on_gone(Wire& wire) {
  if (agent_ != &wire) return;
  agent_ = nullptr;
  if (!wire.client_said_close() || run_.is_calm()) return;
  // After a goodbye in order the place stays taken for a moment, and while an approval is pending.
  const Duration held = jobs_ != 0 ? run_.rng.between(Duration(0s), Duration(20s))
                                   : run_.rng.between(Duration(10ms), Duration(50ms));
  held_until_ = after(run_.world.now(), run_.mishap(50) ? run_.rng.between(held, Duration(40s)) : held);
}

Wire* AgentGateServer::agent(std::uint64_t number) {
  return agent_ != nullptr && agent_->number() == number && agent_->usable() ? agent_ : nullptr;
}

void AgentGateServer::say(Wire& wire, const std::string& text) {
  wire.say(text, run_.mishap(100) ? static_cast<std::size_t>(run_.rng.between(1, 200)) : 0);
}

void AgentGateServer::on_text(Wire& wire, std::string_view text) {
  if (&wire != agent_) return;
  const auto message = json::parse(text, depth);
  if (!message) return run_.broke("the client sends JSON", std::string(text.substr(0, 80)));
  if (!message->find("jsonrpc").equals("2.0"))
    return run_.broke("the client sends JSON-RPC 2.0", std::string(text));
  const json::Value method = message->find("method");
  if (!authenticated_) return authenticate(wire, *message);
  const std::string id(message->find("id").text());
  if (method.equals("tool_request")) {
    start_job(wire, id, message->find("params"));
  } else if (method.equals("get_pending_results")) {
    answer_poll(wire, id);
  } else if (method.equals("list_tools")) {
    answer_list(wire, id);
  } else {
    run_.broke("the client asks only what there is", std::string(text.substr(0, 80)));
  }
  if (run_.mishap(40)) misbehave(wire);
}

void AgentGateServer::answer_poll(Wire& wire, const std::string& id) {
  // Before the first poll is answered its neighbours wait in their queue.
  if (run_.mishap(200)) invent_answer(wire, id);
  if (run_.mishap(50)) return;
  if (run_.mishap(50)) return say(wire, reply(id, error_body(-32004, no_results)));
  answer_rows(wire, id);
}

void AgentGateServer::answer_list(Wire& wire, const std::string& id) {
  if (!deaf_ || run_.is_calm())
    return say(wire,
               reply(id, newer_ ? "\"result\":{\"tools\":[]}" : error_body(-32601, "Method not found")));
  run_.count(Fault::late_answer);
  // With many questions open at once.
  if (++unanswered_ > 16 && run_.mishap(300)) {
    run_.count(Fault::orderly_end);
    wire.drop();
  }
}

// Ids follow each other: this one is that of a request still in the client's queue, of one under way, or long
// over.
void AgentGateServer::invent_answer(Wire& wire, const std::string& id) {
  run_.count(Fault::wrong_id);
  const std::uint64_t away = run_.rng.between(std::uint64_t{1}, std::uint64_t{4});
  const std::uint64_t number = std::strtoull(id.c_str(), nullptr, 10);
  const bool before = run_.rng.chance(500) && number > away;
  say(wire, reply(std::to_string(before ? number - away : number + away), error_body(-32004, invented)));
}

void AgentGateServer::authenticate(Wire& wire, const json::Value& message) {
  run_.check(message.find("method").equals("auth") && message.find("id").equals("auth-1"), "auth comes first",
             [&] { return std::string(message.text().substr(0, 80)); });
  const std::string id = "\"auth-1\"";
  if (run_.mishap(30)) {
    run_.count(Fault::authentication);
    switch (run_.rng.between(0, 4)) {
      case 0:
        return;  // says nothing
      case 4:
        return refuse(wire, token_);
      case 1:
        say(wire, reply("null", error_body(-32005, "Authentication timeout")));
        return wire.close(1000, "");
      case 2:
        return say(wire, reply(id, "\"result\":{\"status\":\"hello\"}"));
      default:
        return wire.drop();
    }
  }
  if (!message.find("params").find("token").equals(token_)) {
    run_.count(Fault::authentication);
    return refuse(wire, message.find("params").find("token").text());
  }
  authenticated_ = true;
  say(wire, reply(id, "\"result\":{\"status\":\"authenticated\"}"));
}

// In words that may hold the token itself, at their end or cut off in it.
void AgentGateServer::refuse(Wire& wire, std::string_view token) {
  const std::string padding(static_cast<std::size_t>(run_.rng.between(0, 110)), '.');
  const std::string words = padding + "Invalid token " + std::string(token);
  const std::uint64_t how = run_.rng.between(std::uint64_t{0}, std::uint64_t{2});
  if (how == 0) return wire.close(1008, std::string_view(words).substr(0, 123));
  say(wire, reply("\"auth-1\"", error_body(-32005, how == 1 ? words : "Invalid token")));
  wire.close(1000, "");
}

AgentGateServer::Outcome AgentGateServer::draw(Duration& delay, bool& asked) {
  sim::Rng& rng = run_.rng;
  delay = rng.chance(300) ? Duration::zero() : rng.between(0ms, 3s);
  if (run_.mishap(30)) run_.count(Fault::late_answer), delay = rng.between(5s, 60s);
  const std::uint64_t die = rng.between(0, 99);
  asked = (die >= 55 && die < 67) || (die >= 76 && die < 84) || rng.chance(300);
  if (die < 55) return Outcome::executed;
  if (die < 67) return delay = rng.between(1s, 90s), Outcome::executed;  // a human took his time
  if (die < 71) return Outcome::failed_in_tool;
  if (die < 76) return Outcome::denied;
  if (die < 81) return delay = rng.between(1s, 60s), Outcome::denied_later;
  if (die < 84) return delay = rng.between(10s, 60s), Outcome::timed_out;
  if (die < 89) return Outcome::failed;
  if (die < 93) return Outcome::limited;
  if (die < 96) return run_.is_calm() ? Outcome::executed : Outcome::silent;
  return Outcome::oversized;
}

void AgentGateServer::start_job(Wire& wire, const std::string& id, const json::Value& params) {
  std::array<char, 64> buffer;
  const auto tool = params.find("tool").as_string(buffer);
  const json::Value args = params.find("args");
  const auto nonce = args.find("n").as_uint64();
  if (!tool || !nonce)
    return run_.broke("a tool request has a tool and its arguments", std::string(params.text()));
  Duration delay{};
  bool asked = false;
  const Outcome outcome = draw(delay, asked);
  Job job{wire.number(), id, std::string(*tool), std::string(args.text()), *nonce, outcome, ++serial_, asked};
  ids_.insert(id);
  Verdict& verdict = verdicts_[*nonce];
  const bool runs = job.outcome == Outcome::executed || job.outcome == Outcome::oversized ||
                    job.outcome == Outcome::failed || job.outcome == Outcome::failed_in_tool;
  // Seen is as good as run: what this server lets pass another may execute.
  const std::size_t seen = ++runs_[*nonce];
  run_.check(seen <= 1 + twins_.count(*nonce), "a tool never runs twice for one request",
             [&] { return "nonce " + std::to_string(*nonce); });
  if (runs && job.outcome != Outcome::failed && job.outcome != Outcome::failed_in_tool) {
    std::string result =
        "{\"n\":" + std::to_string(*nonce) + ",\"mark\":\"#" + std::to_string(job.serial) + "#\"";
    if (job.outcome == Outcome::oversized) result += ",\"pad\":\"" + std::string(oversize_, 'x') + "\"";
    verdict.results.push_back(result + "}");
    verdict.oversized = verdict.oversized || job.outcome == Outcome::oversized;
  }
  verdict.denied = verdict.denied || job.outcome == Outcome::denied || job.outcome == Outcome::denied_later;
  verdict.timed_out = verdict.timed_out || job.outcome == Outcome::timed_out;
  verdict.remote = verdict.remote || job.outcome == Outcome::failed ||
                   job.outcome == Outcome::failed_in_tool || job.outcome == Outcome::limited;
  if (job.outcome == Outcome::silent) return;
  if (job.outcome == Outcome::oversized) run_.count(Fault::oversized);
  if (delay == Duration::zero() || !plan(delay, job)) finish(job);
}

// A callback's capture is small: the job waits on the heap.
bool AgentGateServer::plan(Duration delay, Job job) {
  if (jobs_ >= jobs_max) return false;
  auto waiting = [this, kept = std::make_unique<Job>(std::move(job)), life = life_]() noexcept {
    if (life != life_) return;
    --jobs_;
    finish(*kept);
  };
  if (!run_.world.at(after(run_.world.now(), delay), std::move(waiting))) return false;
  ++jobs_;
  return true;
}

void AgentGateServer::finish(const Job& job) {
  const std::string mark = "#" + std::to_string(job.serial) + "#";
  const auto executed = [&] {
    std::string data = "{\"n\":" + std::to_string(job.nonce) + ",\"mark\":\"" + mark + "\"";
    if (job.outcome == Outcome::oversized) data += ",\"pad\":\"" + std::string(oversize_, 'x') + "\"";
    return data + "}";
  };
  const std::string broke = gossip(run_, "it broke " + mark, token_);
  Wire* wire = agent(job.wire);
  switch (job.outcome) {
    case Outcome::executed:
    case Outcome::oversized:
      if (wire == nullptr) return keep_or_lose(job, "executed", executed());
      return answer(job, "\"result\":{\"status\":\"executed\",\"data\":" + executed() + "}");
    case Outcome::failed_in_tool:
      if (wire == nullptr) return keep_or_lose(job, "error", quoted(broke));
      return answer(job, "\"result\":{\"status\":\"error\",\"data\":" + quoted(broke) + "}");
    case Outcome::denied:
      return answer(job, error_body(-32003, gossip(run_, "Denied by policy", token_)));
    case Outcome::denied_later:
      if (wire == nullptr) return keep_or_lose(job, "denied", quoted("denied " + mark));
      return answer(job, error_body(-32001, gossip(run_, "Denied by user", token_)));
    case Outcome::timed_out:
      if (wire == nullptr) return keep_or_lose(job, "denied", quoted("Approval timed out"));
      return answer(job, error_body(-32002, "Approval timed out"));
    case Outcome::failed:
      return answer(job, error_body(-32004, gossip(run_, "Execution failed", token_)));
    case Outcome::limited:
      return answer(job, error_body(-32006, gossip(run_, "Too many requests", token_)));
    case Outcome::silent:
      return;
  }
}

}  // namespace kedge::rig

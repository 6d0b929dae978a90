#include "websocket_process.hpp"

#include <algorithm>

// What becomes of a client's messages, against what passed on its lines.

namespace kedge::rig {

using namespace std::chrono_literals;

namespace {

constexpr std::int32_t too_big_for_the_peer = 1009;

std::string name_of(const Request& request) {
  return "request " + std::to_string(request.number);
}

}  // namespace

bool WebSocketProcess::counts_agree(const Statistics& now) {
  return now.pending + posted_.size() == ledger().open().size();
}

// A source that has not given all holds back what is behind it.
Instant WebSocketProcess::sends_since() const {
  const auto found = sent_.find(asked_);
  const bool holds = found != sent_.end() && found->second.source != nullptr && !found->second.source->done();
  return holds ? run_.world.now() : std::max(Actor::sends_since(), asked_at_);
}

// ---- what the client writes

Interpreter::Meaning WebSocketProcess::read(std::string_view begin, const std::vector<Request*>& waiting) {
  for (const Request* request : waiting) {
    const Sent& sent = sent_.at(request->number);
    const std::string label = message_body(request->number, sent.type, std::min(sent.bytes, label_bytes));
    if (begin.substr(0, label_bytes) != std::string_view(label).substr(0, begin.size())) continue;
    run_.check(!sent.broken_off, "what broke off with its line is not sent again",
               [&] { return name_of(*request); });
    server_.offered(hearing_.wire, request->number);
    return {Whose::request, request->number};
  }
  run_.broke("only what waits is sent", std::string(begin.substr(0, 40)));
  return {};
}

// ---- sources

void WebSocketProcess::on_asked(std::uint64_t number, bool) {
  run_.check(client_ != nullptr && life().state() == LinkState::ready,
             "a source is asked while there is a line", [&] { return "request " + std::to_string(number); });
  asked_ = number;
  asked_at_ = run_.world.now();
}

void WebSocketProcess::on_dry(std::uint64_t number) {
  Request& request = *ledger().find(number);
  if (!line_.offered(request) || request.cancelled) return;
  server_.record(hearing_.wire).allowed.insert(close_payload(1001, {}));
  request.due = after(sent_.at(number).source->dry_since(), source_timeout_);
  ledger().due_changed();
}

void WebSocketProcess::on_failed(std::uint64_t number, ErrorKind) {
  Request& request = *ledger().find(number);
  request.settled = true;
  const bool begun = sent_.at(number).source->begun();
  // What it gave before may be in the same write, and go out yet.
  if (!begun || line_.offered(request)) request.due = std::min(request.due, run_.world.now());
  ledger().due_changed();
  if (!begun) return;
  life().ends_by_its_user();
  line_given_up(1011);
}

// What is out cannot be taken back: the line ends.
void WebSocketProcess::line_given_up(std::uint16_t code) {
  line_.given_up();
  server_.record(hearing_.wire).allowed.insert(close_payload(code, {}));
}

// ---- how messages end

void WebSocketProcess::completed(std::uint64_t number, const Outcome& outcome) {
  run_.check(client_ != nullptr, "nothing is called once the client is destroyed",
             [&] { return "request " + std::to_string(number); });
  Request* request = ledger().find(number);
  const auto found = sent_.find(number);
  if (request != nullptr && found != sent_.end()) {
    const ModelSource* source = found->second.source;
    if (source != nullptr && source->dry_since() != never)
      request->settled = request->settled || run_.world.now() >= after(source->dry_since(), source_timeout_);
  }
  ledger().ended(number, outcome);
  if (run_.broken() || request == nullptr || found == sent_.end()) return;
  // A part of it is out, and no more comes: its line ends.
  const ModelSource* half = found->second.source;
  if (half != nullptr && half->is_half_given()) line_.given_up();
  judge(*request, found->second, outcome.error);
  if (found->second.source == nullptr) ledger().judge_may_have_run(*request, outcome.error);
  const bool left = !outcome.error || outcome.error.may_have_run();
  const bool refused = outcome.error.layer_code() == too_big_for_the_peer;
  if ((!left && !refused) || outcome.error.kind() == ErrorKind::connection) server_.never_arrives(number);
  forget(number);
  if (run_.mishap(100)) call_back();
}

void WebSocketProcess::judge(const Request& request, const Sent& sent, const Error& error) {
  const auto which = [&] { return name_of(request) + ": " + std::string(error.message()); };
  const auto may = [&](bool allowed, const char* rule) { run_.check(allowed, rule, which); };
  const ModelSource* source = sent.source;
  const bool gave_up = client_->state() == LinkState::closed;
  // What a source has given may have left, for all that is known here.
  const bool given = source != nullptr && source->begun();
  may(request.line != 0 || given || !error.may_have_run(), "what never left is not said to have left");
  if (source != nullptr && source->failure() != ErrorKind::none && !request.cancelled) {
    return may(error.kind() == source->failure() || error.layer_code() == too_big_for_the_peer || gave_up ||
                   error.kind() == ErrorKind::closed,
               "what a source does wrong ends its message with that");
  }
  switch (error.kind()) {
    case ErrorKind::none:
      may(request.taken, "only what the stream has taken is told as sent");
      return may(source == nullptr || source->done(), "a message in pieces is sent with its last piece");
    case ErrorKind::connection:
      return gave_up ? void() : judge_loss(request, sent, error);
    case ErrorKind::timeout: {
      const Instant since = source != nullptr ? source->dry_before_refill() : never;
      const bool dry = since != never && run_.world.now() >= after(since, source_timeout_);
      may(dry || run_.world.now() >= request.deadline, "no deadline passes early");
      const bool leaves = line_.offered(request) && client_->state() == LinkState::ready;
      return may(dry || !leaves, "what has begun to leave has no deadline any more");
    }
    case ErrorKind::too_large:
      may(error.layer_code() == too_big_for_the_peer && refused_ == request.number,
          "a close with 1009 ends the message that was being written, and nothing else ends so");
      refused_ = 0;
      return;
    case ErrorKind::cancelled:
    case ErrorKind::closed:
      return;  // the ledger's
    case ErrorKind::authentication:
    case ErrorKind::tls:
    case ErrorKind::protocol:
      return may(gave_up, "what waits ends with its line only when that is lost for good");
    default:
      return run_.broke("a message ends as messages may", which());
  }
}

// The line has been lost with a part of it out.
void WebSocketProcess::judge_loss(const Request& request, const Sent& sent, const Error& error) {
  const auto which = [&] { return name_of(request) + ": " + std::string(error.message()); };
  run_.check(client_->state() != LinkState::ready && !request.taken,
             "only what was being sent ends with its line", which);
  if (sent.source != nullptr) {
    run_.check(sent.source->begun() && !sent.source->rewinds(),
               "what can begin again does not end with its line", which);
  } else {
    run_.check(sent.on_loss == OnLoss::fail && line_.broken_off(request),
               "only what broke off, and is not to be sent again, ends with its line", which);
  }
}

void WebSocketProcess::end(Request& request, const Error& error) {
  ledger().ended(request.number, Outcome{request.handle, error, {}});
  forget(request.number);
}

void WebSocketProcess::forget(std::uint64_t number) {
  const auto found = sent_.find(number);
  if (found == sent_.end()) return;
  if (found->second.source != nullptr) found->second.source->end();
  if (found->second.posted) std::erase(posted_, number);
  sent_.erase(found);
}

// Nobody is told of these: their end is what the line shows.
void WebSocketProcess::settle_posted() {
  for (std::size_t i = posted_.size(); i-- > 0;) {
    const std::uint64_t number = posted_[i];
    Request& request = *ledger().find(number);
    if (request.taken) {
      end(request, request.cancelled ? Error(ErrorKind::cancelled, "cancelled") : Error{});
    } else if (run_.world.now() >= request.deadline && !line_.offered(request)) {
      server_.never_arrives(number);
      const ErrorKind kind = request.cancelled ? ErrorKind::cancelled : ErrorKind::timeout;
      end(request, Error(kind, "its deadline passed"));
    }
  }
}

void WebSocketProcess::refused(const std::vector<std::uint64_t>&) {
  refused_ = 0;
  refused_line_ = line_.line();
  for (const std::uint64_t number : ledger().open()) {
    const Request& request = *ledger().find(number);
    if (line_.broken_off(request) && !request.cancelled) refused_ = number;
  }
  // In a pause it is read when a write has failed, and found afterwards.
  if (!paused_) find_refusal();
}

void WebSocketProcess::find_refusal() {
  const auto found = sent_.find(refused_);
  if (found == sent_.end() || refused_line_ != line_.line()) return;
  found->second.broken_off = true;
  Request& request = *ledger().find(refused_);
  if (!found->second.posted) request.due = std::min(request.due, run_.world.now());
  ledger().due_changed();
}

// What broke off ends, what had not begun waits for the next line.
void WebSocketProcess::lose_line() {
  if (paused_) refused_ = 0;  // what the peer said is never heard
  for (const std::uint64_t number : std::vector(ledger().open())) {
    Request& request = *ledger().find(number);
    Sent& sent = sent_.at(number);
    if (!line_.offered(request) || request.taken) continue;
    const bool broken = line_.broken_off(request) && sent.source == nullptr && sent.on_loss == OnLoss::fail;
    const bool stays = sent.source != nullptr && sent.source->begun() && !sent.source->rewinds();
    sent.broken_off = sent.broken_off || broken || stays;
    if (!sent.posted) {
      const bool over = sent.broken_off || request.cancelled;
      request.due = over ? run_.world.now() : std::max(run_.world.now(), request.deadline);
    } else if (request.cancelled) {
      end(request, Error(ErrorKind::cancelled, "cancelled"));
    } else if (sent.broken_off) {
      server_.never_arrives(number);
      end(request, Error(ErrorKind::connection, "broken off"));
    } else {
      request.line = 0;
    }
  }
  ledger().due_changed();
}

void WebSocketProcess::on_state(LinkState state) {
  run_.check(client_ != nullptr || state == LinkState::connecting,
             "nothing is called once the client is destroyed", [&] { return std::string(to_string(state)); });
  if (state != LinkState::waiting && state != LinkState::closed) return;
  if (std::exchange(line_open_, false)) look_at_goodbye();
  if (state == LinkState::waiting) return lose_line();
  for (const std::uint64_t number : std::vector(ledger().open())) {
    Request& request = *ledger().find(number);
    const ErrorKind kind = request.cancelled ? ErrorKind::cancelled : ErrorKind::connection;
    if (sent_.at(number).posted) end(request, Error(kind, "gone for good"));
  }
}

// ---- how the line ended

void WebSocketProcess::look_at_goodbye() {
  WebSocketServer::Record& record = server_.record(hearing_.wire);
  const websocket::PeerClose close = client_->peer_close();
  const auto& goodbye = record.goodbye;
  const auto words = [&] {
    return std::to_string(close.code) + " " + std::string(close.reason) + ", the peer said " +
           (goodbye ? std::to_string(goodbye->code) + " " + goodbye->reason : "nothing");
  };
  const auto code = static_cast<std::uint16_t>(goodbye && goodbye->code == 0 ? 1005
                                               : goodbye                     ? goodbye->code
                                                                             : 0);
  run_.check(close.code == 0 || (goodbye && close.code == code && stages_.goodbye() == code),
             "the code that is told is the one that the peer closed this line with", words);
  if (close.code != 0 && goodbye) {
    run_.check(goodbye->gossips || close.reason == goodbye->reason, "the peer's words are told as they came",
               words);
  }
  const Error& error = client_->last_error();
  const bool told = error.layer() == Layer::websocket && code != 0 && error.layer_code() == code;
  run_.check(!told || ledger().is_closing() || close.code == code, "that the peer closed the line is told",
             words);
  const bool said = client_->peer_said_goodbye();
  run_.check(!said || line_.heard_goodbye(), "a goodbye that nobody said is not told", words);
  run_.check(said || close.code == 0, "who closed has said goodbye", words);
  // It answered ours: it has read all that went before.
  if (!said || goodbye) return;
  for (const std::uint64_t number : record.coming) {
    const Request* request = ledger().find(number);
    run_.check(request == nullptr || !request->taken || request->line != line_.line(),
               "a peer that answers our goodbye has read what went before it",
               [&] { return name_of(*request); });
  }
}

}  // namespace kedge::rig

#include "btp_process.hpp"

#include <algorithm>

// What came of a client's packets, against what passed on its lines.

namespace kedge::rig {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t told_max = 32;
constexpr std::size_t head_bytes = 5;
constexpr std::uint8_t binary = 2;
constexpr std::int32_t message_too_big = 1009;

std::uint32_t id_in(std::string_view message) {
  std::uint32_t id = 0;
  for (const char c : message.substr(1, 4)) id = id << 8U | static_cast<unsigned char>(c);
  return id;
}

}  // namespace

BtpProcess::Passage& BtpProcess::passage() {
  if (passage_.line != line_.line()) {
    passage_ = {};
    passage_.line = line_.line();
  }
  return passage_;
}

// What arrives now is dealt with in the same step.
bool BtpProcess::attends() {
  return client_->state() == LinkState::ready && line_.open() && !ledger().is_closing();
}

// Their ends are settled: they are told at the next turn.
void BtpProcess::settle_now() {
  for (const std::uint64_t number : ledger().open()) {
    Request& request = *ledger().find(number);
    request.due = std::min(request.due, run_.world.now());
  }
  ledger().due_changed();
}

void BtpProcess::on_state(LinkState state) {
  if (state == LinkState::ready || state == LinkState::closing || ledger().open().empty()) return;
  if (!ledger().is_closing()) lost_.insert(ledger().open().begin(), ledger().open().end());
  settle_now();
}

void BtpProcess::close_client() {
  settle_now();
  ClientActor::close_client();
}

// ---- what the client writes

Interpreter::Meaning BtpProcess::read(std::string_view begin, const std::vector<Request*>&) {
  Passage& here = passage();
  if (begin.size() < head_bytes) {
    run_.broke("a message begins with its head", hex(begin));
    return {};
  }
  const auto type = static_cast<BtpMessage::Type>(begin[0]);
  const std::uint32_t id = id_in(begin);
  const auto which = [&] { return hex(begin.substr(0, 40)); };
  if (!std::exchange(here.begun, true)) {
    run_.check(type == BtpMessage::Type::message && id != 0 && BtpConnector::number_in(begin) == 0,
               "a line begins with who we are", which);
    here.auth_id = id;
    return {Whose::own, 0};
  }
  run_.check(here.authenticated, "nothing is sent before the peer has accepted us", which);
  if (type == BtpMessage::Type::message) return read_packet(id, begin);
  if (type == BtpMessage::Type::response && server_.client_answers()) {
    run_.check(!here.answers.empty() && here.answers.front() == id,
               "what the user answers on this line goes out on it, in order", which);
    if (!here.answers.empty()) here.answers.pop_front();
    return {};
  }
  const auto owed = std::find_if(here.owed.begin(), here.owed.end(),
                                 [&](const Owed& one) { return one.type == type && one.id == id; });
  run_.check(owed != here.owed.end(), "the client itself answers what it has to, once", which);
  if (owed != here.owed.end()) here.owed.erase(owed);
  return {Whose::own, 0};
}

Interpreter::Meaning BtpProcess::read_packet(std::uint32_t id, std::string_view begin) {
  const std::uint64_t number = BtpConnector::number_in(begin);
  const auto which = [&] { return "request " + std::to_string(number) + ", id " + std::to_string(id); };
  run_.check(id != 0, "no id is 0", which);
  for (const std::uint64_t other : ledger().open()) {
    const Request& request = *ledger().find(other);
    const bool pending = line_.offered(request) && !request.cancelled && request.due > run_.world.now();
    run_.check(other == number || !pending || ids_[other] != id, "no id is one that is still pending", which);
  }
  if (last_id_ > 0xFFFFFF00U && id < 0x100U) run_.count(Fault::ids_around);
  ids_[number] = last_id_ = id;
  run_.check(lines_[number] == line_.line(), "a packet goes out on the line it was asked for on", which);
  return {Whose::request, number};
}

// ---- what it reads

void BtpProcess::heard(std::uint8_t opcode, std::string_view bytes, bool open) {
  Passage& here = passage();
  if (!open || !here.begun || here.refused) return;
  const bool large = bytes.size() > plan().limits.inbound_message_bytes_max;
  if (large && opcode == binary) return heard_large(here, bytes);
  const auto message = opcode == binary ? server_.codec().read(bytes) : std::nullopt;
  if (!message && here.authenticated && !large) return heard_unreadable(bytes);
  if (!message) {
    // What cannot be read is no answer to who we are.
    here.refused = here.refused || (opcode == binary && !here.authenticated);
    return;
  }
  const bool answer = message->type == BtpMessage::Type::response || message->type == BtpMessage::Type::error;
  if (!here.authenticated) {
    const bool error = message->type == BtpMessage::Type::error;
    // An ERROR of no request: the connector did not understand who we are.
    if (!answer || (message->id != here.auth_id && !(error && message->id == 0))) return;
    (error ? here.refused : here.authenticated) = true;
    return;
  }
  answer ? heard_answer(*message) : heard_question(here, *message);
}

void BtpProcess::heard_question(Passage& here, const BtpMessage& message) {
  const auto packet = server_.codec().read_packet(message.packet);
  const bool asks =
      message.type == BtpMessage::Type::message && packet && packet->kind == IlpPacket::Kind::prepare;
  if (asks && server_.client_answers()) {
    here.untold.push_back({message.id, *packet});
  } else {
    owe(here, asks ? BtpMessage::Type::response : BtpMessage::Type::error, message.id);
  }
}

// An answer whose head can be read ends its packet, whatever follows.
void BtpProcess::heard_unreadable(std::string_view bytes) {
  if (bytes.size() < head_bytes) return;
  const auto type = static_cast<BtpMessage::Type>(bytes[0]);
  if (type != BtpMessage::Type::response && type != BtpMessage::Type::error) return;
  if (Expected* expected = expect_answer(id_in(bytes))) {
    run_.count(Fault::unreadable_answer);
    expected->kind = ErrorKind::protocol;
  }
}

void BtpProcess::owe(Passage& here, BtpMessage::Type type, std::uint32_t id) {
  // Of more than it has room for at once it leaves some out.
  const bool room = here.owed.size() + 1 < plan().limits.reserved_messages_max;
  here.owed.push_back({type, id, room && run_.is_calm() ? run_.world.now() : never});
}

// Whom a message concerns that the client cannot keep, stands at its beginning.
void BtpProcess::heard_large(Passage& here, std::string_view bytes) {
  const auto type = static_cast<BtpMessage::Type>(bytes[0]);
  if (!here.authenticated) return;
  if (type == BtpMessage::Type::response || type == BtpMessage::Type::error) {
    if (Expected* expected = expect_answer(id_in(bytes))) expected->kind = ErrorKind::too_large;
  } else if (type == BtpMessage::Type::message ||
             (type == BtpMessage::Type::transfer && server_.codec().dialect() == btp::Dialect::btp2)) {
    owe(here, BtpMessage::Type::error, id_in(bytes));
  }
}

// The first answer to a packet that has left, and that nobody has cancelled, ends it. Null: there is no such
// packet.
BtpProcess::Expected* BtpProcess::expect_answer(std::uint32_t id) {
  for (const std::uint64_t number : ledger().open()) {
    const Request& request = *ledger().find(number);
    const auto known = ids_.find(number);
    if (known == ids_.end() || known->second != id || !line_.offered(request) || !request.taken) continue;
    if (request.cancelled || expected_.contains(number)) continue;
    answered_.push_back(number);
    Expected& expected = expected_[number];
    expected.number = number;
    return &expected;
  }
  return nullptr;
}

void BtpProcess::heard_answer(const BtpMessage& message) {
  Expected* expected = expect_answer(message.id);
  if (expected == nullptr) return;
  if (message.type == BtpMessage::Type::error) {
    expected->kind = ErrorKind::remote;
    expected->code = message.code;
    expected->name = message.name;
    return;
  }
  const auto packet = server_.codec().read_packet(message.packet);
  const std::string& condition = server_.prepared(expected->number).hash;
  const bool fulfils =
      packet && packet->kind == IlpPacket::Kind::fulfill && sha256(packet->hash) == condition;
  const bool rejects = packet && packet->kind == IlpPacket::Kind::reject;
  expected->kind = fulfils || rejects ? ErrorKind::none : ErrorKind::protocol;
  if (expected->kind == ErrorKind::none) expected->packet = *packet;
}

void BtpProcess::told(const btp::IncomingPacket& packet) {
  Passage& here = passage();
  const auto which = [&] { return "id " + std::to_string(packet.id.request); };
  run_.check(!ledger().is_closing(), "a closed client tells of no packet", which);
  const bool expected = !here.untold.empty() && here.untold.front().id == packet.id.request &&
                        here.untold.front().packet == value_of(packet.prepare);
  run_.check(expected, "the handler is told of each packet once, in order, as it came", which);
  if (!here.untold.empty()) here.untold.pop_front();
  const Told told{packet.id, line_.line()};
  told_.push_back(told);
  if (told_.size() > told_max) told_.pop_front();
  if (run_.rng.chance(500)) answer(told);
  if (run_.mishap(30)) answer(told);
  if (run_.mishap(100)) call_back();
}

// ---- how packets end

void BtpProcess::completed(std::uint64_t number, const btp::PacketOutcome& outcome) {
  ledger().ended(number, Outcome{outcome.request, outcome.error, {}});
  if (const Request* request = ledger().find(number)) {
    judge(*request, outcome);
    ledger().judge_may_have_run(*request, outcome.error);
  }
  if (run_.mishap(100)) call_back();
}

bool BtpProcess::is_as_expected(std::uint64_t number, const btp::PacketOutcome& outcome) const {
  const auto found = expected_.find(number);
  if (found == expected_.end() || found->second.kind != outcome.error.kind()) return false;
  const Expected& expected = found->second;
  if (expected.kind == ErrorKind::remote) {
    return outcome.error.message().find(expected.code) != std::string_view::npos &&
           outcome.error.message().find(expected.name) != std::string_view::npos;
  }
  if (expected.kind != ErrorKind::none) return true;
  const auto* fulfill = outcome.fulfill();
  const auto* reject = outcome.reject();
  return (fulfill != nullptr && value_of(*fulfill) == expected.packet) ||
         (reject != nullptr && value_of(*reject) == expected.packet);
}

void BtpProcess::judge(const Request& request, const btp::PacketOutcome& outcome) {
  const std::uint64_t number = request.number;
  const bool late = run_.world.now() >= request.deadline;
  const ErrorKind kind = outcome.error.kind();
  const auto which = [&] {
    return "request " + std::to_string(number) + ": " + std::string(outcome.error.message());
  };
  const auto may = [&](bool allowed, const char* rule) { run_.check(allowed, rule, which); };
  if (lost_.contains(number)) {
    may(kind == ErrorKind::connection || request.cancelled || (kind == ErrorKind::timeout && late) ||
            outcome.error.layer_code() == message_too_big,
        "what is pending when the line is lost ends with `connection`");
  }
  may(!outcome.error.may_have_run() || request.line != 0,
      "what has never left is not said to have been acted on");
  switch (kind) {
    case ErrorKind::none:
      if (outcome.fulfill() != nullptr) {
        may(sha256(value_of(*outcome.fulfill()).hash) == server_.prepared(number).hash,
            "a FULFILL is told only to the packet whose condition it opens");
      }
      return may(is_as_expected(number, outcome), "an answer is what the peer said to this packet");
    case ErrorKind::remote:
      return may(is_as_expected(number, outcome), "a failure at the peer is told by its code and name");
    case ErrorKind::protocol:
      return may(is_as_expected(number, outcome), "only what is no answer is a breach of the protocol");
    case ErrorKind::too_large:
      if (outcome.error.layer_code() == message_too_big) {
        may(refusals_ != 0, "a close with 1009 ends one packet, and nothing else ends so");
        refusals_ -= refusals_ != 0 ? 1U : 0U;
        return;
      }
      return may(is_as_expected(number, outcome), "only what is too large is told to be so");
    case ErrorKind::connection:
      return may(client_->state() != LinkState::ready || lines_[number] != line_.line(),
                 "only what is on a lost line ends with `connection`");
    case ErrorKind::timeout:
      return may(late, "no deadline passes early");
    case ErrorKind::cancelled:
    case ErrorKind::closed:
      return;  // the ledger's
    default:
      return run_.broke("a packet ends as packets may", which());
  }
}

// One of them ends as too large; all others as on any line that is lost.
void BtpProcess::refused(const std::vector<std::uint64_t>&) {
  ++refusals_;
}

// ---- after each step

void BtpProcess::watch() {
  Actor::watch();
  const std::vector<std::uint64_t> answered = std::exchange(answered_, {});
  Passage& here = passage();
  if (!attends()) {
    here.untold.clear();
    return;
  }
  run_.check(here.untold.empty(), "the handler is told of each packet that comes",
             [&] { return "id " + std::to_string(here.untold.front().id); });
  for (const std::uint64_t number : answered) {
    const Request& request = *ledger().find(number);
    // A handler of an answer before it may have cancelled it.
    run_.check(request.ended || request.cancelled, "an answer that arrives completes its packet",
               [&] { return "request " + std::to_string(number); });
  }
}

void BtpProcess::watch_calm(Instant since) {
  Actor::watch_calm(since);
  for (const Owed& owed : passage().owed) {
    run_.check(owed.since == never || run_.world.now() <= after(owed.since, 15s),
               "what the client itself has to answer it answers",
               [&] { return "id " + std::to_string(owed.id); });
  }
}

void BtpProcess::expect_idle() {
  const Statistics now = client_->statistics();
  run_.check(
      now.pending == 0 && now.queued == 0 && now.queued_bytes == 0, "pools and rings are empty when idle",
      [&] { return std::to_string(now.pending) + " pending, " + std::to_string(now.queued) + " queued"; });
  // Whole: as much fits in as ever. Nothing is sent meanwhile, as the loop does not turn.
  const auto in_blocks = [&](std::size_t bytes) {
    return (bytes + plan().limits.outbound_block_bytes - 1) / plan().limits.outbound_block_bytes;
  };
  std::size_t blocks = in_blocks(plan().limits.outbound_bytes);
  for (std::size_t taken = 0; !run_.broken(); ++taken) {
    const std::uint64_t number = ledger().next_number();
    const bool sent = send(0, 1min);
    const std::size_t needed = in_blocks(message_bytes(server_.prepared(number)));
    const bool fits =
        taken < plan().limits.pending_max && taken < plan().limits.outbound_messages_max && needed <= blocks;
    run_.check(sent == fits, "pools and rings are whole when idle", [&] {
      return "packet " + std::to_string(taken + 1) + (sent ? " fits" : " does not fit") + ", " +
             std::to_string(blocks) + " blocks left";
    });
    if (!sent) break;
    blocks -= needed;
  }
  cancel_all();
}

}  // namespace kedge::rig

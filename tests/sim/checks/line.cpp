#include "line.hpp"

#include <algorithm>

namespace kedge::rig {

// What the line before did not take whole, and what is kept, waits again in its old place.
void LineCheck::back_to_the_queue() {
  for (const std::uint64_t number : ledger_.open()) {
    Request& request = *ledger_.find(number);
    if (request.kept) request.taken = false;
    if (request.until_begun && !request.taken) request.due = request.deadline;
  }
  ledger_.due_changed();
}

void LineCheck::resumed() {
  paused_ = pinged_ = false;
  heard_ = run_.world.now();
}

void LineCheck::on_line() {
  ++line_;
  back_to_the_queue();
  paused_ = blocked_ = upgraded_ = closing_ = close_sent_ = heard_goodbye_ = given_up_ = pinged_ =
      in_message_ = false;
  number_ = 0;
  sent_.clear();
  begin_ = accepted_ = 0;
  message_.clear();
  pings_.clear();
}

bool LineCheck::ping_is_due() const {
  return keepalive_.interval > Duration::zero() && !pinged_ && !paused_ &&
         run_.world.now() >= after(heard_, keepalive_.interval);
}

void LineCheck::on_offered(std::span<const Frame> frames) {
  if (frames.empty()) return;
  const bool ping_due = ping_is_due() && !closing_;
  bool pinged = false;
  bool data = false;
  bool closed = false;
  user_message_seen_ = false;
  for (const Frame& frame : frames) {
    run_.check(!close_sent_, "nothing is sent behind a close frame",
               [&] { return "opcode " + std::to_string(frame.opcode); });
    look_at_mask_key(frame.mask_key);
    if (frame.control()) {
      // What was queued before the peer said goodbye still goes out ahead of our own.
      run_.check(!data || frame.opcode == 8, "control frames go before messages",
                 [&] { return "opcode " + std::to_string(frame.opcode); });
      pinged = pinged || frame.opcode == 9;
      if (frame.opcode == 9) ++seen_.pings;
      if (frame.opcode == 10) look_at_pong(frame.payload);
      if (frame.opcode == 8) closed = closing_ = close_sent_ = true;
      continue;
    }
    data = true;
    run_.check((frame.opcode == 0) == in_message_, "fragments of a message follow each other",
               [&] { return "opcode " + std::to_string(frame.opcode); });
    if (frame.opcode != 0) begin_message(frame);
    if (frame.opcode != 0) begin_ = frame.end - frame.payload.size();
    message_bytes_ = (frame.opcode != 0 ? 0 : message_bytes_) + frame.payload.size();
    const Request* counted = ledger_.find(number_);
    const bool streamed = counted != nullptr && counted->streamed;
    if (frame.fin) {
      ++seen_.messages_out;
      if (!streamed) seen_.message_bytes_out += message_bytes_;
    }
    if (streamed) seen_.message_bytes_out += frame.payload.size();
    in_message_ = !frame.fin;
    if (Request* request = ledger_.find(number_)) {
      request->bytes = message_bytes_;
      request->begin = frame.end - message_bytes_;
    }
    if (frame.fin) sent_.push_back({begin_, frame.end, std::exchange(number_, 0), frame.opcode == 0});
  }
  run_.check(!pinged || !pinged_, "one ping is asked at a time", [] { return std::string("a second one"); });
  run_.check(!ping_due || pinged || closed || !upgraded_, "a ping is written within one write of falling due",
             [&] { return "heard " + moment(run_, heard_); });
  run_.check(!data || pings_.empty() || paused_ || closing_, "a pong is written within one write of its ping",
             [&] { return std::to_string(pings_.size()) + " pings without one"; });
  pinged_ = pinged_ || pinged;
}

// Two random keys may be the same, three hardly (RFC 6455 section 5.3: unpredictable).
void LineCheck::look_at_mask_key(std::uint32_t key) {
  const bool again = key == 0 || std::ranges::find(keys_, key) != keys_.end();
  keys_again_ = again ? keys_again_ + 1 : 0;
  keys_[key_next_++ % keys_.size()] = key;
  run_.check(keys_again_ < 2, "each frame has a mask key of its own", [&] {
    return "the key " + std::to_string(key) + " after " + std::to_string(key_next_) + " frames";
  });
}

// Of several pings only the last need be answered (RFC 6455 section 5.5.3).
void LineCheck::look_at_pong(const std::string& payload) {
  const auto ping = std::ranges::find(pings_, payload);
  if (ping == pings_.end()) return run_.broke("a pong carries its ping's payload", payload);
  pings_.erase(pings_.begin(), ping + 1);
}

std::vector<Request*> LineCheck::waiting() {
  std::vector<Request*> waiting;
  const Instant now = run_.world.now();
  for (const std::uint64_t number : ledger_.open()) {
    Request* request = ledger_.find(number);
    if (waits(*request) && request->due > now) waiting.push_back(request);
  }
  std::sort(waiting.begin(), waiting.end(), [](const Request* a, const Request* b) {
    return a->priority != b->priority ? a->priority < b->priority : a->number < b->number;
  });
  return waiting;
}

void LineCheck::begin_message(const Frame& frame) {
  if (ledger_.is_closing()) return;
  const std::vector<Request*> expected = waiting();
  const Interpreter::Meaning meaning = interpreter_.read(frame.payload, expected);
  if (meaning.whose == Interpreter::Whose::own) {
    run_.check(!user_message_seen_, "the protocol's own messages go before the user's",
               [&] { return frame.payload.substr(0, 80); });
    return;
  }
  user_message_seen_ = true;
  if (meaning.whose != Interpreter::Whose::request) return;
  number_ = meaning.number;
  Request* request = ledger_.find(meaning.number);
  const auto which = [&] { return "request " + std::to_string(meaning.number); };
  if (request == nullptr) return run_.broke("only what was asked is sent", which());
  run_.check(!request->taken && !offered(*request), "no request is sent twice", which);
  run_.check(!request->ended && !request->cancelled, "what has ended is not sent", which);
  run_.check(request->deadline > run_.world.now(), "what is past its deadline is not sent", which);
  run_.check(!expected.empty() && expected.front() == request,
             "the oldest of the highest priority goes first", [&] {
               return which() + " went before " +
                      (expected.empty() ? "nothing" : "request " + std::to_string(expected.front()->number));
             });
  request->line = line_;
  if (request->until_begun) {
    request->due = never;
    ledger_.due_changed();
  }
}

void LineCheck::on_accepted(std::uint64_t position, bool whole) {
  blocked_ = !whole;
  accepted_ = position;
  std::size_t count = 0;
  for (; count < sent_.size() && sent_[count].end <= position; ++count) {
    if (Request* request = ledger_.find(sent_[count].number)) request->taken = true;
  }
  sent_.erase(sent_.begin(), sent_.begin() + static_cast<std::ptrdiff_t>(count));
}

void LineCheck::on_heard(std::size_t) {
  heard_ = run_.world.now();
  pinged_ = false;
}

void LineCheck::on_frame(const Frame& frame) {
  if (frame.opcode == 8) {
    if (frame.payload.starts_with("\x03\xF1") && upgraded_ && !closing_ && !ledger_.is_closing())
      interpreter_.refused(refusable());
    closing_ = heard_goodbye_ = true;
  }
  if (frame.opcode == 9 && !closing_) pings_.push_back(frame.payload);
  if (frame.control()) return;
  if (frame.opcode != 0) opcode_ = frame.opcode;
  message_ += frame.payload;
  if (!frame.fin) return;
  interpreter_.heard(opcode_, message_, open() && !ledger_.is_closing());
  message_.clear();
}

std::vector<std::uint64_t> LineCheck::refusable() {
  // The one that the stream has some of and not all.
  const Sent at = sent_.empty() ? Sent{begin_, 0, in_message_ ? number_ : 0, true} : sent_.front();
  const bool written = at.number != 0 && at.begin < accepted_;
  if (written && !at.in_pieces) return {at.number};
  std::vector<std::uint64_t> largest;
  std::uint64_t bytes = 0;
  for (const std::uint64_t number : ledger_.open()) {
    const Request& request = *ledger_.find(number);
    if (!request.ordered) return {};  // it cannot be told from the protocol's own
    if (!request.taken || !offered(request) || request.bytes < bytes) continue;
    if (request.bytes > bytes) largest.clear();
    bytes = request.bytes;
    largest.push_back(number);
  }
  // Of pieces the client knows the end of the last alone, and takes the first bytes for none.
  if (written) largest.push_back(at.number);
  return largest;
}

void LineCheck::watch() {
  if (!open() || paused_ || keepalive_.interval <= Duration::zero()) return;
  const Duration longest = keepalive_.interval + keepalive_.timeout + 2 * late_;
  run_.check(run_.world.now() <= after(heard_, longest),
             "a dead peer is noticed within the ping's interval and timeout",
             [&] { return "heard " + moment(run_, heard_); });
}

void LineCheck::watch_queue(Instant since) {
  if (!open() || blocked_) return;
  const Duration turn = late_ + std::chrono::seconds{1};
  for (const std::uint64_t number : ledger_.open()) {
    const Request& request = *ledger_.find(number);
    run_.check(!waits(request) || run_.world.now() <= after(std::max(since, request.asked), turn),
               "a line that is ready, and not held back, sends what waits", [&] {
                 return "request " + std::to_string(number) + ", asked " + moment(run_, request.asked);
               });
  }
}

}  // namespace kedge::rig

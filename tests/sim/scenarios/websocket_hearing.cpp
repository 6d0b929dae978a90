#include "websocket_process.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>

// What a client is told, against what the server said.

namespace kedge::rig {

using namespace std::chrono_literals;

void WebSocketProcess::opened(const Opened& opened) {
  const std::uint64_t wire =
      std::strtoull(std::string(opened.header(WebSocketServer::wire_header)).c_str(), nullptr, 10);
  run_.check(client_ != nullptr && wire != hearing_.wire, "a line is told of once",
             [&] { return "connection " + std::to_string(wire); });
  hearing_ = {};
  hearing_.wire = wire;
  line_open_ = true;
  if (goodbye_) server_.record(wire).allowed.insert(*goodbye_);
  const std::string& chosen = server_.record(wire).subprotocol;
  run_.check(opened.subprotocol == chosen && client_->subprotocol() == chosen,
             "the subprotocol is the one that the server chose",
             [&] { return std::string(opened.subprotocol); });
  if (paused_) {
    line_.paused();
    stages_.paused();
  }
  if (run_.mishap(30)) call_back();
}

// ---- what it is told

void WebSocketProcess::may_hear() {
  const auto words = [&] { return std::string(to_string(life().state())); };
  run_.check(client_ != nullptr, "nothing is called once the client is destroyed", words);
  run_.check(!paused_, "nothing is handed up while reading is paused", words);
  run_.check(life().state() == LinkState::ready, "nothing is handed up without a line", words);
}

// The message that comes next on this line; null: there is none.
const WebSocketServer::Said* WebSocketProcess::next_said(MessageType type) {
  const WebSocketServer::Record& record = server_.record(hearing_.wire);
  const auto words = [&] {
    return "message " + std::to_string(hearing_.told + 1) + " of " + std::to_string(record.said.size()) +
           " on connection " + std::to_string(hearing_.wire);
  };
  run_.check(hearing_.told < record.said.size(), "only what was said is handed up", words);
  run_.check(!record.spoiled || hearing_.told < *record.spoiled,
             "nothing is handed up behind what breaks the rules", words);
  if (run_.broken()) return nullptr;
  const WebSocketServer::Said& said = record.said[hearing_.told];
  run_.check(said.type == type, "a message is handed up as what it is", words);
  return &said;
}

void WebSocketProcess::told(MessageType type, std::string_view bytes) {
  may_hear();
  const auto words = [&] {
    return std::to_string(bytes.size()) + " bytes, message " + std::to_string(hearing_.told + 1) +
           " on connection " + std::to_string(hearing_.wire);
  };
  run_.check(bytes.size() <= plan().limits.inbound_message_bytes_max, "no message is larger than the limit",
             words);
  run_.check(!hearing_.in_pieces, "no message comes between the pieces of another", words);
  const WebSocketServer::Said* said = next_said(type);
  if (said == nullptr) return;
  run_.check(bytes == message_body(said->number, type, said->bytes), "a message is handed up byte for byte",
             words);
  ++hearing_.told;
  if (run_.mishap(50)) call_back();
}

void WebSocketProcess::told_piece(const websocket::Piece& piece) {
  may_hear();
  const std::string_view bytes(reinterpret_cast<const char*>(piece.bytes.data()), piece.bytes.size());
  const auto words = [&] {
    return std::to_string(bytes.size()) + " bytes after " + std::to_string(hearing_.piece_at) + ", message " +
           std::to_string(hearing_.told + 1) + " on connection " + std::to_string(hearing_.wire);
  };
  run_.check(piece.first == !hearing_.in_pieces, "pieces come from a first one to a last one", words);
  const WebSocketServer::Said* said = next_said(piece.type);
  if (said == nullptr) return;
  if (piece.first) {
    hearing_.body = message_body(said->number, said->type, said->bytes);
    hearing_.piece_at = 0;
    run_.check(said->bytes > plan().limits.inbound_message_bytes_max,
               "only what is larger than the limit comes in pieces", words);
  }
  const std::string_view whole = hearing_.body;
  const bool fits = hearing_.piece_at + bytes.size() <= whole.size();
  run_.check(fits && whole.substr(hearing_.piece_at, bytes.size()) == bytes, "pieces come byte for byte",
             words);
  if (run_.broken()) return;
  hearing_.piece_at += bytes.size();
  hearing_.in_pieces = !piece.last;
  run_.check(!piece.last || hearing_.piece_at == whole.size(), "the last piece is the message's end", words);
  if (piece.last) ++hearing_.told;
  if (run_.mishap(30)) call_back();
}

void WebSocketProcess::told_discarded(MessageType type, std::uint64_t bytes) {
  may_hear();
  const auto words = [&] { return std::to_string(bytes) + " bytes"; };
  run_.check(!takes_pieces_ && bytes > plan().limits.inbound_message_bytes_max,
             "only what is too large, and nobody takes in pieces, is discarded", words);
  const WebSocketServer::Said* said = next_said(type);
  if (said == nullptr) return;
  run_.check(said->bytes == bytes, "what is discarded is told with its size", words);
  ++hearing_.told;
}

// ---- what it must be told

void WebSocketProcess::heard(std::uint8_t opcode, std::string_view, bool open) {
  if (heard_line_ != line_.line()) heard_ = 0;
  heard_line_ = line_.line();
  if (open && (opcode == 1 || opcode == 2)) ++heard_;
}

void WebSocketProcess::watch() {
  settle_posted();
  Actor::watch();
  if (run_.is_calm()) (void)refill_sources();
  if (paused_ && (run_.is_calm() || run_.world.now() >= resume_at_)) resume();
  const bool attends =
      life().state() == LinkState::ready && line_.open() && !ledger().is_closing() && !paused_;
  if (!attends || heard_line_ != line_.line() || server_.record(hearing_.wire).spoiled) return;
  // What has waited for the end of a pause comes on the turns after that.
  if (run_.world.now() <= after(resumed_at_, 2s)) return;
  run_.check(hearing_.told >= heard_, "what has come is handed up in the same step", [&] {
    return std::to_string(heard_) + " messages came, " + std::to_string(hearing_.told) + " were handed up";
  });
}

// A source that fails yet has ended the line that was there.
void WebSocketProcess::watch_calm(Instant since) {
  Actor::watch_calm(std::max(since, life().ready_at()));
}

void WebSocketProcess::expect_all_heard() {
  run_.check(hearing_.told == server_.said_whole(hearing_.wire) && !hearing_.in_pieces,
             "all that the server said on a line that stands is handed up", [&] {
               return std::to_string(hearing_.told) + " of " +
                      std::to_string(server_.said_whole(hearing_.wire)) + " messages";
             });
  const auto& coming = server_.record(hearing_.wire).coming;
  run_.check(coming.empty(), "all that was sent on a line that stands arrives",
             [&] { return "request " + std::to_string(coming.front()) + " does not"; });
}

}  // namespace kedge::rig

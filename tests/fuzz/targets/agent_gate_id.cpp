// Whose answer a message is that may be no JSON: found in pieces of any size, and in JSON as its reader finds
// it.
#include "protocol/agent_gate/id_scanner.hpp"

#include "../fuzz.hpp"

using namespace kedge;
using namespace kedge::fuzz;
using agent_gate::IdScanner;
using agent_gate::ReplyId;

namespace {

struct Found {
  ReplyId::Kind kind;
  std::uint64_t number;
  std::string text;
  friend bool operator==(const Found&, const Found&) = default;
};

Found scan(std::string_view message, std::uint8_t cut) {
  IdScanner scanner;
  scanner.feed("{\"id\":5,\"of an earlier");
  scanner.start();
  Cuts cuts(cut, message);
  do {
    const Exact piece = cuts.next();
    scanner.feed(piece.text());
  } while (!cuts.done());
  PROMISE(scanner.bytes() == message.size(), "all bytes are counted");
  const ReplyId id = scanner.id();
  PROMISE(id.kind == ReplyId::Kind::number || id.number == 0, "what is no number has none");
  return {id.kind, id.number, std::string(id.text)};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const std::uint8_t cut = input.byte();
  const Exact message(input.rest());
  const Found whole = scan(message.text(), 0);
  PROMISE(scan(message.text(), cut) == whole, "pieces have the same id");
  // What was told stands: a message cut off has the id of the whole, none yet, or one that a second makes
  // void.
  const Found part = scan(message.text().substr(0, message.text().size() * cut / 256U), 0);
  PROMISE(part == whole || part.kind == ReplyId::Kind::missing || whole.kind == ReplyId::Kind::other,
          "an id is told whole or not at all");
  const auto reply = agent_gate::read_reply(message.text(), 255);
  if (!reply) return 0;
  PROMISE(whole.kind == reply->id.kind && whole.number == reply->id.number,
          "an answer has the id that its reader finds");
  // Longer texts are nobody's id.
  PROMISE(whole.text == reply->id.text || (whole.text.empty() && reply->id.text.size() > 40),
          "a text as it stands there");
  return 0;
}

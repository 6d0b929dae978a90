// The pull reader: in pieces it says what it says of the whole, and it accepts what the grammar accepts.
#include <kedge/json.hpp>

#include "../fuzz.hpp"
#include "../reference_json.hpp"

using namespace kedge;
using namespace kedge::fuzz;
using json::Token;

namespace {

/// A token with its parts joined.
struct Seen {
  Token token;
  std::string raw;
  std::uint8_t depth;
  std::uint64_t begin;
  std::uint64_t end;
  friend bool operator==(const Seen&, const Seen&) = default;
};

struct Reading {
  std::vector<Seen> tokens;
  Error error;
  bool ended = false;
  std::vector<std::size_t> split_numbers;  // indices of tokens
};

void take(json::Reader& reader, Token token, std::uint8_t depth_max, Reading& reading) {
  const bool text = token == Token::key || token == Token::string;
  PROMISE(reader.depth() <= depth_max, "the depth stays within its limit");
  if (text) {
    std::string room(reader.raw().size(), '\0');
    PROMISE(json::unescape(reader.raw(), room).ok(), "each part can be unescaped by itself");
  }
  if ((text || token == Token::number) && !reader.first_part()) {
    Seen& open = reading.tokens.back();
    PROMISE(open.token == token && open.begin == reader.token_offset(), "a part continues its own token");
    if (token == Token::number) reading.split_numbers.push_back(reading.tokens.size() - 1);
    open.raw += reader.raw();
    open.end = reader.offset();
    return;
  }
  reading.tokens.push_back(
      {token, std::string(reader.raw()), reader.depth(), reader.token_offset(), reader.offset()});
}

Reading read(std::string_view text, std::uint8_t cut, std::uint8_t depth_max, bool empty_last) {
  Reading reading;
  json::Reader reader(depth_max);
  Cuts cuts(cut, text);
  bool last = false;
  while (!last) {
    const Exact piece = cuts.done() ? Exact("") : cuts.next();
    last = cuts.done() && (piece.text().empty() || !empty_last);
    reader.feed(piece.text(), last);
    for (Token token = reader.next(); token != Token::need_more; token = reader.next()) {
      if (token == Token::error) reading.error = reader.error();
      reading.ended = token == Token::end;
      if (reading.error || reading.ended) break;
      take(reader, token, depth_max, reading);
    }
    if (reading.error || reading.ended) break;
    PROMISE(!last, "after the last piece comes the end or an error");
  }
  PROMISE(reader.next() == (reading.error ? Token::error : Token::end), "the end and an error are for good");
  return reading;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const std::uint8_t cut = input.byte();
  const std::uint8_t options = input.byte();
  const std::uint8_t depth_max = options % 2U == 0 ? 4 : 40;
  const Exact text(input.rest());
  const Reading whole = read(text.text(), 0, depth_max, false);
  PROMISE(whole.ended == ReferenceJson::valid(text.text(), depth_max),
          "the grammar decides what is accepted");
  PROMISE(json::parse(text.text(), depth_max).ok() == whole.ended, "parse agrees");
  const Reading pieces = read(text.text(), cut, depth_max, (options & 2U) != 0);
  PROMISE(pieces.ended == whole.ended, "pieces give the same verdict");
  PROMISE(same(pieces.error, whole.error), "and the same error at the same byte");
  // Of a token that an error cut short the parts before it have come when the text was cut there.
  const std::size_t common = std::min(whole.tokens.size(), pieces.tokens.size());
  PROMISE(whole.tokens.size() == common, "pieces lose no token");
  PROMISE(whole.ended ? pieces.tokens.size() == common : pieces.tokens.size() <= common + 1,
          "and add none but the beginning of the one with the error");
  for (std::size_t i = 0; i < common; ++i) {
    const Seen& token = whole.tokens[i];
    PROMISE(pieces.tokens[i] == token, "each token is the same, with its place");
  }
  for (const std::size_t index : pieces.split_numbers) {
    PROMISE(pieces.tokens[index].raw.size() > json::Reader::whole_number_bytes || !whole.ended,
            "a short number is never split");
  }
  return 0;
}

// UTF-8 against a plain reference: whole texts, texts in pieces, the first impossible byte, single code
// points.
#include "codec/utf8.hpp"

#include "../fuzz.hpp"
#include "../reference_text.hpp"

using namespace kedge;
using namespace kedge::fuzz;

namespace {

void whole_and_pieces(std::uint8_t cut, std::string_view text) {
  const Utf8Ending ending = reference_utf8(text);
  PROMISE(codec::utf8_valid(text) == (ending == Utf8Ending::whole), "utf8_valid agrees with the definition");
  codec::Utf8Validator validator;
  bool possible = true;
  for (Cuts cuts(cut, text); !cuts.done();) possible = validator.feed(cuts.next().bytes()) && possible;
  PROMISE(possible == (ending != Utf8Ending::impossible), "pieces give the same verdict");
  PROMISE(validator.complete() == (ending == Utf8Ending::whole),
          "complete() says whether a character is open");
}

// Each prefix is judged alone, so that a bad byte is refused where it stands and not later.
void byte_by_byte(std::string_view text) {
  codec::Utf8Validator validator;
  for (std::size_t size = 1; size <= std::min<std::size_t>(text.size(), 64); ++size) {
    const bool possible = validator.feed(as_bytes(text.substr(size - 1, 1)));
    const Utf8Ending ending = reference_utf8(text.substr(0, size));
    PROMISE(possible == (ending != Utf8Ending::impossible), "the first impossible byte is refused at once");
    if (!possible) return;
  }
}

void code_point(std::uint64_t number) {
  const auto value = static_cast<char32_t>(number % 0x110000);
  if (value >= 0xD800 && value <= 0xDFFF) return;
  char text[4];
  const std::size_t size = codec::utf8_encode(value, text);
  PROMISE(size >= 1 && size <= 4 && reference_utf8_character({text, size}) == size,
          "an encoded code point is one character");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const std::uint8_t cut = input.byte();
  code_point(input.number(3));
  const Exact text(input.rest());
  whole_and_pieces(cut, text.text());
  byte_by_byte(text.text());
  return 0;
}

// OER: what is read is written again as it was, and numbers agree with a plain reference.
#include "codec/oer.hpp"

#include "../btp_input.hpp"

using namespace kedge;
using namespace kedge::fuzz;
namespace oer = codec::oer;

namespace {

/// The digits of a number to the base 256.
std::string digits_of(std::uint64_t value) {
  std::string digits;
  do {
    digits.insert(digits.begin(), static_cast<char>(value & 0xFFU));
    value /= 256;
  } while (value > 0);
  return digits;
}

void number(std::uint64_t value) {
  const std::string digits = digits_of(value);
  const std::string length = value < 128 ? digits : static_cast<char>(0x80U | digits.size()) + digits;
  const std::string var_uint = static_cast<char>(digits.size()) + digits;
  PROMISE(encoded_in(oer::length_bytes(value), [&](Sink& sink) { return oer::write_length(sink, value); }) ==
              length,
          "a length as X.696 has it");
  PROMISE(encoded_in(oer::var_uint_bytes(value),
                     [&](Sink& sink) { return oer::write_var_uint(sink, value); }) == var_uint,
          "an integer as X.696 has it");
  oer::Reader length_reader(as_bytes(length));
  PROMISE(length_reader.length("n") == value && length_reader.remaining() == 0, "a length read back");
  oer::Reader var_uint_reader(as_bytes(var_uint));
  PROMISE(var_uint_reader.var_uint("n") == value && var_uint_reader.remaining() == 0, "an integer read back");
}

/// Reads what the letter says and writes it again.
void copy(char letter, oer::Reader& reader, Sink& sink) {
  const std::size_t before = reader.offset();
  std::uint64_t value = 0;
  std::span<const std::byte> octets;
  bool written = false;
  switch (letter) {
    case 'l':
      value = reader.length("length");
      written = reader.failed() || oer::write_length(sink, value);
      break;
    case 'v':
      value = reader.var_uint("var_uint");
      written = reader.failed() || oer::write_var_uint(sink, value);
      break;
    case 'o':
      octets = reader.var_octets("octets");
      written = reader.failed() || oer::write_var_octets(sink, octets);
      break;
    case 'a':
      octets = reader.octets_after(4, "counted");
      written = reader.failed() || (oer::write_uint(sink, octets.size(), 4) && sink.write(octets));
      break;
    default: {
      const std::size_t width = 1 + static_cast<unsigned char>(letter) % 8U;
      value = reader.uint(width, "uint");
      written = reader.failed() || oer::write_uint(sink, value, width);
    }
  }
  PROMISE(written, "what was read fits where it came from");
  PROMISE(!reader.failed() || (value == 0 && octets.empty()), "of what failed nothing is given");
  PROMISE(reader.failed() || reader.offset() > before, "what was read is behind the reader");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const std::string_view letters = input.until(';');
  const Exact bytes(input.rest());
  std::string room(bytes.text().size(), '\0');
  BufferSink sink{std::span<char>(room)};
  oer::Reader reader(bytes.bytes());
  for (const char letter : letters) {
    copy(letter, reader, sink);
    if (reader.failed()) break;
  }
  const std::size_t offset = reader.offset();
  if (reader.failed()) {
    judge_refusal(reader.error(), bytes.text().size());
    PROMISE(reader.uint(1, "next") == 0 && reader.offset() == offset, "a reader that failed stands still");
  } else {
    PROMISE(sink.text() == bytes.text().substr(0, offset), "what was read is written as it was");
    oer::Reader whole(bytes.bytes());
    PROMISE(whole.octets(offset, "all").size() == offset && whole.remaining() == reader.remaining(),
            "nothing is lost on the way");
  }
  Input again(data, size);
  const std::size_t width = again.byte() % 9U;
  number(again.number(width));
  return 0;
}

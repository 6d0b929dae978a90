// Base 64 against a plain reference, all three kinds, both ways.
#include "codec/base64.hpp"

#include "../fuzz.hpp"
#include "../reference_text.hpp"

using namespace kedge;
using namespace kedge::fuzz;
using codec::Base64;

namespace {

struct Variant {
  Base64 kind;
  std::string_view alphabet;
  bool padded;
};
constexpr Variant variants[] = {{Base64::standard, base64_standard, true},
                                {Base64::url, base64_url, true},
                                {Base64::url_unpadded, base64_url, false}};

void encode(std::string_view bytes, const Variant& variant) {
  const std::string expected = reference_base64_encode(bytes, variant.alphabet, variant.padded);
  PROMISE(codec::base64_encoded_size(bytes.size(), variant.kind) == expected.size(),
          "the size told is the size");
  std::vector<char> room(expected.size());
  const auto encoded = codec::base64_encode(as_bytes(bytes), room, variant.kind);
  PROMISE(encoded && *encoded == expected, "the encoding is the definition's, in exactly its room");
  std::vector<char> sink_room(expected.size());
  BufferSink sink{std::span<char>(sink_room)};
  PROMISE(codec::base64_encode(as_bytes(bytes), sink, variant.kind) && sink.text() == expected,
          "a sink gets the same");
  std::vector<std::byte> back(bytes.size());
  const auto decoded = codec::base64_decode(expected, back, variant.kind);
  PROMISE(decoded && as_text(*decoded) == bytes, "what was encoded decodes to itself");
  if (expected.empty()) return;
  const auto short_of_room =
      codec::base64_encode(as_bytes(bytes), std::span(room).first(room.size() - 1), variant.kind);
  PROMISE(short_of_room.error().kind() == ErrorKind::too_large, "one byte less is too little");
}

void decode(std::string_view text, const Variant& variant) {
  const auto expected = reference_base64_decode(text, variant.alphabet, variant.padded);
  std::vector<std::byte> room(codec::base64_decoded_size_max(text.size()));
  const auto decoded = codec::base64_decode(text, room, variant.kind);
  PROMISE(decoded.ok() == expected.has_value(), "exactly the encodings are decoded");
  PROMISE(!decoded || as_text(*decoded) == *expected, "to their bytes");
  PROMISE(decoded || decoded.error().kind() == ErrorKind::protocol, "the rest is a protocol error");
  Exact in_place(text);
  const auto again =
      codec::base64_decode(in_place.text(), std::as_writable_bytes(in_place.chars()), variant.kind);
  PROMISE(again.ok() == decoded.ok() && (!again || as_text(*again) == *expected), "in place it is the same");
  if (!expected || expected->empty()) return;
  std::vector<std::byte> narrow(expected->size() - 1);
  PROMISE(codec::base64_decode(text, narrow, variant.kind).error().kind() == ErrorKind::too_large,
          "one byte less is too little");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const Variant& variant = variants[input.byte() % 3U];
  const Exact text(input.rest());
  encode(text.text(), variant);
  decode(text.text(), variant);
  return 0;
}

// What the seam in front of wslay promises, and whoever may take its place.

#include "ws/frame_reader.hpp"
#include "ws/frame.hpp"

#include "support/cmocka.hpp"

#include <array>
#include <string>

using namespace kedge;
using namespace kedge::ws;

namespace {

using Got = FrameReader::Got;

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::string frame(const FrameHeader& header, std::string_view payload) {
  std::array<std::byte, frame_header_bytes_max> head;
  const std::size_t size = encode_frame_header(header, head.data());
  std::string all(reinterpret_cast<const char*>(head.data()), size);
  std::string masked(payload);
  mask_copy(reinterpret_cast<std::byte*>(masked.data()), bytes_of(payload).data(), payload.size(),
            header.mask_key, 0);
  return all + masked;
}

void a_frame_cut_anywhere_is_the_same_frame(void**) {
  for (const bool masked : {false, true}) {
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{1}, std::size_t{125}, std::size_t{126}, std::size_t{70'000}}) {
      const std::string payload(size, 'p');
      const std::string all = frame({.fin = false,
                                     .opcode = Opcode::binary,
                                     .payload_bytes = size,
                                     .masked = masked,
                                     .mask_key = masked ? 0x12345678U : 0},
                                    payload);
      for (std::size_t cut = 0; cut <= all.size(); cut += cut < 20 ? 1 : 9973) {
        FrameReader reader;
        EXPECT(reader.open().ok(), "memory");
        std::string joined;
        FramePiece piece;
        std::size_t pieces = 0;
        for (const std::string_view part :
             {std::string_view(all).substr(0, cut), std::string_view(all).substr(cut)}) {
          reader.give(bytes_of(part));
          Got got = Got::piece;
          while ((got = reader.next(piece)) == Got::piece) {
            EXPECT(!piece.fin && piece.opcode == 2 && piece.reserved_bits == 0, "the frame's bits");
            EXPECT(piece.masked == masked && piece.payload_bytes == size, "its mask and size");
            joined.append(reinterpret_cast<const char*>(piece.bytes.data()), piece.bytes.size());
            ++pieces;
          }
          EXPECT(got == Got::starved && reader.left() == 0, "all is taken");
        }
        EXPECT(pieces > 0 && joined == payload, "the payload, unmasked");
      }
    }
  }
}

void what_the_reader_does_not_judge_is_handed_on(void**) {
  FrameReader reader;
  EXPECT(reader.open().ok(), "memory");
  reader.give(bytes_of(std::string_view("\xF3\x01x", 3)));
  FramePiece piece;
  EXPECT(reader.next(piece) == Got::piece && piece.reserved_bits == 7 && piece.opcode == 3, "as it came");
}

void a_header_against_the_rfc_is_broken(void**) {
  constexpr std::string_view headers[] = {
      {"\x09\x00", 2},                                   // a ping that is a fragment
      {"\x89\x7E\x00\x7E", 4},                           // a ping of 126 bytes
      {"\x82\x7E\x00\x7D", 4},                           // 125 in 16 bits
      {"\x82\x7F\x00\x00\x00\x00\x00\x00\xFF\xFF", 10},  // 65535 in 64 bits
      {"\x82\x7F\x80\x00\x00\x00\x00\x00\x00\x00", 10},  // the highest bit
  };
  for (const std::string_view header : headers) {
    FrameReader reader;
    EXPECT(reader.open().ok(), "memory");
    const std::string bytes = std::string(header) + std::string(200, 'x');
    reader.give(bytes_of(bytes));
    FramePiece piece;
    EXPECT(reader.next(piece) == Got::broken, "refused");
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_frame_cut_anywhere_is_the_same_frame),
      cmocka_unit_test(what_the_reader_does_not_judge_is_handed_on),
      cmocka_unit_test(a_header_against_the_rfc_is_broken),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

#include "ws/frame.hpp"

#include "frames.hpp"
#include "support/cmocka.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include <wslay/wslay.h>

using namespace kedge;
using namespace kedge::ws;
using test::as_bytes;

static std::vector<std::byte> pattern(std::size_t size) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * 131 + (i >> 8));
  return bytes;
}

static std::string header_text(const FrameHeader& header) {
  std::byte out[frame_header_bytes_max];
  const std::size_t size = encode_frame_header(header, out);
  EXPECT(size == frame_header_bytes(header.payload_bytes, header.masked), "the size that was foretold");
  return {reinterpret_cast<const char*>(out), size};
}

static void headers_are_the_examples_of_rfc_6455_5_7(void**) {
  EXPECT_TEXT(header_text({.payload_bytes = 5}), "\x81\x05");
  std::uint32_t key = 0;
  std::memcpy(&key, "\x37\xfa\x21\x3d", 4);
  EXPECT_TEXT(header_text({.payload_bytes = 5, .masked = true, .mask_key = key}), "\x81\x85\x37\xfa\x21\x3d");
  EXPECT_TEXT(header_text({.fin = false, .payload_bytes = 3}), "\x01\x03");
  EXPECT_TEXT(header_text({.opcode = Opcode::binary, .payload_bytes = 256}),
              std::string_view("\x82\x7E\x01\x00", 4));
  EXPECT_TEXT(header_text({.opcode = Opcode::binary, .payload_bytes = 65536}),
              std::string_view("\x82\x7F\x00\x00\x00\x00\x00\x01\x00\x00", 10));
}

static void mask_copy_is_the_masking_of_rfc_6455_5_3_for_any_size_place_and_position(void**) {
  const std::vector<std::byte> input = pattern(400);
  std::byte key_bytes[4];
  std::memcpy(key_bytes, &test::test_mask_key, 4);
  for (std::size_t size = 0; size < 140; ++size) {
    for (std::size_t shift = 0; shift < 9; ++shift) {
      const std::uint64_t position = 0xFFFFFFFFFFull + size * 7 + shift;
      std::vector<std::byte> expected(size);
      for (std::size_t i = 0; i < size; ++i) expected[i] = input[shift + i] ^ key_bytes[(position + i) % 4];
      std::vector<std::byte> out(size + 1, std::byte{0x77});
      mask_copy(out.data(), input.data() + shift, size, test::test_mask_key, position);
      EXPECT(std::equal(expected.begin(), expected.end(), out.begin()), "each byte with its byte of the key");
      EXPECT(out[size] == std::byte{0x77}, "nothing written past the end");
      std::vector<std::byte> in_place(input.begin() + static_cast<std::ptrdiff_t>(shift),
                                      input.begin() + static_cast<std::ptrdiff_t>(shift + size));
      mask_copy(in_place.data(), in_place.data(), size, test::test_mask_key, position);
      EXPECT(in_place == expected, "the same in place");
    }
  }
}

static void a_key_of_zero_copies(void**) {
  const std::vector<std::byte> input = pattern(100);
  std::vector<std::byte> out(100);
  mask_copy(out.data(), input.data(), 100, 0, 3);
  EXPECT(out == input, "a copy");
}

static void masking_in_parts_equals_masking_at_once(void**) {
  const std::vector<std::byte> input = pattern(301);
  std::vector<std::byte> whole(301), parts(301);
  mask_copy(whole.data(), input.data(), 301, test::test_mask_key, 0);
  for (std::size_t at = 0, step = 1; at < 301; at += step, ++step) {
    mask_copy(parts.data() + at, input.data() + at, std::min(step, 301 - at), test::test_mask_key, at);
  }
  EXPECT(parts == whole, "the position to carry the key on");
}

static ssize_t give(std::uint8_t* out, std::size_t size, int, void* user) {
  auto& rest = *static_cast<std::span<const std::byte>*>(user);
  const std::size_t count = std::min(size, rest.size());
  if (count > 0) std::memcpy(out, rest.data(), count);
  rest = rest.subspan(count);
  return static_cast<ssize_t>(count);
}

static void check_with_wslay(std::size_t size, Role from) {
  const std::vector<std::byte> payload = pattern(size);
  const std::string wire =
      test::frame(Opcode::binary, {reinterpret_cast<const char*>(payload.data()), size}, true, from);
  std::span<const std::byte> rest = as_bytes(wire);
  const wslay_frame_callbacks callbacks{nullptr, give, nullptr};
  wslay_frame_context_ptr context = nullptr;
  EXPECT(wslay_frame_context_init(&context, &callbacks, &rest) == 0, "a wslay context");
  std::vector<std::byte> read;
  do {
    wslay_frame_iocb frame{};
    const ssize_t got = wslay_frame_recv(context, &frame);
    EXPECT(got >= 0, "wslay to read our frame");
    EXPECT(frame.fin == 1 && frame.rsv == 0 && frame.opcode == 2, "our header");
    EXPECT(frame.payload_length == size && (frame.mask == 1) == (from == Role::client),
           "our length and mask");
    const auto* data = reinterpret_cast<const std::byte*>(frame.data);
    read.insert(read.end(), data, data + frame.data_length);
  } while (read.size() < size);
  wslay_frame_context_free(context);
  EXPECT(read == payload && rest.empty(), "the same payload, and nothing left over");
}

static void another_implementation_reads_our_frames_at_every_length_form(void**) {
  for (const std::size_t size : {0U, 1U, 125U, 126U, 127U, 65535U, 65536U, 70000U}) {
    check_with_wslay(size, Role::client);
    check_with_wslay(size, Role::server);
  }
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(headers_are_the_examples_of_rfc_6455_5_7),
      cmocka_unit_test(mask_copy_is_the_masking_of_rfc_6455_5_3_for_any_size_place_and_position),
      cmocka_unit_test(a_key_of_zero_copies),
      cmocka_unit_test(masking_in_parts_equals_masking_at_once),
      cmocka_unit_test(another_implementation_reads_our_frames_at_every_length_form),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

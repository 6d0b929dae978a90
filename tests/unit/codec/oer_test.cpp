#include "codec/oer.hpp"

#include "codec/hex.hpp"
#include "support/cmocka.hpp"

#include <array>

using namespace kedge;
using namespace kedge::codec;

static std::string hex_of(const BufferSink& sink) {
  std::string digits;
  for (const char c : sink.text()) {
    digits += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4U];
    digits += "0123456789abcdef"[static_cast<unsigned char>(c) & 15U];
  }
  return digits;
}

static std::string from_hex(std::string_view digits) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes += static_cast<char>(hex_digit(digits[i]) * 16 + hex_digit(digits[i + 1]));
  }
  return bytes;
}

static std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

struct Number {
  std::uint64_t value;
  std::string_view length;    // as a length determinant
  std::string_view var_uint;  // as an integer without bounds
};
constexpr Number numbers[] = {
    {0, "00", "0100"},
    {1, "01", "0101"},
    {127, "7f", "017f"},
    {128, "8180", "0180"},
    {255, "81ff", "01ff"},
    {256, "820100", "020100"},
    {1000, "8203e8", "0203e8"},
    {65535, "82ffff", "02ffff"},
    {65536, "83010000", "03010000"},
    {0xffffffff, "84ffffffff", "04ffffffff"},
    {0x100000000, "850100000000", "050100000000"},
    {UINT64_MAX, "88ffffffffffffffff", "08ffffffffffffffff"},
};

static void numbers_have_one_encoding_both_ways(void**) {
  for (const Number& number : numbers) {
    std::array<std::byte, 16> memory;
    BufferSink length(memory);
    EXPECT(oer::write_length(length, number.value), "room");
    EXPECT_TEXT(hex_of(length), number.length);
    EXPECT(length.size() == oer::length_bytes(number.value), "the size foretold");
    oer::Reader length_reader(length.bytes());
    EXPECT(length_reader.length("n") == number.value && !length_reader.failed(), "read back");

    BufferSink var_uint(memory);
    EXPECT(oer::write_var_uint(var_uint, number.value), "room");
    EXPECT_TEXT(hex_of(var_uint), number.var_uint);
    EXPECT(var_uint.size() == oer::var_uint_bytes(number.value), "the size foretold");
    oer::Reader var_uint_reader(var_uint.bytes());
    EXPECT(var_uint_reader.var_uint("n") == number.value && !var_uint_reader.failed(), "read back");
  }
}

template <class Read>
static std::string error_of(std::string_view hex, Read read) {
  const std::string bytes = from_hex(hex);
  oer::Reader reader(bytes_of(bytes));
  read(reader);
  if (!reader.failed()) return "no error";
  EXPECT(reader.error().kind() == ErrorKind::protocol, "an error of kind protocol");
  return std::string(reader.error().message());
}

static void a_number_in_another_form_is_refused_with_its_place(void**) {
  const auto length = [](std::string_view hex) {
    return error_of(hex, [](oer::Reader& reader) { EXPECT(reader.length("n") == 0, "zero of what failed"); });
  };
  for (const char* hex :
       {"8100", "817f", "820080", "8200ff", "83000100", "880000000000000000", "8800ffffffffffffff"}) {
    EXPECT_TEXT(length(hex), "offset 0: n: not in its shortest form");
  }
  EXPECT_TEXT(length("80"), "offset 0: n: an integer of no bytes");
  EXPECT_TEXT(length("89010000000000000000"), "offset 0: n: an integer of more than 8 bytes");
  EXPECT_TEXT(length("ff"), "offset 0: n: an integer of more than 8 bytes");
  EXPECT_TEXT(length(""), "offset 0: n: truncated");
  EXPECT_TEXT(length("8203"), "offset 1: n: truncated");

  const auto var_uint = [](std::string_view hex) {
    return error_of(hex,
                    [](oer::Reader& reader) { EXPECT(reader.var_uint("n") == 0, "zero of what failed"); });
  };
  for (const char* hex : {"020000", "0200ff", "0800ffffffffffffff"}) {
    EXPECT_TEXT(var_uint(hex), "offset 0: n: not in its shortest form");
  }
  EXPECT_TEXT(var_uint("00"), "offset 0: n: an integer of no bytes");
  EXPECT_TEXT(var_uint("09010000000000000000"), "offset 0: n: an integer of more than 8 bytes");
  EXPECT_TEXT(var_uint(""), "offset 0: n: truncated");
  EXPECT_TEXT(var_uint("0203"), "offset 1: n: truncated");
}

static void octets_make_the_round_trip_at_every_length(void**) {
  std::string text;
  std::string memory(70000, '\0');
  for (const std::size_t size : {0U, 1U, 127U, 128U, 255U, 256U, 65535U, 65536U}) {
    text.resize(size, 'x');
    BufferSink sink{std::span<char>(memory)};
    EXPECT(oer::write_var_octets(sink, text), "room");
    EXPECT(sink.size() == oer::var_octets_bytes(size), "the size foretold");
    oer::Reader reader(sink.bytes());
    EXPECT_TEXT(oer::as_text(reader.var_octets("text")), text);
    reader.expect_end();
    EXPECT(!reader.failed() && reader.offset() == sink.size(), "read to the end");
  }
}

static void a_length_beyond_the_end_is_refused(void**) {
  const auto octets = [](oer::Reader& reader) { (void)reader.var_octets("data"); };
  EXPECT_TEXT(error_of("0361", octets), "offset 0: data: a length beyond the end");
  EXPECT_TEXT(error_of("84ffffffff61", octets), "offset 0: data: a length beyond the end");
  EXPECT_TEXT(error_of("88ffffffffffffffff61", octets), "offset 0: data: a length beyond the end");
  const auto after = [](oer::Reader& reader) { (void)reader.octets_after(4, "data"); };
  EXPECT_TEXT(error_of("ffffffff61", after), "offset 0: data: a length beyond the end");
  EXPECT_TEXT(error_of("00000161", after), "offset 0: data: a length beyond the end");
  EXPECT_TEXT(error_of("000001", after), "offset 0: data: truncated");
}

static void a_length_beyond_32_bits_is_not_cut_down_to_32(void**) {
  const auto var = [](oer::Reader& reader) { (void)reader.var_octets("data"); };
  const auto after = [](oer::Reader& reader) { (void)reader.octets_after(8, "data"); };
  const auto rest = [](oer::Reader& reader) { reader.length_of_rest("data"); };
  // Each ends in 00000001, and one byte follows.
  for (const char* length : {"850100000001", "86010000000001", "8701000000000001", "888000000000000001"}) {
    EXPECT_TEXT(error_of(length + std::string("61"), var), "offset 0: data: a length beyond the end");
    EXPECT_TEXT(error_of(length + std::string("61"), rest), "offset 0: data: a length beyond the end");
  }
  EXPECT_TEXT(error_of("000000010000000161", after), "offset 0: data: a length beyond the end");
}

static void the_rest_has_the_length_it_says(void**) {
  const auto rest = [](oer::Reader& reader) {
    reader.length_of_rest("contents");
    (void)reader.octets(2, "text");
    reader.expect_end();
  };
  EXPECT_TEXT(error_of("026162", rest), "no error");
  EXPECT_TEXT(error_of("036162", rest), "offset 0: contents: a length beyond the end");
  EXPECT_TEXT(error_of("02616263", rest), "offset 3: end: trailing bytes");
  EXPECT_TEXT(error_of("03616263", rest), "offset 3: end: trailing bytes");
  EXPECT_TEXT(error_of("", rest), "offset 0: contents: truncated");
}

static void a_reader_that_failed_stays_failed_with_the_first_error(void**) {
  const std::string bytes = from_hex("0561626300ff");
  oer::Reader reader(bytes_of(bytes));
  EXPECT(reader.uint(1, "first") == 5, "read before");
  (void)reader.octets(6, "second");
  const std::size_t offset = reader.offset();
  EXPECT(reader.uint(1, "third") == 0 && reader.octets(1, "fourth").empty(), "nothing is read then");
  EXPECT(reader.var_octets("fifth").empty() && reader.var_uint("sixth") == 0, "of any form");
  reader.expect_end();
  EXPECT(reader.offset() == offset, "it stands still");
  EXPECT_TEXT(reader.error().message(), "offset 1: second: truncated");
}

static void integers_of_fixed_width_are_big_endian(void**) {
  std::array<std::byte, 15> memory;
  BufferSink sink(memory);
  EXPECT(oer::write_uint(sink, 0x12, 1) && oer::write_uint(sink, 0x1234, 2) &&
             oer::write_uint(sink, 0x12345678, 4) && oer::write_uint(sink, 0x0123456789abcdef, 8),
         "room");
  EXPECT_TEXT(hex_of(sink), "121234123456780123456789abcdef");
  oer::Reader reader(sink.bytes());
  EXPECT(reader.uint(1, "") == 0x12 && reader.uint(2, "") == 0x1234 && reader.uint(4, "") == 0x12345678 &&
             reader.uint(8, "") == 0x0123456789abcdef,
         "read back");
  EXPECT(!oer::write_uint(sink, 0, 1) && !oer::write_length(sink, 0) && !oer::write_var_uint(sink, 0) &&
             !oer::write_var_octets(sink, std::string_view("a")),
         "no room");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(numbers_have_one_encoding_both_ways),
      cmocka_unit_test(a_number_in_another_form_is_refused_with_its_place),
      cmocka_unit_test(octets_make_the_round_trip_at_every_length),
      cmocka_unit_test(a_length_beyond_the_end_is_refused),
      cmocka_unit_test(a_length_beyond_32_bits_is_not_cut_down_to_32),
      cmocka_unit_test(the_rest_has_the_length_it_says),
      cmocka_unit_test(a_reader_that_failed_stays_failed_with_the_first_error),
      cmocka_unit_test(integers_of_fixed_width_are_big_endian),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

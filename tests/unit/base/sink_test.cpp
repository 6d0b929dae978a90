#include <kedge/sink.hpp>

#include "support/cmocka.hpp"

#include <array>

using namespace kedge;

static void a_buffer_takes_bytes_in_order(void**) {
  std::array<char, 8> buffer{};
  BufferSink sink{std::span<char>(buffer)};
  const std::array<std::byte, 2> bytes{std::byte{'c'}, std::byte{'d'}};
  EXPECT(sink.write("ab") && sink.write(bytes) && sink.write("") && sink.write(std::span<const std::byte>{}),
         "room for all");
  EXPECT_TEXT(sink.text(), "abcd");
  EXPECT(sink.size() == 4 && sink.bytes().size() == 4 && !sink.failed(), "four bytes");
}

static void a_buffer_may_be_filled_to_its_last_byte(void**) {
  std::array<std::byte, 4> buffer{};
  BufferSink sink{std::span<std::byte>(buffer)};
  EXPECT(sink.write("abcd") && !sink.failed(), "an exact fit");
  EXPECT_TEXT(sink.text(), "abcd");
  EXPECT(!sink.write("e") && sink.failed(), "no more");
}

static void what_does_not_fit_is_not_taken_and_the_sink_stays_failed(void**) {
  std::array<char, 4> buffer{'.', '.', '.', '.'};
  BufferSink sink{std::span<char>(buffer)};
  EXPECT(sink.write("abc"), "room");
  EXPECT(!sink.write("de"), "no room for both");
  EXPECT_TEXT(sink.text(), "abc");
  EXPECT(buffer[3] == '.', "no part of it to be written");
  EXPECT(!sink.write("d") && sink.failed(), "a failed sink to stay failed, also for what would fit");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_buffer_takes_bytes_in_order),
      cmocka_unit_test(a_buffer_may_be_filled_to_its_last_byte),
      cmocka_unit_test(what_does_not_fit_is_not_taken_and_the_sink_stays_failed),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

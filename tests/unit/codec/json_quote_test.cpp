#include "codec/json_quote.hpp"

#include "support/cmocka.hpp"

#include <array>
#include <string>

using namespace kedge;
using namespace kedge::codec;

namespace {

using namespace std::string_view_literals;

constexpr std::pair<std::string_view, std::string_view> texts[] = {
    {"", R"("")"},
    {"plain \u00e4\u20AC", "\"plain \u00e4\u20AC\""},
    {"a\"b\\c", R"("a\"b\\c")"},
    {"\b\f\n\r\t", R"("\b\f\n\r\t")"},
    {"\0\x1F\x7F"sv, "\"\\u0000\\u001f\x7F\""},
};

void a_text_is_quoted_with_the_escapes_it_needs(void**) {
  for (const auto& [text, quoted] : texts) {
    std::array<char, 64> room;
    BufferSink sink{std::span<char>(room)};
    EXPECT(write_quoted(sink, text), "room");
    EXPECT_TEXT(sink.text(), quoted);
  }
}

void a_number_is_its_digits(void**) {
  for (const std::uint64_t number : {std::uint64_t{0}, std::uint64_t{10}, UINT64_MAX}) {
    std::array<char, 20> room;
    BufferSink sink{std::span<char>(room)};
    EXPECT(write_number(sink, number), "room");
    EXPECT_TEXT(sink.text(), std::to_string(number));
  }
}

void a_sink_without_room_is_told_wherever_it_ends(void**) {
  for (const auto& [text, quoted] : texts) {
    for (std::size_t size = 0; size < quoted.size(); ++size) {
      std::array<char, 64> room;
      BufferSink sink{std::span<char>(room).first(size)};
      EXPECT(!write_quoted(sink, text), "no room");
    }
  }
  std::array<char, 2> room;
  BufferSink sink{std::span<char>(room)};
  EXPECT(!write_number(sink, 100), "no room");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_text_is_quoted_with_the_escapes_it_needs),
      cmocka_unit_test(a_number_is_its_digits),
      cmocka_unit_test(a_sink_without_room_is_told_wherever_it_ends),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

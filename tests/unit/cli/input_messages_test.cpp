// Lines and chunks of an input that comes in any pieces become messages.

#include "cli/input_messages.hpp"

#include "support/cmocka.hpp"

#include <string>
#include <string_view>

using kedge::cli::InputMessages;
using Cut = InputMessages::Cut;

namespace {

/// All that there is now, as `1=text `, those that are too long as `1! `.
std::string taken(InputMessages& messages) {
  std::string all;
  for (auto item = messages.next(); item; item = messages.next()) {
    all.append(std::to_string(item->number))
        .append(item->too_long ? "!" : "=")
        .append(item->text)
        .append(" ");
    messages.drop();
  }
  return all;
}

void a_line_is_a_message_without_its_end(void**) {
  InputMessages messages(Cut::lines, 100);
  messages.append("one\n\ntwo\r\nthree");
  EXPECT_TEXT(taken(messages), "1=one 2= 3=two\r ");
  EXPECT(messages.holds_any(), "the beginning of a line");
  messages.end();
  EXPECT_TEXT(taken(messages), "4=three ");
  EXPECT(!messages.holds_any() && taken(messages).empty(), "nothing else");
}

void an_input_that_ends_with_a_line_end_has_no_empty_message_behind_it(void**) {
  InputMessages messages(Cut::lines, 100);
  messages.append("one\n");
  messages.end();
  EXPECT_TEXT(taken(messages), "1=one ");
}

void the_same_lines_come_out_of_any_pieces(void**) {
  const std::string_view input = "ab\n\nlonger than eight\nc\n12345678\n123456789\nlast";
  for (std::size_t size = 1; size <= input.size(); ++size) {
    InputMessages messages(Cut::lines, 8);
    std::string all;
    for (std::size_t at = 0; at < input.size(); at += size) {
      messages.append(input.substr(at, size));
      all += taken(messages);
    }
    messages.end();
    all += taken(messages);
    EXPECT_TEXT(all, "1=ab 2= 3! 4=c 5=12345678 6! 7=last ");
  }
}

void a_message_stays_the_next_one_until_it_is_dropped(void**) {
  InputMessages messages(Cut::lines, 100);
  messages.append("one\ntwo\n");
  for (int i = 0; i < 3; ++i) EXPECT_TEXT(std::string(messages.next()->text), "one");
  messages.drop();
  EXPECT_TEXT(std::string(messages.next()->text), "two");
}

void a_line_without_an_end_is_told_of_once_and_not_held(void**) {
  InputMessages messages(Cut::lines, 8);
  std::string all;
  for (int i = 0; i < 1000; ++i) {
    messages.append("0123456789");
    all += taken(messages);
    EXPECT(!messages.holds_any(), "nothing of it is kept");
  }
  messages.end();
  EXPECT_TEXT(all + taken(messages), "1! ");
}

void chunks_are_as_they_were_read_and_never_larger_than_a_message(void**) {
  InputMessages messages(Cut::as_read, 4);
  messages.append("a\nb");
  EXPECT_TEXT(taken(messages), "1=a\nb ");
  messages.append("0123456789");
  EXPECT_TEXT(taken(messages), "2=0123 3=4567 4=89 ");
  messages.end();
  EXPECT_TEXT(taken(messages), "");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_line_is_a_message_without_its_end),
      cmocka_unit_test(an_input_that_ends_with_a_line_end_has_no_empty_message_behind_it),
      cmocka_unit_test(the_same_lines_come_out_of_any_pieces),
      cmocka_unit_test(a_message_stays_the_next_one_until_it_is_dropped),
      cmocka_unit_test(a_line_without_an_end_is_told_of_once_and_not_held),
      cmocka_unit_test(chunks_are_as_they_were_read_and_never_larger_than_a_message),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

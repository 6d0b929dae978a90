#include "cli/btp/packet_json.hpp"

#include "support/cmocka.hpp"

#include <array>

using namespace kedge;

namespace {

std::span<const std::byte> bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

void a_fulfill_is_told_with_its_bytes_in_hexadecimal(void**) {
  const std::string fulfillment(32, '\7');
  EXPECT_TEXT(cli::btp::answer_as_json(ilp::Fulfill{bytes(fulfillment), bytes("ok")}),
              R"({"type":"fulfill","fulfillment":")"
              "0707070707070707070707070707070707070707070707070707070707070707"
              R"(","data":"6f6b"})");
}

void a_reject_is_told_with_its_words(void**) {
  EXPECT_TEXT(
      cli::btp::answer_as_json(ilp::Reject{"F02", "test.hub", "no \"route\"\x1b", {}}),
      R"({"type":"reject","code":"F02","triggered_by":"test.hub","message":"no \"route\"\u001b","data":""})");
}

void words_that_are_no_utf8_are_told_as_far_as_they_can_be(void**) {
  EXPECT_TEXT(cli::btp::answer_as_json(ilp::Reject{"F\xff"
                                                   "2",
                                                   {},
                                                   "\xc3\xbc \xc0",
                                                   {}}),
              R"({"type":"reject","code":"F?2","triggered_by":"","message":"?? ?","data":""})");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_fulfill_is_told_with_its_bytes_in_hexadecimal),
      cmocka_unit_test(a_reject_is_told_with_its_words),
      cmocka_unit_test(words_that_are_no_utf8_are_told_as_far_as_they_can_be),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

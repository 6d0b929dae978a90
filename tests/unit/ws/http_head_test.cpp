#include "ws/http_head.hpp"

#include "feed_head.hpp"
#include "frames.hpp"
#include "support/cmocka.hpp"

#include <vector>

using namespace kedge;
using namespace kedge::ws;
using test::as_bytes;

static const std::string_view good =
    "HTTP/1.1 200 OK\r\nA: one\r\nUpgrade:websocket\r\nconnection: \tkeep-alive , Upgrade \t\r\na: "
    "two\r\nEmpty:\r\n\r\n";

struct Head {
  explicit Head(std::size_t size = 256, std::uint16_t headers_max = 8)
      : memory(size, std::byte{0x55}), head(memory, headers_max) {}

  Result<bool> feed(std::string_view text, std::size_t step = 0) {
    return test::feed_head(head, text, step, total);
  }

  std::vector<std::byte> memory;
  HttpHead head;
  std::size_t total = 0;
};

static void a_head_is_taken_apart_in_any_split_and_what_follows_is_left(void**) {
  for (const std::size_t step : {0U, 1U, 2U, 3U, 7U, 50U}) {
    Head it;
    const Result<bool> complete = it.feed(std::string(good) + "\x81\x05hello", step);
    EXPECT(complete && *complete, "a complete head");
    EXPECT(it.total == good.size(), "exactly the head to be taken");
    EXPECT_TEXT(it.head.start_line(), "HTTP/1.1 200 OK");
    EXPECT_TEXT(it.head.header("a"), "one");
    EXPECT_TEXT(it.head.header("UPGRADE"), "websocket");
    EXPECT_TEXT(it.head.header("Connection"), "keep-alive , Upgrade");
    EXPECT_TEXT(it.head.header("Empty"), "");
    EXPECT_TEXT(it.head.header("absent"), "");
    EXPECT(it.head.count("A") == 2 && it.head.count("empty") == 1 && it.head.count("absent") == 0,
           "the counts");
  }
}

static void tokens_are_found_in_lists_whole_and_without_case(void**) {
  Head it;
  EXPECT(it.feed(good).ok(), "a complete head");
  EXPECT(it.head.has_token("Connection", "upgrade") && it.head.has_token("connection", "KEEP-ALIVE"),
         "both tokens");
  EXPECT(!it.head.has_token("connection", "keep") && !it.head.has_token("connection", "grade"),
         "no parts of tokens");
  EXPECT(it.head.has_token("a", "two"), "the list of the second field");
  EXPECT(!it.head.has_token("absent", "x"), "none in an absent field");
}

static void every_truncated_head_waits_for_more(void**) {
  for (std::size_t size = 0; size < good.size(); ++size) {
    Head it;
    const Result<bool> complete = it.feed(good.substr(0, size));
    EXPECT(complete && !*complete, "no error and no completion");
    (void)it.head.header("a");
  }
}

static void expect_error(std::string_view text, ErrorKind kind, std::string_view why,
                         std::uint16_t headers_max = 8) {
  for (const std::size_t step : {0U, 1U}) {
    Head it(256, headers_max);
    const Result<bool> result = it.feed(text, step);
    EXPECT(!result, "a refusal");
    EXPECT(result.error().kind() == kind && result.error().layer() == Layer::http,
           "its kind, of the http layer");
    EXPECT_TEXT(result.error().message(), why);
    std::size_t taken = 1;
    const Result<bool> again = it.head.feed(as_bytes("\r\n\r\n"), &taken);
    EXPECT(!again && taken == 0 && again.error().message() == why, "the same error again, nothing taken");
  }
}

static void what_a_strict_parser_refuses(void**) {
  const std::string line = "HTTP/1.1 200 OK\r\n";
  expect_error("\r\n" + line, ErrorKind::protocol, "the HTTP head begins with an empty line");
  expect_error(line + "A: b\r\n c\r\n\r\n", ErrorKind::protocol, "an HTTP header is folded");
  expect_error(line + "A: b\r\n\tc\r\n\r\n", ErrorKind::protocol, "an HTTP header is folded");
  expect_error(line + " A: b\r\n\r\n", ErrorKind::protocol, "an HTTP header is folded");
  expect_error(line + "A : b\r\n\r\n", ErrorKind::protocol, "an HTTP header's name is not a token");
  expect_error(line + ": b\r\n\r\n", ErrorKind::protocol, "an HTTP header's name is not a token");
  expect_error(line + "A(b): c\r\n\r\n", ErrorKind::protocol, "an HTTP header's name is not a token");
  expect_error(line + "A b\r\n\r\n", ErrorKind::protocol, "an HTTP header has no colon");
  expect_error(line + "A: b\n\r\n", ErrorKind::protocol, "the HTTP head has a LF without CR");
  expect_error("HTTP/1.1 200 OK\n", ErrorKind::protocol, "the HTTP head has a LF without CR");
  expect_error(line + "A: b\rc\r\n\r\n", ErrorKind::protocol, "the HTTP head has a CR without LF");
  expect_error(line + "A: b\r\r\n\r\n", ErrorKind::protocol, "the HTTP head has a CR without LF");
  expect_error(line + std::string("A: b\0c\r\n\r\n", 10), ErrorKind::protocol,
               "the HTTP head has a control character");
  expect_error(line + "A: b\x7F\r\n\r\n", ErrorKind::protocol, "the HTTP head has a control character");
  expect_error("\x15\x03\x01\x00\x02\x02\x16", ErrorKind::protocol, "the HTTP head has a control character");
}

static void an_endless_head_is_cut_off_at_its_storage(void**) {
  expect_error("HTTP/1.1 200 OK\r\nA: " + std::string(65536, 'x'), ErrorKind::too_large,
               "the HTTP head is longer than the limit");
  expect_error(std::string(300, 'H'), ErrorKind::too_large, "the HTTP head is longer than the limit");
}

static void too_many_headers_are_refused(void**) {
  std::string text = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 3; ++i) text += "A: b\r\n";
  Head fits(256, 3);
  const Result<bool> complete = fits.feed(text + "\r\n");
  EXPECT(complete && *complete, "as many as the limit");
  expect_error(text + "A: b\r\n\r\n", ErrorKind::too_large, "the HTTP head has too many headers", 3);
}

static void a_head_that_just_fits_its_storage_is_complete(void**) {
  Head exact(good.size());
  EXPECT(*exact.feed(good), "completion with the last byte");
  Head small(good.size() - 1);
  EXPECT(!small.feed(good), "a refusal one byte below");
}

static void reset_wipes_and_starts_again(void**) {
  Head it;
  EXPECT(*it.feed("GET / HTTP/1.1\r\nAuthorization: secret\r\n\r\n"), "a complete head");
  it.head.reset();
  for (std::size_t i = 0; i < 41; ++i) EXPECT(it.memory[i] == std::byte{0}, "the old head wiped");
  EXPECT_TEXT(it.head.start_line(), "");
  EXPECT(it.head.count("authorization") == 0, "no old fields");
  EXPECT(*it.feed("GET /two HTTP/1.1\r\n\r\n"), "a new head");
  EXPECT_TEXT(it.head.start_line(), "GET /two HTTP/1.1");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_head_is_taken_apart_in_any_split_and_what_follows_is_left),
      cmocka_unit_test(tokens_are_found_in_lists_whole_and_without_case),
      cmocka_unit_test(every_truncated_head_waits_for_more),
      cmocka_unit_test(what_a_strict_parser_refuses),
      cmocka_unit_test(an_endless_head_is_cut_off_at_its_storage),
      cmocka_unit_test(too_many_headers_are_refused),
      cmocka_unit_test(a_head_that_just_fits_its_storage_is_complete),
      cmocka_unit_test(reset_wipes_and_starts_again),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

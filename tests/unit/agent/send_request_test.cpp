#include "agent/send_request.hpp"

#include "codec/base64.hpp"
#include "support/cmocka.hpp"

using namespace kedge;
using namespace kedge::agent;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

std::string base64(std::size_t bytes) {
  const std::vector<std::byte> data(bytes, std::byte{7});
  std::string text(codec::base64_encoded_size(bytes, codec::Base64::standard), '\0');
  EXPECT(codec::base64_encode(data, text).ok(), "room");
  return text;
}

/// A body of the three fields that must be there, and more.
std::string body(const std::string& more = {}, const std::string& amount = "\"1000\"",
                 const std::string& data = "\"CQk=\"") {
  return R"({"destination":"test.server.bob","amount":)" + amount + R"(,"data":)" + data + more + "}";
}

std::string refusal(const std::string& text) {
  const auto read = read_send_request(text);
  EXPECT(!read && read.error().kind() == ErrorKind::config, text.substr(0, 200).c_str());
  return std::string(read.error().message());
}

void a_body_is_read(void**) {
  const auto read = read_send_request(body(R"(,"timeoutMs":1500,"condition":")" + base64(32) + "\""));
  EXPECT(read.ok(), "a request");
  EXPECT_TEXT(read->destination, "test.server.bob");
  EXPECT(read->amount == 1000 && read->timeout == 1500ms, "amount and timeout");
  EXPECT(read->data == std::vector<std::byte>(2, std::byte{9}), "data");
  EXPECT(read->condition && (*read->condition)[31] == std::byte{7}, "condition");
}

void what_need_not_be_there_has_its_default(void**) {
  const auto read = read_send_request(body("", "\"0\"", "\"\""));
  EXPECT(read && read->timeout == 30s && !read->condition, "30 s, and a condition of our own");
  EXPECT(read->amount == 0 && read->data.empty(), "no amount and no data");
}

void escapes_and_white_space_change_nothing(void**) {
  const auto read = read_send_request(
      " { \"\\u0064estination\" : \"test\\u002ebob\" , \"amount\" : \"\\u0031\" , \"data\" : \"\\/\\/8=\" } "
      "\n");
  EXPECT(read && read->amount == 1 && read->data.size() == 2, "the same fields");
  EXPECT_TEXT(read->destination, "test.bob");
}

void bodies_that_are_no_object_are_refused(void**) {
  for (const char* text : {"[]", "null", "1", "\"x\"", "true", "[{\"amount\":\"1\"}]"}) {
    EXPECT_TEXT(refusal(text), "body: not a JSON object");
  }
  for (const char* text : {"", " ", "{", "nul", "{}{}", "{\"amount\":01}", "\xFF", "{'amount':1}"}) {
    EXPECT(refusal(text).starts_with("body: "), text);
  }
  EXPECT(refusal(std::string(90'000, '[')).starts_with("body: "), "nesting without end");
}

void missing_unknown_and_duplicated_fields_are_refused(void**) {
  EXPECT_TEXT(refusal("{}"), "destination: missing");
  EXPECT_TEXT(refusal(R"({"destination":"g"})"), "amount: missing");
  EXPECT_TEXT(refusal(R"({"destination":"g","amount":"1"})"), "data: missing");
  EXPECT_TEXT(refusal(body(R"(,"timeoutms":1)")), "body: 'timeoutms' is not known");
  EXPECT_TEXT(refusal(body(R"(,"amount":"1000")")), "amount: given twice");
  EXPECT_TEXT(refusal(body(R"(,"\u0061mount":"1")")), "amount: given twice");
  EXPECT_TEXT(refusal(body(R"(,"timeoutMs":1,"timeoutMs":1)")), "timeoutMs: given twice");
}

void an_amount_is_a_u64_in_digits(void**) {
  EXPECT(read_send_request(body("", "\"18446744073709551615\""))->amount == UINT64_MAX, "2^64 - 1");
  EXPECT(read_send_request(body("", "\"0007\""))->amount == 7, "leading zeros");
  EXPECT_TEXT(refusal(body("", "\"18446744073709551616\"")), "amount: more than 18446744073709551615");
  EXPECT_TEXT(refusal(body("", "\"" + std::string(500, '9') + "\"")),
              "amount: more than 18446744073709551615");
  EXPECT_TEXT(refusal(body("", "1000")), "amount: not a string");
  for (const char* amount :
       {"\"\"", "\"-1\"", "\"+1\"", "\"1.0\"", "\"1e3\"", "\" 1\"", "\"0x1\"", "\"\\u0661\""}) {
    EXPECT_TEXT(refusal(body("", amount)), "amount: not a string of digits");
  }
}

void data_is_base64_that_reads_back_and_has_a_limit(void**) {
  EXPECT(read_send_request(body("", "\"1\"", "\"" + base64(65'536) + "\""))->data.size() == 65'536, "64 KiB");
  EXPECT_TEXT(refusal(body("", "\"1\"", "\"" + base64(65'537) + "\"")), "data: more than 65536 bytes");
  EXPECT_TEXT(refusal(body("", "\"1\"", "\"" + base64(70'000) + "\"")), "data: more than 65536 bytes");
  EXPECT_TEXT(refusal(body("", "\"1\"", "null")), "data: not a string");
  for (const char* data : {"\"CQk\"", "\"CQl=\"", "\"CQk=\\n\"", "\"CQ-_\"", "\"C\"", "\"=\"", "\"CQk==\""}) {
    EXPECT(refusal(body("", "\"1\"", data)).starts_with("data: not base64: "), data);
  }
}

void a_timeout_is_a_positive_integer(void**) {
  EXPECT(read_send_request(body(R"(,"timeoutMs":1)"))->timeout == 1ms, "the least");
  EXPECT(read_send_request(body(R"(,"timeoutMs":600000)"))->timeout == timeout_max, "the most");
  EXPECT_TEXT(refusal(body(R"(,"timeoutMs":600001)")), "timeoutMs: more than 600000");
  for (const char* timeout :
       {"0", "-1", "1.5", "1.0", "1e3", "5e3", "\"1000\"", "null", "true", "99999999999999999999"}) {
    EXPECT_TEXT(refusal(body(std::string(",\"timeoutMs\":") + timeout)), "timeoutMs: not a positive integer");
  }
}

void a_condition_has_32_bytes(void**) {
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{31}, std::size_t{33}}) {
    EXPECT_TEXT(refusal(body(R"(,"condition":")" + base64(bytes) + "\"")), "condition: not 32 bytes");
  }
  EXPECT_TEXT(refusal(body(R"(,"condition":")" + base64(100) + "\"")), "condition: more than 64 bytes");
  EXPECT_TEXT(refusal(body(R"(,"condition":7)")), "condition: not a string");
}

void content_types_are_json_in_utf8(void**) {
  for (const char* type : {"application/json", "Application/JSON", "application/json ; charset=UTF-8",
                           "application/json;charset=\"utf-8\"", "application/json;"}) {
    EXPECT(is_json(type), type);
  }
  for (const char* type :
       {"application/json; version=1", "application/json; v=\"a;b\\\"; charset=latin1\"; charset=utf-8",
        "application/json; charset=UTF-8; profile=\"https://x/y\"", "application/json;;x=\"\" ; flag"}) {
    EXPECT(is_json(type), type);
  }
  for (const char* type : {"", "text/plain", "application/jsonx", "json", "application/json; charset=latin1",
                           "application/x-www-form-urlencoded", "application/json, text/plain",
                           "application/json; v=1; charset=utf-16",
                           "application/json; charset=utf-8; charset=x", "application/json; v=1, text/plain",
                           "application/json; v=\"a", "application/json; =1", "application/json; charset"}) {
    EXPECT(!is_json(type), type);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_body_is_read),
      cmocka_unit_test(what_need_not_be_there_has_its_default),
      cmocka_unit_test(escapes_and_white_space_change_nothing),
      cmocka_unit_test(bodies_that_are_no_object_are_refused),
      cmocka_unit_test(missing_unknown_and_duplicated_fields_are_refused),
      cmocka_unit_test(an_amount_is_a_u64_in_digits),
      cmocka_unit_test(data_is_base64_that_reads_back_and_has_a_limit),
      cmocka_unit_test(a_timeout_is_a_positive_integer),
      cmocka_unit_test(a_condition_has_32_bytes),
      cmocka_unit_test(content_types_are_json_in_utf8),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

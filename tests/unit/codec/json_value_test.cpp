#include <kedge/json_value.hpp>

#include "support/cmocka.hpp"

#include <array>

using namespace kedge;
using namespace kedge::json;

static Value must_parse(std::string_view text) {
  const auto value = parse(text, 32);
  EXPECT(value.ok(), "valid JSON");
  return *value;
}

static void members_are_found_and_read(void**) {
  const Value root =
      must_parse(R"( {"id":-7,"u":18446744073709551615,"d":1.5,"t":true,"f" : false , "n":null,"s":"a\nb",)"
                 R"("o":{"x":[1,{"y":"]}\\"},[]]},"\u006bey":1,"":2} )");
  EXPECT(*root.find("id").as_int64() == -7 && *root.find("u").as_uint64() == 18446744073709551615U,
         "integers");
  EXPECT(*root.find("d").as_double() == 1.5 && *root.find("t").as_bool() && !*root.find("f").as_bool(),
         "scalars");
  EXPECT(root.find("n").is_null() && root.find("n").present() && !root.find("s").is_null(),
         "null is present");
  EXPECT(*root.find("key").as_int64() == 1 && *root.find("").as_int64() == 2, "keys compared unescaped");
  EXPECT(*root.find_text(std::string("id")).as_int64() == -7, "a name known at run time");
  EXPECT(root.find("s").equals("a\nb") && !root.find("s").equals("a") && !root.find("id").equals("-7"),
         "equals");
  EXPECT_TEXT(*root.find("s").as_raw_string(), "a\\nb");
  std::array<char, 3> room;
  EXPECT_TEXT(*root.find("s").as_string(room), "a\nb");
  BufferSink sink{std::span<char>(room)};
  EXPECT(root.find("s").write_string(sink).ok(), "room");
  EXPECT_TEXT(sink.text(), "a\nb");
  EXPECT_TEXT(root.find("o").text(), R"({"x":[1,{"y":"]}\\"},[]]})");
  EXPECT_TEXT(root.find("o").find("x").text(), R"([1,{"y":"]}\\"},[]])");
}

static void arrays_and_objects_are_walked_in_order(void**) {
  const Value root = must_parse("[ 1 ,\"a]\" , {\"k\" : [ ] } ,null,true]");
  std::string seen;
  for (const Value& element : *root.as_array()) seen += std::string(element.text()) + "|";
  EXPECT_TEXT(seen, "1|\"a]\"|{\"k\" : [ ] }|null|true|");
  seen.clear();
  const Value twice = must_parse(R"({"a" : 1 , "\"b":{"c":2},"a":3})");
  for (const Member& member : *twice.as_object()) {
    seen += std::string(member.raw_key) + "=" + std::string(member.value.text()) + "|";
  }
  EXPECT_TEXT(seen, "a=1|\\\"b={\"c\":2}|a=3|");
  for (const std::string_view empty : {"[]", "[ ]"}) {
    for (const Value& element : *must_parse(empty).as_array()) EXPECT(element.is_null(), "no element");
  }
  EXPECT(Object().begin() == Object().end() && Array().begin() == Array().end(), "nothing in nothing");
  auto iterator = twice.as_object()->begin();
  iterator++;
  EXPECT(iterator->key_is("\"b"), "the second member");
  auto element = root.as_array()->begin();
  element++;
  EXPECT(element->is_string(), "the second element");
}

static void a_duplicate_key_is_an_error_when_asked_for(void**) {
  const Value root = must_parse(R"({"a":1,"b":2,"\u0061":3,"o":{"b":1}})");
  EXPECT_TEXT(root.find("a").as_int64().error().message(), "JSON: 'a' is there twice");
  EXPECT(root.find("a").as_int64().error().kind() == ErrorKind::protocol, "a protocol error");
  EXPECT(root.find("a").present() && !root.find("a").is_null(), "a duplicate not to pass for absent");
  EXPECT_TEXT(root.find("a").find("x").as_bool().error().message(), "JSON: 'a' is there twice");
  EXPECT(*root.find("b").as_int64() == 2, "the other members to be readable, nested names not counted");
}

static void errors_name_the_member_and_what_was_expected(void**) {
  const Value root = must_parse(R"({"s":"x","n":1,"o":{},"a":[],"b":true,"z":null})");
  EXPECT_TEXT(root.find("q").as_int64().error().message(), "JSON: 'q' is missing");
  EXPECT_TEXT(root.find("q").find("r").as_int64().error().message(), "JSON: 'q' is missing");
  EXPECT_TEXT(root.find("s").find("r").as_int64().error().message(), "JSON: 's' is not an object");
  EXPECT_TEXT(root.find("s").as_int64().error().message(), "JSON: 's' is a string, expected an integer");
  EXPECT_TEXT(root.find("o").as_uint64().error().message(), "JSON: 'o' is an object, expected an integer");
  EXPECT_TEXT(root.find("a").as_double().error().message(), "JSON: 'a' is an array, expected a number");
  EXPECT_TEXT(root.find("n").as_bool().error().message(), "JSON: 'n' is a number, expected a boolean");
  EXPECT_TEXT(root.find("b").as_object().error().message(), "JSON: 'b' is a boolean, expected an object");
  EXPECT_TEXT(root.find("z").as_array().error().message(), "JSON: 'z' is null, expected an array");
  EXPECT_TEXT(root.as_raw_string().error().message(), "JSON: a value is an object, expected a string");
  std::array<char, 1> room;
  BufferSink sink{std::span<char>(room)};
  EXPECT_TEXT(root.find("n").as_string(room).error().message(), "JSON: 'n' is a number, expected a string");
  EXPECT_TEXT(root.find("n").write_string(sink).error().message(),
              "JSON: 'n' is a number, expected a string");
  EXPECT(!root.find("q").present() && root.find("s").find_text("r").present(),
         "only the missing is not present");
  EXPECT(to_string(static_cast<Kind>(99)) == "unknown", "a name for anything");
}

static void parse_refuses_with_place_and_trims_white_space(void**) {
  EXPECT_TEXT(must_parse(" \n\"a\" \t").text(), "\"a\"");
  EXPECT_TEXT(parse("[1,]", 32).error().message(), "JSON: expected a value at byte 3");
  EXPECT_TEXT(parse("", 32).error().message(), "JSON: the text ends too early at byte 0");
  EXPECT(!parse("[[1]]", 1).ok() && parse("[[1]]", 2).ok(), "the depth given");
}

static void a_prefix_gives_the_whole_members_at_every_cut(void**) {
  constexpr std::string_view text =
      R"( {"a":12, "b":"x\"y","c":[1,{"d":2}],"e":{"f":"g"},"h":null,"i":-1.5} )";
  // Where each member is whole: a scalar number only with the byte after it.
  const std::size_t ends[] = {text.find(",", 3) + 1, text.find(R"(","c)") + 1, text.find(R"(,"e)"),
                              text.find(R"(,"h)"),   text.find(R"(,"i)"),      text.find("} ", 60) + 1};
  for (std::size_t size = text.find('{') + 1; size <= text.size(); ++size) {
    const auto prefix = parse_prefix(text.substr(0, size), 32);
    EXPECT(prefix.ok(), "a beginning of JSON");
    std::size_t whole = 0;
    while (whole < 6 && ends[whole] <= size) ++whole;
    std::size_t seen = 0;
    for (const Member& member : prefix->members) {
      EXPECT(parse(member.value.text(), 32).ok(), "each member whole");
      ++seen;
    }
    EXPECT(seen == whole, "all whole members and no other");
    EXPECT(prefix->complete == (size >= text.rfind('}') + 1), "complete with the last bracket");
    EXPECT(prefix->members.find("a").present() == (whole > 0), "found once whole");
  }
  EXPECT(*parse_prefix(text, 32)->members.find("i").as_double() == -1.5, "the last member");
}

static void a_prefix_of_something_else_is_refused(void**) {
  EXPECT(parse_prefix("[1", 32).error().kind() == ErrorKind::protocol, "an array");
  EXPECT(parse_prefix("", 32).error().kind() == ErrorKind::protocol, "nothing");
  EXPECT_TEXT(parse_prefix("x", 32).error().message(), "JSON: expected a value at byte 0");
  EXPECT_TEXT(parse_prefix("{\"a\":01", 32).error().message(),
              "JSON: a number with a leading zero at byte 6");
  EXPECT_TEXT(parse_prefix("{} x", 32).error().message(), "JSON: bytes after the end at byte 3");
  const std::string cut_number = "{\"a\":" + std::string(100, '1');  // longer than the reader keeps in one
  const auto prefix = parse_prefix(cut_number, 32);
  EXPECT(prefix.ok() && prefix->members.begin() == prefix->members.end(),
         "a long number at the end not whole");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(members_are_found_and_read),
      cmocka_unit_test(arrays_and_objects_are_walked_in_order),
      cmocka_unit_test(a_duplicate_key_is_an_error_when_asked_for),
      cmocka_unit_test(errors_name_the_member_and_what_was_expected),
      cmocka_unit_test(parse_refuses_with_place_and_trims_white_space),
      cmocka_unit_test(a_prefix_gives_the_whole_members_at_every_cut),
      cmocka_unit_test(a_prefix_of_something_else_is_refused),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

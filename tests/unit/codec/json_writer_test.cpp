#include <kedge/json_writer.hpp>

#include "support/cmocka.hpp"

#include <limits>

using namespace kedge;
using namespace kedge::json;

template <class Steps>
static std::string written(Steps steps, std::size_t room_bytes = 4096) {
  std::string room(room_bytes, '?');
  BufferSink sink{std::span<char>(room)};
  Writer writer(sink);
  steps(writer);
  const auto done = writer.finish();
  EXPECT(done.ok() != writer.failed(), "finish and failed to agree");
  if (!done) return std::string(to_string(done.error().kind())) + ": " + std::string(done.error().message());
  EXPECT(parse(sink.text(), 255).ok(), "what was written to be JSON");
  return std::string(sink.text());
}

static void texts_are_written_with_their_punctuation(void**) {
  EXPECT_TEXT(written([](Writer& w) {
                w.begin_object().member("id", 1).key("a").begin_array().value(true).value(false).null();
                w.begin_object().end_object().begin_array().end_array().value("x").value(nullptr).end_array();
                w.member("s", std::string_view("y")).key("r").raw(" [1, 2] ").end_object();
              }),
              R"({"id":1,"a":[true,false,null,{},[],"x",null],"s":"y","r":[1, 2]})");
  EXPECT_TEXT(written([](Writer& w) { w.value("alone"); }), "\"alone\"");
}

static void integers_are_exact(void**) {
  EXPECT_TEXT(written([](Writer& w) {
                w.begin_array().value(std::numeric_limits<std::int64_t>::min()).value(0).value(-1);
                w.value(std::numeric_limits<std::uint64_t>::max()).value(std::uint8_t{255}).end_array();
              }),
              "[-9223372036854775808,0,-1,18446744073709551615,255]");
}

static void strings_are_escaped_as_section_7_asks(void**) {
  using namespace std::string_view_literals;
  EXPECT_TEXT(
      written([](Writer& w) { w.value("\"\\/\b\f\n\r\t\x01\x1F\0\x7F\u00e4\u20AC\U0001F600 and so on"sv); }),
      "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\\u0000\x7F\u00e4\u20AC\U0001F600 and so on\"");
  for (int byte = 0; byte < 128; ++byte) {
    const char c = static_cast<char>(byte);
    const std::string text = written([&](Writer& w) { w.value(std::string_view(&c, 1)); });
    EXPECT(parse(text, 0)->equals({&c, 1}), "the same byte read back");
  }
}

static void what_is_not_utf8_or_json_is_reported_not_written(void**) {
  constexpr std::string_view not_utf8 = "config: JSON writer: a string is not UTF-8";
  EXPECT_TEXT(written([](Writer& w) { w.value("\xFF"); }), not_utf8);
  EXPECT_TEXT(written([](Writer& w) { w.begin_object().member("\xC3", 1).end_object(); }), not_utf8);
  for (const std::string_view raw : {"", "01", "[", "1 2", "\"\xFF\""}) {
    EXPECT_TEXT(written([&](Writer& w) { w.raw(raw); }),
                "config: JSON writer: raw text that is not JSON, or no value");
  }
  EXPECT_TEXT(written([](Writer& w) { w.value(Value()); }),
              "config: JSON writer: raw text that is not JSON, or no value");
  const auto root = parse(R"({"a": [1]})", 9);
  EXPECT_TEXT(written([&](Writer& w) { w.begin_array().value(root->find("a")).value(*root).end_array(); }),
              R"([[1],{"a": [1]}])");
}

static void each_call_out_of_place_is_an_error(void**) {
  constexpr std::string_view misplaced = "config: JSON writer: a call out of place";
  EXPECT_TEXT(written([](Writer& w) { w.value(1).value(2); }), misplaced);
  EXPECT_TEXT(written([](Writer& w) { w.key("a"); }), misplaced);
  EXPECT_TEXT(written([](Writer& w) { w.begin_array().key("a"); }), misplaced);
  EXPECT_TEXT(written([](Writer& w) { w.begin_object().value(1); }), misplaced);
  EXPECT_TEXT(written([](Writer& w) { w.begin_object().begin_array(); }), misplaced);
  EXPECT_TEXT(written([](Writer& w) { w.begin_object().key("a").key("b"); }), misplaced);
  EXPECT_TEXT(written([](Writer& w) { w.begin_object().key("a").end_object(); }), misplaced);
  EXPECT_TEXT(written([](Writer& w) { w.begin_object().end_array(); }), misplaced);
  EXPECT_TEXT(written([](Writer& w) { w.begin_array().end_object(); }), misplaced);
  EXPECT_TEXT(written([](Writer& w) { w.end_object(); }), misplaced);
  EXPECT_TEXT(written([](Writer& w) { w.end_array().begin_object().key("k").raw("1").end_object(); }),
              misplaced);
  constexpr std::string_view unfinished = "config: JSON writer: the text is unfinished";
  EXPECT_TEXT(written([](Writer&) {}), unfinished);
  EXPECT_TEXT(written([](Writer& w) { w.begin_object(); }), unfinished);
}

static void depth_is_bounded(void**) {
  const auto nest = [](int depth) {
    return written([depth](Writer& w) {
      for (int i = 0; i < depth; ++i) w.begin_array();
      for (int i = 0; i < depth; ++i) w.end_array();
    });
  };
  EXPECT_TEXT(nest(255), std::string(255, '[') + std::string(255, ']'));
  EXPECT_TEXT(nest(256), "config: JSON writer: nested too deep");
}

static void a_full_sink_is_too_large_wherever_it_ends(void**) {
  const auto steps = [](Writer& w) {
    w.begin_object().member("key", "va\nue").key("n").value(-12).end_object();
  };
  const std::string whole = written(steps);
  for (std::size_t room = 0; room < whole.size(); ++room) {
    EXPECT_TEXT(written(steps, room), "too_large: no room for the JSON text");
  }
  EXPECT_TEXT(written(steps, whole.size()), whole);
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(texts_are_written_with_their_punctuation),
      cmocka_unit_test(integers_are_exact),
      cmocka_unit_test(strings_are_escaped_as_section_7_asks),
      cmocka_unit_test(what_is_not_utf8_or_json_is_reported_not_written),
      cmocka_unit_test(each_call_out_of_place_is_an_error),
      cmocka_unit_test(depth_is_bounded),
      cmocka_unit_test(a_full_sink_is_too_large_wherever_it_ends),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

#include <kedge/json_reader.hpp>
#include <kedge/json_text.hpp>

#include "support/cmocka.hpp"

#include <vector>

using namespace kedge;
using namespace kedge::json;

// Tokens as text, parts joined and unescaped, so that the same text gives the same whatever its pieces were.
static std::string tokens(const std::vector<std::string_view>& pieces, std::uint8_t depth_max = 32) {
  Reader reader(depth_max);
  std::string out;
  std::string whole;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    // A copy of the exact size, gone after use: a view that outlives it, or a read past it, is found by ASan.
    const std::vector<char> piece(pieces[i].begin(), pieces[i].end());
    reader.feed({piece.data(), piece.size()}, i + 1 == pieces.size());
    Token token;
    while ((token = reader.next()) != Token::need_more && token != Token::end) {
      switch (token) {
        case Token::error:
          EXPECT(reader.next() == Token::error, "an error to stay");
          return "error: " + std::string(reader.error().message());
        case Token::key:
        case Token::string:
        case Token::number: {
          if (reader.first_part()) whole.clear();
          std::vector<char> room(reader.raw().size());
          const auto part = unescape(reader.raw(), room);
          EXPECT(part.ok(), "each part to unescape by itself");
          whole += *part;
          if (reader.last_part()) {
            out += (token == Token::key ? "k:" : token == Token::string ? "s:" : "n:") + whole + " ";
          }
          break;
        }
        default: {
          constexpr const char* names[] = {"", "{", "}", "[", "]", "", "", "", "t", "f", "z"};
          out += std::string(names[static_cast<int>(token)]) + " ";
        }
      }
    }
    if (token == Token::end) {
      EXPECT(reader.next() == Token::end && reader.depth() == 0, "the end to stay");
      return out;
    }
  }
  return out + "more";
}

static std::string check_all_splits(std::string_view text, std::uint8_t depth_max = 32) {
  const std::string whole = tokens({text}, depth_max);
  std::vector<std::string_view> single;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    EXPECT_TEXT(tokens({text.substr(0, i), text.substr(i)}, depth_max), whole);
    EXPECT_TEXT(tokens({text.substr(0, i), "", text.substr(i), ""}, depth_max), whole);
    if (i < text.size()) single.push_back(text.substr(i, 1));
  }
  single.push_back("");
  EXPECT_TEXT(tokens(single, depth_max), whole);
  return whole;
}

static void valid_texts_give_their_tokens_at_every_split(void**) {
  EXPECT_TEXT(check_all_splits(R"({"a":[1,-0.5e+3,true],"b\n":{"c":null,"":false}})"),
              "{ k:a [ n:1 n:-0.5e+3 t ] k:b\n { k:c z k: f } } ");
  EXPECT_TEXT(check_all_splits(" \t\r\n[ ] \n"), "[ ] ");
  EXPECT_TEXT(check_all_splits("{}"), "{ } ");
  EXPECT_TEXT(check_all_splits("0"), "n:0 ");
  EXPECT_TEXT(check_all_splits("-0"), "n:-0 ");
  EXPECT_TEXT(check_all_splits("1E5"), "n:1E5 ");
  EXPECT_TEXT(check_all_splits("0e0 "), "n:0e0 ");
  EXPECT_TEXT(check_all_splits(R"("\ud83d\ude00\u20AC\u00e4\"\\\/\b\f\n\r\t")"),
              "s:\U0001F600\u20AC\u00e4\"\\/\b\f\n\r\t ");
  EXPECT_TEXT(check_all_splits("[\"\u00e4\u20AC\U0001F600plain text of more than eight\"]"),
              "[ s:\u00e4\u20AC\U0001F600plain text of more than eight ] ");
  EXPECT_TEXT(check_all_splits("\"\x7F\""), "s:\x7F ");
  EXPECT_TEXT(check_all_splits(R"({"a":1,"a":2})"), "{ k:a n:1 k:a n:2 } ");
}

struct Bad {
  std::string_view text;
  std::string_view message;
};

static void what_is_not_json_is_refused_with_place_and_reason_at_every_split(void**) {
  using namespace std::string_view_literals;
  const Bad bad[] = {
      {"", "the text ends too early at byte 0"},
      {" ", "the text ends too early at byte 1"},
      {"01", "a number with a leading zero at byte 1"},
      {"-01", "a number with a leading zero at byte 2"},
      {"[1]x", "bytes after the end at byte 3"},
      {"{}{}", "bytes after the end at byte 2"},
      {"1 2", "bytes after the end at byte 2"},
      {"+1", "expected a value at byte 0"},
      {".5", "expected a value at byte 0"},
      {"1.", "the text ends too early at byte 2"},
      {"[1.]", "a malformed number at byte 3"},
      {"[1.e1]", "a malformed number at byte 3"},
      {"1e", "the text ends too early at byte 2"},
      {"[1e+]", "a malformed number at byte 4"},
      {"[-]", "a malformed number at byte 2"},
      {"[--1]", "a malformed number at byte 2"},
      {"-", "the text ends too early at byte 1"},
      {"1x", "bytes after the end at byte 1"},
      {"NaN", "expected a value at byte 0"},
      {"-Infinity", "a malformed number at byte 1"},
      {"0x10", "bytes after the end at byte 1"},
      {"\0"sv, "expected a value at byte 0"},
      {"[1,\0]"sv, "expected a value at byte 3"},
      {"1\0"sv, "bytes after the end at byte 1"},
      {"\"a\0b\""sv, "a control character in a string at byte 2"},
      {"\"12345678\n\"", "a control character in a string at byte 9"},
      {"{a:1}", "expected a key in quotes at byte 1"},
      {"{'a':1}", "expected a key in quotes at byte 1"},
      {"{\"a\" 1}", "expected ':' at byte 5"},
      {"{\"a\":}", "expected a value at byte 5"},
      {"{\"a\":1,}", "expected a key in quotes at byte 7"},
      {"{,}", "expected a key in quotes at byte 1"},
      {"[1,]", "expected a value at byte 3"},
      {"[,1]", "expected a value at byte 1"},
      {"[1 2]", "expected ',' or the end of the object or array at byte 3"},
      {"[1}", "expected ',' or the end of the object or array at byte 2"},
      {"{\"a\":1]", "expected ',' or the end of the object or array at byte 6"},
      {"]", "expected a value at byte 0"},
      {"[1/*c*/]", "expected ',' or the end of the object or array at byte 2"},
      {"//c\n1", "expected a value at byte 0"},
      {"\xEF\xBB\xBF{}", "expected a value at byte 0"},
      {"tru", "the text ends too early at byte 3"},
      {"trux", "expected true, false or null at byte 3"},
      {"True", "expected a value at byte 0"},
      {"nulll", "bytes after the end at byte 4"},
      {"\"abc", "the text ends too early at byte 4"},
      {"\"abc\\", "the text ends too early at byte 5"},
      {"\"\\x\"", "an unknown escape at byte 2"},
      {"\"\\u12g4\"", "an escape without four hexadecimal digits at byte 5"},
      {"\"\\ud800\"", "a lone surrogate at byte 7"},
      {"\"\\ud800x\"", "a lone surrogate at byte 7"},
      {"\"\\ud800\\n\"", "a lone surrogate at byte 8"},
      {"\"\\ud800\\u0041\"", "a lone surrogate at byte 12"},
      {"\"\\ud800\\ud800\"", "a lone surrogate at byte 12"},
      {"\"\\udc00\"", "a lone surrogate at byte 6"},
      {"\"\xED\xA0\x80\"", "invalid UTF-8 at byte 2"},
      {"\"\xC3\"", "invalid UTF-8 at byte 2"},
      {"\"abcdefgh\xFF\"", "invalid UTF-8 at byte 9"},
      {"[", "the text ends too early at byte 1"},
      {"{\"a\":[1,{\"b\":\"c\"", "the text ends too early at byte 16"},
  };
  for (const Bad& test : bad)
    EXPECT_TEXT(check_all_splits(test.text), "error: JSON: " + std::string(test.message));
}

static void each_beginning_of_a_text_ends_too_early(void**) {
  constexpr std::string_view text = R"({"a":[-1.5e3,"x\u00e4\ud83d\ude00",true,false,null],"b":{}})";
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_TEXT(tokens({text.substr(0, size)}),
                "error: JSON: the text ends too early at byte " + std::to_string(size));
  }
}

static void depth_is_bounded_exactly(void**) {
  for (const int depth : {1, 7, 8, 9, 32, 254, 255}) {
    const auto levels = static_cast<std::size_t>(depth);
    const std::string arrays = std::string(levels, '[') + std::string(levels, ']');
    EXPECT(tokens({arrays}, static_cast<std::uint8_t>(depth)).find("error") == std::string::npos,
           "the limit itself");
    EXPECT_TEXT(tokens({arrays}, static_cast<std::uint8_t>(depth - 1)),
                "error: JSON: nested too deep at byte " + std::to_string(depth - 1));
  }
  EXPECT_TEXT(tokens({"1"}, 0), "n:1 ");
  // Objects and arrays in turn, so that each level's bit matters on the way back.
  std::string mixed;
  std::string back;
  for (int i = 0; i < 127; ++i) {
    mixed += i % 3 == 0 ? "{\"k\":" : "[";
    back.insert(0, i % 3 == 0 ? "}" : "]");
  }
  EXPECT(check_all_splits(mixed + "1" + back, 127).find("error") == std::string::npos, "matching ends");
}

static void depth_10000_and_a_mebibyte_of_brackets_cost_nothing(void**) {
  EXPECT_TEXT(tokens({std::string(10'000, '[') + std::string(10'000, ']')}, 255),
              "error: JSON: nested too deep at byte 255");
  const std::string megabyte(1U << 20U, '[');
  EXPECT_TEXT(tokens({megabyte}, 32), "error: JSON: nested too deep at byte 32");
  std::string objects;
  for (int i = 0; i < 10'000; ++i) objects += "{\"a\":";
  EXPECT_TEXT(tokens({objects}, 255), "error: JSON: nested too deep at byte 1275");
}

static void a_number_of_400_digits_is_a_number_at_every_split(void**) {
  const std::string digits(400, '7');
  EXPECT_TEXT(check_all_splits("[" + digits + "]"), "[ n:" + digits + " ] ");
  EXPECT_TEXT(check_all_splits(digits), "n:" + digits + " ");
  EXPECT_TEXT(check_all_splits("-1." + digits + "e" + digits), "n:-1." + digits + "e" + digits + " ");
}

static void numbers_up_to_40_bytes_are_never_split(void**) {
  const std::string number(Reader::whole_number_bytes, '1');
  Reader reader(1);
  for (const char digit : number) {
    reader.feed({&digit, 1}, false);
    EXPECT(reader.next() == Token::need_more, "more digits may follow");
  }
  reader.feed(" ", true);
  EXPECT(reader.next() == Token::number && reader.whole(), "one whole number");
  EXPECT_TEXT(reader.raw(), number);
  EXPECT(reader.next() == Token::end, "the end");
}

static void offsets_tell_where_each_token_lies(void**) {
  Reader reader(4);
  reader.feed("[ \"ab", false);
  EXPECT(reader.next() == Token::begin_array && reader.token_offset() == 0 && reader.depth() == 1, "[");
  EXPECT(reader.next() == Token::string && reader.token_offset() == 2, "the string's quote");
  EXPECT(reader.first_part() && !reader.last_part() && !reader.whole(), "a first part");
  EXPECT(reader.next() == Token::need_more, "the piece used up");
  reader.feed("c\", 12 ]", true);
  EXPECT(reader.next() == Token::string && reader.token_offset() == 2 && reader.offset() == 7, "its end");
  EXPECT(!reader.first_part() && reader.last_part(), "the last part");
  EXPECT(reader.next() == Token::number && reader.token_offset() == 9 && reader.offset() == 11, "the number");
  EXPECT(reader.next() == Token::end_array && reader.depth() == 0, "]");
  EXPECT(reader.next() == Token::end && !reader.error(), "the end without error");
}

static void misuse_is_a_config_error_and_reset_starts_anew(void**) {
  Reader reader(4);
  reader.feed("[1]", false);
  reader.feed("[1]", false);
  EXPECT(reader.next() == Token::error && reader.error().kind() == ErrorKind::config, "unread bytes kept");
  reader.feed("1", true);
  EXPECT(reader.next() == Token::error, "an error to stay");
  reader.reset();
  reader.feed("1", true);
  EXPECT(reader.next() == Token::number && reader.next() == Token::end, "a fresh text");
  reader.feed("", true);
  EXPECT(reader.next() == Token::error && reader.error().kind() == ErrorKind::config,
         "nothing after the last");
  reader.reset();
  reader.feed("x", true);
  EXPECT(reader.next() == Token::error && reader.error().kind() == ErrorKind::protocol, "the peer's fault");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(valid_texts_give_their_tokens_at_every_split),
      cmocka_unit_test(what_is_not_json_is_refused_with_place_and_reason_at_every_split),
      cmocka_unit_test(each_beginning_of_a_text_ends_too_early),
      cmocka_unit_test(depth_is_bounded_exactly),
      cmocka_unit_test(depth_10000_and_a_mebibyte_of_brackets_cost_nothing),
      cmocka_unit_test(a_number_of_400_digits_is_a_number_at_every_split),
      cmocka_unit_test(numbers_up_to_40_bytes_are_never_split),
      cmocka_unit_test(offsets_tell_where_each_token_lies),
      cmocka_unit_test(misuse_is_a_config_error_and_reset_starts_anew),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

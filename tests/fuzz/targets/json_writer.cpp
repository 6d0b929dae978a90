// The writer: any sequence of calls gives a text that reads back as those calls, or an error.
#include <kedge/json.hpp>

#include "../fuzz.hpp"
#include "../reference_json.hpp"

#include <limits>

using namespace kedge;
using namespace kedge::fuzz;
using json::Token;

namespace {

/// Tokens as a reader of the text must find them, and whether the calls were in their places.
class Model {
 public:
  bool legal = true;
  std::vector<std::string> tokens;

  void begin(bool object) {
    if (open_.size() == 255) legal = false;
    value(object ? "{" : "[");
    open_.push_back(object);
    after_key_ = false;
    any_.push_back(false);
  }
  void end(bool object) {
    if (open_.empty() || open_.back() != object || after_key_) {
      legal = false;
      return;
    }
    tokens.emplace_back(object ? "}" : "]");
    open_.pop_back();
    any_.pop_back();
  }
  void key(std::string_view name) {
    if (open_.empty() || !open_.back() || after_key_ || reference_utf8(name) != Utf8Ending::whole)
      legal = false;
    tokens.push_back("k" + std::string(name));
    after_key_ = true;
  }
  void string(std::string_view text) {
    if (reference_utf8(text) != Utf8Ending::whole) legal = false;
    value("s" + std::string(text));
  }
  void value(std::string token) {
    const bool here = open_.empty() ? !done_ : open_.back() == after_key_;
    if (!here) legal = false;
    if (open_.empty()) done_ = true;
    after_key_ = false;
    tokens.push_back(std::move(token));
  }
  [[nodiscard]] bool whole() const { return legal && done_ && open_.empty(); }
  [[nodiscard]] std::size_t depth() const { return open_.size(); }

 private:
  std::vector<bool> open_;
  std::vector<bool> any_;
  bool after_key_ = false;
  bool done_ = false;
};

void integer(json::Writer& writer, Model& model, Input& input) {
  const std::uint8_t kind = input.byte();
  const std::uint64_t bits =
      kind % 8U == 7 ? std::numeric_limits<std::uint64_t>::max() << 63U : input.number(kind % 8U);
  if (kind >= 128) {
    const auto number = static_cast<std::int64_t>(kind % 2U == 0 ? bits : 0 - bits);
    writer.value(number);
    model.value("n" + std::to_string(number));
  } else {
    writer.value(bits);
    model.value("n" + std::to_string(bits));
  }
}

void raw(json::Writer& writer, Model& model, std::string_view text) {
  const bool valid = ReferenceJson::valid(text, static_cast<unsigned>(255 - model.depth()));
  writer.raw(text);
  // Scalars only are told token by token; the rest is for the reader to accept.
  model.value("r" + std::string(text));
  if (!valid) model.legal = false;
}

void call(json::Writer& writer, Model& model, Input& input) {
  switch (const char op = static_cast<char>(input.byte())) {
    case '{':
    case '[':
      op == '{' ? writer.begin_object() : writer.begin_array();
      return model.begin(op == '{');
    case '}':
    case ']':
      op == '}' ? writer.end_object() : writer.end_array();
      return model.end(op == '}');
    case 'k': {
      const std::string_view name = input.until('\n');
      writer.key(name);
      return model.key(name);
    }
    case 'n':
      return integer(writer, model, input);
    case 'r':
      return raw(writer, model, input.until('\n'));
    case 'b':
      writer.value(true);
      return model.value("true");
    case '0':
      writer.null();
      return model.value("null");
    default: {
      const std::string_view text = input.until('\n');
      writer.value(text);
      return model.string(text);
    }
  }
}

void compare(std::string_view text, const Model& model) {
  json::Reader reader(255);
  reader.feed(text, true);
  const auto next = [&reader] {
    const Token token = reader.next();
    std::string room(reader.raw().size(), '\0');
    const auto meaning = json::unescape(reader.raw(), room);
    PROMISE(meaning.ok(), "what was written can be unescaped");
    if (token == Token::begin_object || token == Token::begin_array)
      return std::string(token == Token::begin_object ? "{" : "[");
    if (token == Token::end_object || token == Token::end_array)
      return std::string(token == Token::end_object ? "}" : "]");
    if (token == Token::key) return "k" + std::string(*meaning);
    if (token == Token::string) return "s" + std::string(*meaning);
    if (token == Token::number) return "n" + std::string(reader.raw());
    return std::string(token == Token::true_value ? "true" : token == Token::null ? "null" : "?");
  };
  for (const std::string& expected : model.tokens) {
    if (expected.front() == 'r') {
      // As many tokens as the raw text has by itself.
      json::Reader alone(255);
      alone.feed(std::string_view(expected).substr(1), true);
      while (alone.next() != Token::end) (void)next();
      continue;
    }
    PROMISE(next() == expected, "each call reads back as what was written");
  }
  PROMISE(reader.next() == Token::end, "and nothing more is there");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const auto room = static_cast<std::size_t>(input.number(2));
  const std::string_view script = input.rest();
  const auto run = [script](Sink& sink, Model& model) {
    json::Writer writer(sink);
    Input calls(reinterpret_cast<const std::uint8_t*>(script.data()), script.size());
    while (!calls.empty() && model.legal) call(writer, model, calls);
    return writer.finish();
  };
  std::vector<char> memory(script.size() * 64 + 64);
  BufferSink wide{std::span<char>(memory)};
  Model model;
  const auto written = run(wide, model);
  PROMISE(written.ok() == model.whole(), "a text is whole if and only if finish says so");
  PROMISE(written.ok() || written.error().kind() == ErrorKind::config, "a wrong call is a config error");
  if (written) {
    PROMISE(ReferenceJson::valid(wide.text(), 255), "what is written is JSON");
    compare(wide.text(), model);
  }
  std::vector<char> narrow_memory(room % (wide.size() + 1));
  BufferSink narrow{std::span<char>(narrow_memory)};
  Model again;
  const auto cut = run(narrow, again);
  const bool fits = narrow_memory.size() == wide.size();
  PROMISE(!written || fits == cut.ok(), "a sink without room for all of it is an error");
  PROMISE(!written || fits || cut.error().kind() == ErrorKind::too_large, "of kind too_large");
  PROMISE(wide.text().starts_with(narrow.text()), "what went out is a beginning of the text");
  return 0;
}

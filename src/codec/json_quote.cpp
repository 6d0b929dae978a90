#include "json_quote.hpp"

#include "json_scan.hpp"

namespace kedge::codec {

// What needs no escape goes out in runs.
bool write_quoted(Sink& sink, std::string_view text) noexcept {
  bool ok = sink.write("\"");
  std::size_t run = 0;
  std::size_t at = 0;
  while ((at = json::skip_plain(text, at)) < text.size()) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte >= 0x80) {
      ++at;
      continue;
    }
    ok = ok && sink.write(text.substr(run, at - run));
    constexpr std::string_view short_forms = "\"\\\b\f\n\r\t";
    constexpr std::string_view letters = "\"\\bfnrt";
    constexpr char hex[] = "0123456789abcdef";
    const std::size_t index = short_forms.find(text[at]);
    if (index != std::string_view::npos) {
      const char escape[] = {'\\', letters[index]};
      ok = ok && sink.write({escape, sizeof escape});
    } else {
      const char escape[] = {'\\', 'u', '0', '0', hex[byte >> 4U], hex[byte & 15U]};
      ok = ok && sink.write({escape, sizeof escape});
    }
    run = ++at;
  }
  return ok && sink.write(text.substr(run)) && sink.write("\"");
}

bool write_number(Sink& sink, std::uint64_t number) noexcept {
  char digits[20];
  std::size_t first = sizeof digits;
  do {
    digits[--first] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  return sink.write({digits + first, sizeof digits - first});
}

}  // namespace kedge::codec

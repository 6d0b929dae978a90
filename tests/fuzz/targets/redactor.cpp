// A peer's words, whatever they repeat of a secret and however they spell it: what is left of them shows it
// no more. The secret and a query, a line each; then the words, in which `{s}` stands for the secret,
// spelled.
#include "link/redactor.hpp"

#include "../fuzz.hpp"
#include "../reference_text.hpp"
#include "support/spellings.hpp"

#include <array>

using namespace kedge;
using namespace kedge::fuzz;

namespace {

bool alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool holds_word(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !alphanumeric(text[at - 1])) && (end == text.size() || !alphanumeric(text[end])))
      return true;
  }
  return false;
}

/// The mask may be what it hides.
bool looks_like_the_mask(std::string_view secret) {
  return secret.find_first_not_of('*') == std::string_view::npos;
}

bool shows_any(std::string_view text, std::string_view secret) {
  if (secret.empty() || looks_like_the_mask(secret)) return false;
  return secret.size() < 8 ? holds_word(text, secret) : test::shows(text, secret);
}

std::string with_secret(std::string_view words, std::string_view secret, std::uint8_t how) {
  constexpr std::string_view place = "{s}";
  std::string text;
  for (std::size_t at = 0; at < words.size();) {
    const std::size_t next = std::min(words.find(place, at), words.size());
    text.append(words.substr(at, next - at));
    if (next == words.size()) break;
    const auto spelling = test::all_spellings.at(how++ % test::all_spellings.size());
    text.append(test::spelled(secret, spelling, std::string_view("user:").substr(how % 5U)));
    at = next + place.size();
  }
  return text;
}

bool whole_characters(std::string_view text) {
  return reference_utf8(text) == Utf8Ending::whole;
}

void in_room(const Redactor& redactor, std::string_view words, std::size_t bytes, std::string_view secret) {
  std::vector<char> room(bytes);
  const std::string_view left = redactor.redact(words, room);
  PROMISE(left.data() == words.data() || left.size() <= std::min(words.size(), bytes),
          "what is left is no longer than the words, nor than its room");
  PROMISE(!shows_any(left, secret), "what is left shows the secret no more");
  PROMISE(!whole_characters(words) || whole_characters(left), "characters stay whole");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const std::uint8_t how = input.byte();
  const std::string_view secret = input.until('\n').substr(0, 1024);
  const std::string_view query = input.until('\n').substr(0, 128);
  const Exact words(with_secret(input.rest().substr(0, 1024), secret, how));
  std::array<char, 1024> memory;
  Redactor redactor(memory);
  PROMISE(redactor.credential().assign(secret).ok(), "room for the secret");
  redactor.set_query(query);
  in_room(redactor, words.text(), words.text().size(), secret);
  in_room(redactor, words.text(), how, secret);

  std::vector<char> room(words.text().size()), again(words.text().size());
  const std::string_view left = redactor.redact(words.text(), room);
  const bool same_again = redactor.redact(left, again).data() == left.data();
  PROMISE(same_again || looks_like_the_mask(secret) || !query.empty(), "nothing is left to be found");

  constexpr std::string_view ours = "closed by the peer: ";
  Error error(ErrorKind::connection, ours);
  redactor.append(error, words.text());
  PROMISE(error.message().starts_with(ours), "our words are as they were");
  PROMISE(!shows_any(error.message().substr(ours.size()), secret), "cut, the peer's show it no more");
  return 0;
}

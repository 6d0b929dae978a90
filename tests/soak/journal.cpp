#include "journal.hpp"

#include <kedge/error.hpp>

#include <algorithm>
#include <chrono>

namespace kedge::soak {

void Journal::reason(unsigned client, std::string_view words) noexcept {
  char one_word[Error::message_max];
  const std::size_t size = std::min(words.size(), sizeof one_word);
  std::transform(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(size), one_word,
                 [](char c) { return c > ' ' ? c : '_'; });
  line("reason", client, 0, {one_word, size}, 0);
}

void Journal::line(const char* event, unsigned client, std::uint64_t request, std::string_view word,
                   std::int64_t number) noexcept {
  using namespace std::chrono;
  const auto now = duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
  if (word.empty()) word = "-";
  std::fprintf(file_, "%lld %s %u %llu %.*s %lld\n", static_cast<long long>(now), event, client,
               static_cast<unsigned long long>(request), static_cast<int>(word.size()), word.data(),
               static_cast<long long>(number));
}

}  // namespace kedge::soak

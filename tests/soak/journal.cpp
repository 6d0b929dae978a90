#include "journal.hpp"

#include <chrono>

namespace kedge::soak {

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

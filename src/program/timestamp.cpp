#include "timestamp.hpp"

#include <chrono>
#include <cstdio>
#include <ctime>

namespace kedge::program {

Timestamp rfc3339(WallTime time) noexcept {
  const auto since = time.time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
  const std::time_t whole = static_cast<std::time_t>(seconds.count());
  std::tm parts{};
  gmtime_r(&whole, &parts);
  Timestamp text;
  text.size = std::strftime(text.chars.data(), text.chars.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  const int fraction = std::snprintf(text.chars.data() + text.size, text.chars.size() - text.size, ".%03dZ",
                                     static_cast<int>((since - seconds).count()));
  text.size += static_cast<std::size_t>(fraction);
  return text;
}

}  // namespace kedge::program

#pragma once
// What the clients ask for: the tools that soak.py gives the hub, how often, and how long they may take.

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

namespace kedge::soak {

/// What the answer must be.
enum class Answer : std::uint8_t {
  echo,   ///< the arguments
  sized,  ///< `sized_bytes` bytes
  none,   ///< no result may come
};

/// How long the answer is waited for.
enum class Patience : std::uint8_t {
  brief,  ///< shorter than the tool takes
  usual,  ///< long enough, unless the line is lost
};

struct Tool {
  std::string_view name;
  unsigned weight;
  Answer answer;
  Patience patience;
};

inline constexpr std::size_t sized_bytes = 40'000;
inline constexpr std::array<Tool, 12> tools{{
    {"get_echo", 540, Answer::echo, Patience::usual},
    {"get_large", 30, Answer::sized, Patience::usual},  // many records of TLS
    {"get_huge", 10, Answer::none, Patience::usual},    // larger than the client takes
    {"get_slow", 80, Answer::echo, Patience::usual},    //
    {"get_late", 40, Answer::echo, Patience::brief},    // answered when the deadline has passed
    {"get_broken", 30, Answer::none, Patience::usual},  // fails
    {"get_silent", 20, Answer::none, Patience::brief},  // never answers
    {"get_twice", 20, Answer::echo, Patience::usual},   // answers twice
    {"get_wrong", 10, Answer::none, Patience::brief},   // answers with nobody's id
    {"get_cut", 2, Answer::echo, Patience::usual},      // runs, then cuts the line
    {"rm_all", 70, Answer::none, Patience::usual},      // denied by policy
    {"ask_door", 60, Answer::echo, Patience::usual},    // a human is asked
}};

/// Arguments that tell which request they belong to, of 20 to some 1400 bytes, always the same for a request.
inline std::string arguments_of(std::uint64_t request) {
  const auto padding = static_cast<std::size_t>(request % 7 == 0 ? request % 1361 : request % 29);
  return "{\"n\":" + std::to_string(request) + ",\"x\":\"" +
         std::string(padding, static_cast<char>('a' + request % 26)) + "\"}";
}

/// The request that arguments name, 0 for none.
inline std::uint64_t request_of(std::string_view arguments) noexcept {
  constexpr std::string_view begin = "{\"n\":";
  if (!arguments.starts_with(begin)) return 0;
  std::uint64_t request = 0;
  for (std::size_t i = begin.size(); i < arguments.size() && arguments[i] >= '0' && arguments[i] <= '9'; ++i)
    request = request * 10 + static_cast<std::uint64_t>(arguments[i] - '0');
  return request;
}

using Random = std::mt19937_64;

inline std::uint64_t below(Random& random, std::uint64_t limit) {
  return random() % limit;  // the bias does not matter here
}

inline const Tool& pick_tool(Random& random) {
  unsigned total = 0;
  for (const Tool& tool : tools) total += tool.weight;
  std::uint64_t at = below(random, total);
  for (const Tool& tool : tools) {
    if (at < tool.weight) return tool;
    at -= tool.weight;
  }
  return tools[0];
}

}  // namespace kedge::soak

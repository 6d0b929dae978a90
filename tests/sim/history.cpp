#include "history.hpp"

#include <algorithm>
#include <charconv>

namespace kedge::rig {

namespace {

constexpr std::size_t printed_max = 10;  // requests

const char* name(Priority priority) noexcept {
  return priority == Priority::urgent ? "urgent" : priority == Priority::normal ? "normal" : "low";
}

bool is_end(const HistoryEvent& event) noexcept {
  return event.what == HistoryEvent::What::answered || event.what == HistoryEvent::What::failed;
}

}  // namespace

std::string to_string(const HistoryEvent& event) {
  switch (event.what) {
    case HistoryEvent::What::asked: {
      char seconds[32];
      std::snprintf(seconds, sizeof seconds, "%.3f s", std::chrono::duration<double>(event.deadline).count());
      return "asked: kind " + std::to_string(event.kind) + ", priority " + name(event.priority) +
             ", deadline in " + seconds;
    }
    case HistoryEvent::What::refused:
      return "refused: " + event.words;
    case HistoryEvent::What::cancelled:
      return "cancelled by the user";
    case HistoryEvent::What::not_cancelled:
      return "the user's cancel came too late";
    case HistoryEvent::What::answered:
      return "ended with a result";
    case HistoryEvent::What::failed:
      return "ended: " + event.words;
  }
  return {};
}

// "request 23: ...", "message 7", "12 was dropped before 7", or nothing but the number.
std::vector<std::uint64_t> requests_named(std::string_view detail) {
  std::vector<std::uint64_t> named;
  std::string_view before;
  for (std::size_t at = 0; at < detail.size();) {
    const std::size_t end = std::min(detail.find(' ', at), detail.size());
    std::string_view word = detail.substr(at, end - at);
    while (word.ends_with(':') || word.ends_with(',')) word.remove_suffix(1);
    std::uint64_t number = 0;
    const auto read = std::from_chars(word.data(), word.data() + word.size(), number);
    const bool is_number = read.ec == std::errc() && read.ptr == word.data() + word.size();
    const bool alone = at == 0 && (end == detail.size() || detail.substr(end).starts_with(" was "));
    const bool called = before == "request" || before == "message" || before == "before" || before == "is";
    if (is_number && (alone || called) && std::ranges::count(named, number) == 0) named.push_back(number);
    before = word;
    at = end + 1;
  }
  return named;
}

std::vector<std::uint64_t> History::open() const {
  std::vector<std::uint64_t> open;
  for (const HistoryEvent& event : events_) {
    if (event.what == HistoryEvent::What::asked) open.push_back(event.request);
    if (is_end(event)) std::erase(open, event.request);
  }
  return open;
}

void History::print(std::FILE* to, std::string_view detail) const {
  std::vector<std::uint64_t> requests = requests_named(detail);
  std::erase_if(requests, [this](std::uint64_t number) {
    return std::ranges::none_of(events_,
                                [number](const HistoryEvent& event) { return event.request == number; });
  });
  const bool named = !requests.empty();
  if (!named) requests = open();
  if (requests.empty()) return;
  std::fprintf(to, "%s%s\n", named ? "the requests it names" : "the requests that were open",
               requests.size() > printed_max ? ", the first ten" : "");
  requests.resize(std::min(requests.size(), printed_max));
  for (const std::uint64_t number : requests) {
    for (const HistoryEvent& event : events_) {
      if (event.request != number) continue;
      std::fprintf(to, "%12.6f s  request %llu %s\n",
                   std::chrono::duration<double>(event.when - began_).count(),
                   static_cast<unsigned long long>(number), to_string(event).c_str());
    }
  }
}

}  // namespace kedge::rig

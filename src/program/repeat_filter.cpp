#include "repeat_filter.hpp"

#include <kedge/client.hpp>

#include <algorithm>
#include <utility>

namespace kedge::program {

namespace {

/// FNV-1a.
class Hash {
 public:
  void add(std::string_view text) noexcept {
    for (const char c : text) {
      value_ = (value_ ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
    }
    value_ *= 0x100000001B3ULL;  // the end of a part counts
  }
  [[nodiscard]] std::uint64_t value() const noexcept { return value_; }

 private:
  std::uint64_t value_ = 0xCBF29CE484222325ULL;
};

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

std::string_view take_word(std::string_view& text) noexcept {
  const std::size_t size = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, size);
  text.remove_prefix(std::min(size + 1, text.size()));
  return word;
}

std::string_view without_punctuation(std::string_view word) noexcept {
  constexpr std::string_view punctuation = "()[],;:.";
  const std::size_t begin = std::min(word.find_first_not_of(punctuation), word.size());
  const std::size_t end = word.find_last_not_of(punctuation) + 1;
  return word.substr(begin, std::max(begin, end) - begin);
}

/// A status or a close code says what has happened; an address, an id or a number of milliseconds says where
/// or when.
bool says_what(std::string_view word, std::string_view rest) noexcept {
  if (std::none_of(word.begin(), word.end(), is_digit)) return true;
  const std::string_view number = without_punctuation(word);
  const std::string_view unit = without_punctuation(take_word(rest));
  return (number.size() == 3 || number.size() == 4) && std::all_of(number.begin(), number.end(), is_digit) &&
         unit != "ms" && unit != "s" && unit != "bytes";
}

std::uint64_t key_of(const LogRecord& record) noexcept {
  Hash hash;
  hash.add(record.event);
  hash.add(record.peer);
  std::string_view rest = record.message;
  while (!rest.empty()) {
    const std::string_view word = take_word(rest);
    hash.add(says_what(word, rest) ? word : "#");
  }
  return hash.value();
}

}  // namespace

RepeatFilter::Verdict RepeatFilter::Kind::judge(Instant now, bool owed) noexcept {
  seen = now;
  const bool due = told == never || now - told >= interval;
  if (!due && !owed) {
    ++untold;
    return {false, untold};
  }
  if (due && told != never) interval = std::min<Duration>(interval * 2, interval_longest);
  told = now;
  return {true, std::exchange(untold, 0)};
}

RepeatFilter::Verdict RepeatFilter::judge(const LogRecord& record, Instant now) noexcept {
  note_line(record, now);
  const bool ready = record.event == to_string(LinkState::ready);
  const Verdict verdict = kind_of(record, now).judge(now, ready && told_as_lost_);
  if (verdict.tell && ready) told_as_lost_ = false;
  if (verdict.tell && record.event == to_string(LinkState::waiting)) told_as_lost_ = true;
  return verdict;
}

void RepeatFilter::was_lost(const LogRecord& record, const Verdict& verdict, Instant now) noexcept {
  Kind& kind = kind_of(record, now);
  kind.told = never;
  kind.untold = verdict.untold + 1;
}

void RepeatFilter::note_line(const LogRecord& record, Instant now) noexcept {
  if (record.event == to_string(LinkState::ready)) {
    if (ready_since_ == never) ready_since_ = now;
    return;
  }
  const bool lost = record.event == to_string(LinkState::waiting) ||
                    record.event == to_string(LinkState::connecting) ||
                    record.event == to_string(LinkState::closed);
  if (ready_since_ != never && now - ready_since_ >= calm_after) {
    count_ = 0;
    others_ = {};
    ready_since_ = now;
  }
  if (lost) ready_since_ = never;
}

RepeatFilter::Kind& RepeatFilter::kind_of(const LogRecord& record, Instant now) noexcept {
  const std::uint64_t key = key_of(record);
  const auto end = kinds_.begin() + static_cast<std::ptrdiff_t>(count_);
  const auto found = std::find_if(kinds_.begin(), end, [key](const Kind& kind) { return kind.key == key; });
  if (found != end) return *found;
  if (count_ < kinds_.size()) {
    kinds_[count_] = {};
    kinds_[count_].key = key;
    return kinds_[count_++];
  }
  const auto oldest = std::min_element(kinds_.begin(), kinds_.end(),
                                       [](const Kind& a, const Kind& b) { return a.seen < b.seen; });
  if (now - oldest->seen < interval_longest) return others_;
  *oldest = {};
  oldest->key = key;
  return *oldest;
}

}  // namespace kedge::program

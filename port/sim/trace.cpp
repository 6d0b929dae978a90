#include "trace.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstring>

namespace kedge::sim::detail {

namespace {

constexpr const char* words[] = {
    "connect to port",
    "opened",
    "not opened, errno",
    "accepted",
    "sent",
    "arrived",
    "end arrived",
    "read",
    "broken, errno",
    "restored",
    "cut",
    "close",
    "closed",
    "timer",
    "resolve",
    "resolved, addresses",
    "call made to fail",
    "accept error",
    "note:",
};
static_assert(std::size(words) == static_cast<std::size_t>(Happened::note) + 1);

bool is_port(Happened what) noexcept {
  return what == Happened::timer || what == Happened::resolve || what == Happened::resolved;
}

}  // namespace

Trace::Line& Trace::next(Instant now, Happened what) noexcept {
  Line& line = lines_[static_cast<std::size_t>(count_++ % lines_max)];
  line.when = now;
  line.what = what;
  digest(static_cast<std::uint64_t>(now.time_since_epoch().count()));
  digest(static_cast<std::uint64_t>(what));
  return line;
}

void Trace::add(Instant now, Happened what, std::uint32_t who, std::int64_t a, std::int64_t b) noexcept {
  Line& line = next(now, what);
  line.who = who;
  line.a = a;
  line.b = b;
  digest(who);
  digest(static_cast<std::uint64_t>(a));
  digest(static_cast<std::uint64_t>(b));
}

void Trace::note(Instant now, std::string_view text) noexcept {
  Line& line = next(now, Happened::note);
  const std::size_t size = std::min(text.size(), note_bytes_max);
  if (size > 0) std::memcpy(line.text.data(), text.data(), size);
  line.text[size] = '\0';
  for (const char c : text.substr(0, size)) digest(static_cast<unsigned char>(c));
}

void Trace::print(std::FILE* to, Instant start) const noexcept {
  const std::uint64_t first = count_ > lines_max ? count_ - lines_max : 0;
  for (std::uint64_t index = first; index < count_; ++index) {
    const Line& line = lines_[static_cast<std::size_t>(index % lines_max)];
    const char* word = words[static_cast<std::size_t>(line.what)];
    const double seconds = static_cast<double>((line.when - start).count()) / 1e6;
    if (line.what == Happened::note) {
      std::fprintf(to, "%14.6f s  %s %s\n", seconds, word, line.text.data());
    } else if (is_port(line.what)) {
      std::fprintf(to, "%14.6f s  port %" PRIu32 ": %s %" PRId64 "\n", seconds, line.who, word, line.a);
    } else {
      std::fprintf(to, "%14.6f s  connection %" PRIu32 " %s: %s %" PRId64 "\n", seconds, line.who,
                   line.b == 0 ? "(out)" : "(in) ", word, line.a);
    }
  }
}

}  // namespace kedge::sim::detail

#pragma once
// The head of an upgrade, fed to the end that reads it: UpgradeServer or UpgradeClient.

#include "fuzz.hpp"

namespace kedge::fuzz {

inline constexpr std::uint16_t head_bytes_max = 700;
inline constexpr std::uint16_t headers_max = 12;

struct Verdict {
  bool complete = false;
  Error error;
  std::size_t taken = 0;
};

/// Feeds `text`, cut as `cut` says, until the end has its verdict, which then stays as it is.
template <class End>
Verdict feed(End& end, std::string_view text, std::uint8_t cut) {
  Verdict verdict;
  for (Cuts cuts(cut, text); !cuts.done() && !verdict.complete && !verdict.error;) {
    const Exact piece = cuts.next();
    std::size_t taken = 0;
    const auto fed = end.feed(piece.bytes(), &taken);
    PROMISE(taken <= piece.text().size(), "no more is taken than was given");
    verdict.taken += taken;
    verdict.error = fed.error();
    verdict.complete = fed.ok() && *fed;
    PROMISE(!fed || *fed || taken == piece.text().size(), "an unfinished head takes all");
  }
  std::size_t taken = 0;
  const auto again = end.feed({}, &taken);
  PROMISE(same(again.error(), verdict.error) && taken == 0, "an error stays the same");
  PROMISE(!again || *again == verdict.complete, "and so does a complete head");
  return verdict;
}

inline void same_verdict(const Verdict& pieces, const Verdict& whole) {
  PROMISE(pieces.complete == whole.complete && same(pieces.error, whole.error),
          "pieces give the same verdict");
  PROMISE(!whole.complete || pieces.taken == whole.taken, "and leave the same bytes for frames");
}

/// What holds for a head that was accepted.
inline void keeps_limits(std::string_view head) {
  PROMISE(head.size() <= head_bytes_max && head.ends_with("\r\n\r\n"), "a whole head within its limit");
  PROMISE(std::count(head.begin(), head.end(), '\n') <= headers_max + 2, "and with no more headers");
}

}  // namespace kedge::fuzz

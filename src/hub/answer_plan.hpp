#pragma once
// When an answer of a stand-in goes out, and in which bad manner.

#include <kedge/time.hpp>

#include <cstdint>

namespace kedge::hub {

/// How an answer goes out. All but `none` are what a broken server, or an odd one, might do; a side knows
/// those that its protocol has a meaning for.
enum class Habit : std::uint8_t {
  none,
  silent,    ///< never, though what was asked for has been done
  twice,     ///< the same answer two times
  wrong_id,  ///< with an id that nobody asked with
  cut,       ///< the line is cut instead
  text_id,   ///< a numeric id comes back as a string
  both,      ///< result and error in one answer
  empty,     ///< an answer with nothing in it
  failing,   ///< the handler throws, so that the protocol's own error goes out instead
};

struct AnswerPlan {
  Duration delay{};  ///< from when the answer is known to when it goes out
  /// When not 0: answers of this plan wait until there are so many, then go out newest first.
  std::uint32_t reverse = 0;
  Habit habit = Habit::none;
};

}  // namespace kedge::hub

#pragma once
// A tool of the stand-in: what it answers, after how long, and in which bad manner.

#include "../answer_plan.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace kedge::hub::agent_gate {

/// How an answer is spelled. Real servers write all of these: Python's JSON knows `NaN`, `Infinity` and
/// surrogates without their other half.
enum class Spelling : std::uint8_t {
  plain,
  nan,          ///< `NaN` in the data
  infinity,     ///< `-Infinity` in the data
  surrogate,    ///< half a surrogate pair in the data, as an escape
  null_beside,  ///< `"error":null` beside the result, `"result":null` beside an error
  id_first,     ///< the id before all else, where others have it last
  deep,         ///< data nested 300 deep
};

struct Tool : AnswerPlan {
  std::string name;
  std::string description;
  std::string result = "{}";         ///< JSON text of the result's `data`
  bool echo = false;                 ///< `data` is the request's `args` instead
  std::uint32_t result_bytes = 0;    ///< when not 0, `data` is `{"filler":"xxx..."}` of this size
  std::optional<std::string> error;  ///< fails with -32004 and this message
  Spelling spelling = Spelling::plain;
};

}  // namespace kedge::hub::agent_gate

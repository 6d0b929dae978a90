#include "failure_history.hpp"

namespace kedge {

FailureHistory::Answer FailureHistory::answer_of(const Error& why) noexcept {
  const bool answered =
      why.layer() == Layer::http || why.layer() == Layer::proxy || why.layer() == Layer::websocket;
  if (!answered || why.layer_code() == 0) return {};
  const bool forbidden = why.layer() == Layer::http && why.layer_code() == 403;
  return {why.layer(), forbidden ? 401 : why.layer_code()};
}

void FailureHistory::failed(const Error& why) noexcept {
  const Answer answer = answer_of(why);
  if (answer == Answer{} || answer != answer_) answers_ = 0;
  answer_ = answer;
  if (answer != Answer{} && answers_ < many) ++answers_;
}

}  // namespace kedge

#include "failure.hpp"

#include "../ws/close_code.hpp"

#include <kedge/tls_layer.hpp>

namespace kedge {

namespace {

/// An answer that means the credential.
bool is_forbidden(const Error& error) noexcept {
  const std::int32_t status = error.layer_code();
  if (error.layer() == Layer::proxy) return status == 401 || status == 407;
  return error.layer() == Layer::http && (status == 401 || status == 403);
}

bool fatal_status(std::int32_t status) noexcept {
  switch (status) {
    case 400:
    case 401:
    case 403:
    case 404:
    case 405:
    case 426:
      return true;
    default:
      return status >= 300 && status < 400;
  }
}

/// A failure that another attempt would meet again, as far as it tells by itself.
bool is_refusal(const Error& error) noexcept {
  switch (error.layer()) {
    case Layer::http:
      // A response that breaks the upgrade's rules is no WebSocket server's, and will not become one.
      return error.kind() == ErrorKind::protocol || fatal_status(error.layer_code());
    case Layer::proxy:
      return error.kind() == ErrorKind::protocol || error.layer_code() == 407 ||
             fatal_status(error.layer_code());
    case Layer::tls:
      return tls_failure_is_verification(error);
    case Layer::websocket:
      return error.layer_code() == ws::close_code::policy_violation ||
             error.layer_code() == ws::close_code::mandatory_extension;
    default:
      return false;
  }
}

}  // namespace

std::string_view to_string(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::again:
      return "again";
    case Verdict::refused:
      return "refused";
    case Verdict::final:
      return "final";
  }
  return "unknown";
}

Verdict classify(const Error& error, const FailureHistory& history) noexcept {
  const bool believed = !history.was_ready() || history.same_answer_many_times();
  const bool refused = error.kind() == ErrorKind::config || (believed && is_refusal(error));
  return refused ? Verdict::refused : Verdict::again;
}

Judgement usual_judgement(const Ending& ending, const FailureHistory& history,
                          bool upgrade_has_credential) noexcept {
  Judgement judgement;
  const Error why = ending.was_open && !ending.was_ready ? before_ready(ending.error) : ending.error;
  judgement.error = as_remembered(why, history, upgrade_has_credential);
  judgement.verdict = classify(judgement.error, history);
  judgement.not_before = ending.hint;
  return judgement;
}

Error before_ready(const Error& why) noexcept {
  if (why.layer() != Layer::websocket || why.layer_code() != ws::close_code::policy_violation) return why;
  return Error(ErrorKind::authentication, why.layer(), why.layer_code(), "refused: ")
      .append(why.message())
      .with_code(why.code())
      .with_retry_after(why.retry_after());
}

Error as_remembered(const Error& why, const FailureHistory& history, bool upgrade_has_credential) noexcept {
  if (!history.was_ready() || !is_forbidden(why)) return why;
  // A proxy that wants a credential says so whether it was shown one or not.
  const bool of_credential = upgrade_has_credential || why.layer() == Layer::proxy;
  const bool believed = of_credential && history.same_answer_many_times();
  return Error(believed ? ErrorKind::authentication : ErrorKind::connection, why.layer(), why.layer_code(),
               why.message())
      .with_code(why.code())
      .with_retry_after(why.retry_after());
}

}  // namespace kedge

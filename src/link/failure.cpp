#include "failure.hpp"

#include "../ws/close_code.hpp"

#include <kedge/tls_layer.hpp>

namespace kedge {

namespace {

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

}  // namespace

Severity classify(const Error& error) noexcept {
  bool fatal = error.kind() == ErrorKind::config;
  switch (error.layer()) {
    case Layer::http:
      // A response that breaks the upgrade's rules is no WebSocket server's, and will not become one.
      fatal = fatal || error.kind() == ErrorKind::protocol || fatal_status(error.layer_code());
      break;
    case Layer::tls:
      fatal = fatal || tls_failure_is_verification(error);
      break;
    case Layer::websocket:
      fatal = fatal || error.layer_code() == ws::close_code::policy_violation ||
              error.layer_code() == ws::close_code::mandatory_extension;
      break;
    default:
      break;
  }
  return fatal ? Severity::fatal : Severity::retryable;
}

Error before_ready(const Error& why) noexcept {
  if (why.layer() != Layer::websocket || why.layer_code() != ws::close_code::policy_violation) return why;
  return Error(ErrorKind::authentication, why.layer(), why.layer_code(), "refused: ")
      .append(why.message())
      .with_code(why.code())
      .with_retry_after(why.retry_after());
}

}  // namespace kedge

#include "exit_code.hpp"

namespace kedge::cli {

ExitCode exit_code_for(const Error& error) noexcept {
  switch (error.kind()) {
    case ErrorKind::none:
      return ExitCode::ok;
    case ErrorKind::config:
      return ExitCode::usage;
    case ErrorKind::connection:
    case ErrorKind::tls:
      return ExitCode::connection;
    case ErrorKind::authentication:
      return ExitCode::authentication;
    case ErrorKind::denied:
      return ExitCode::denied;
    case ErrorKind::timeout: {
      const bool of_request = error.layer() == Layer::none || error.layer() == Layer::protocol;
      return of_request ? ExitCode::timeout : ExitCode::connection;
    }
    case ErrorKind::remote:
      return ExitCode::remote;
    case ErrorKind::protocol:
    case ErrorKind::too_large:
      return ExitCode::protocol;
    case ErrorKind::cancelled:
    case ErrorKind::closed:
    case ErrorKind::queue_full:
      return ExitCode::other;
  }
  return ExitCode::other;
}

}  // namespace kedge::cli

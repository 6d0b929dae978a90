#include "exit_code.hpp"

#include <array>

namespace kedge::cli {

namespace {

constexpr std::array meanings = std::to_array<ExitMeaning>({
    {ExitCode::ok, "success"},
    {ExitCode::other,
     "cancelled, closed, a queue was full, the result could not be printed, or memory ran out"},
    {ExitCode::usage, "wrong usage or configuration"},
    {ExitCode::connection,
     "no connection: name, TCP, proxy, TLS, upgrade, or the line was lost for good, or what was to be read "
     "was not "
     "written in time; nothing was sent"},
    {ExitCode::authentication, "the server refused the token"},
    {ExitCode::denied, "the request was denied, by policy or by a human"},
    {ExitCode::timeout, "no answer in time (it may still come), or the approval timed out"},
    {ExitCode::remote, "the server answered with an error, or rejected the packet"},
    {ExitCode::protocol, "the server broke its protocol, or a message was too large"},
    {ExitCode::outcome_unknown, "outcome unknown: it was sent and its answer is lost; it may have run"},
    {ExitCode::interrupted, "interrupted"},
});

}  // namespace

std::span<const ExitMeaning> exit_meanings() noexcept {
  return meanings;
}

std::string exit_code_help() {
  std::string text = "Exit codes:";
  for (const ExitMeaning& meaning : meanings) {
    const std::string number = std::to_string(static_cast<int>(meaning.code));
    text.append("\n").append(5 - number.size(), ' ').append(number).append("  ").append(meaning.words);
  }
  return text;
}

ExitCode exit_code_for(const Error& error, bool line_lost) noexcept {
  // What a layer below says is about the line, whose end (1009, say) is no answer.
  const bool of_request = error.layer() == Layer::none || error.layer() == Layer::protocol;
  const bool unreadable =
      of_request && (error.kind() == ErrorKind::protocol || error.kind() == ErrorKind::too_large);
  const bool may_come = of_request && error.kind() == ErrorKind::timeout && !line_lost;
  if (error.may_have_run() && !unreadable && !may_come) return ExitCode::outcome_unknown;
  // Whatever it says, it is not the server's: a token is not refused by a 407.
  if (error.layer() == Layer::proxy) return ExitCode::connection;
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
    case ErrorKind::timeout:
      return of_request ? ExitCode::timeout : ExitCode::connection;
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

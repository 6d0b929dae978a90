#include "authentication.hpp"

#include "../../ws/http_text.hpp"
#include "messages.hpp"

#include <kedge/agent_gate.hpp>
#include <kedge/json_text.hpp>

namespace kedge::agent_gate {

namespace {

constexpr std::int32_t another_agent = 4000;  // close code

// Whether `text` holds `word`, whatever its case.
bool contains(std::string_view text, std::string_view word) noexcept {
  for (std::size_t at = 0; at + word.size() <= text.size(); ++at) {
    if (ws::equal_without_case(text.substr(at, word.size()), word)) return true;
  }
  return false;
}

// The server says with one code that a token is wrong and that none came in time, and tells them apart in
// words.
bool came_too_late(const Error& error) noexcept {
  return error.code() == code::not_authenticated && contains(error.message(), "timeout") &&
         !contains(error.message(), "token");
}

// Also an error of another kind: an authentication that failed is one of kind authentication.
Error as_refusal(const Error& error) noexcept {
  return Error(ErrorKind::authentication, Layer::protocol, error.code(), error.message())
      .with_code(error.code());
}

}  // namespace

AuthVerdict read_auth_answer(const Reply& reply, const Redactor& redactor, std::uint8_t depth_max) noexcept {
  AuthVerdict verdict;
  const bool ours = reply.id.kind == ReplyId::Kind::text && json::equals(reply.id.text, auth_id);
  const bool nameless = reply.id.kind == ReplyId::Kind::null || reply.id.kind == ReplyId::Kind::missing;
  if (reply.error) {
    if (!ours && !(nameless && reply.error.code() == code::not_authenticated)) return verdict;
    verdict.answer = AuthAnswer::refused;
    verdict.what_follows = came_too_late(reply.error) ? Verdict::again : Verdict::refused;
    verdict.error = redactor.redact(as_refusal(reply.error));
    return verdict;
  }
  if (!ours) return verdict;
  if (says_authenticated(reply.result, depth_max)) {
    verdict.answer = AuthAnswer::accepted;
  } else {
    verdict.answer = AuthAnswer::refused;
    verdict.error = Error(ErrorKind::authentication, Layer::protocol, 0,
                          "the server answered auth with something else than 'authenticated'");
  }
  return verdict;
}

Judgement judge(const Ending& ending, Judgement judgement) noexcept {
  if (ending.close_code == another_agent) judgement.verdict = Verdict::again;
  return judgement;
}

}  // namespace kedge::agent_gate

// One message of an agent-gate server: what it answers, and what a tool's result says.
#include "protocol/agent_gate/authentication.hpp"
#include "protocol/agent_gate/reply.hpp"

#include <kedge/agent_gate.hpp>

#include "../fuzz.hpp"
#include "../json_respell.hpp"
#include "../reference_json.hpp"

#include <array>

using namespace kedge;
using namespace kedge::fuzz;
using agent_gate::Reply;
using agent_gate::ReplyId;

namespace {

constexpr std::uint8_t depth_max = 16;
constexpr std::string_view token = "correct-horse-battery";

bool inside(std::string_view part, std::string_view text) {
  return part.data() >= text.data() && part.data() + part.size() <= text.data() + text.size();
}

void check(const Reply& reply, std::string_view message) {
  PROMISE(reply.result.empty() == static_cast<bool>(reply.error), "a reply is a result or an error");
  if (!reply.result.empty()) {
    PROMISE(inside(reply.result, message) && ReferenceJson::valid(reply.result, depth_max),
            "a result is JSON of the message");
  }
  if (reply.id.kind == ReplyId::Kind::text)
    PROMISE(inside(reply.id.text, message), "an id's text is the message's");
  PROMISE(reference_utf8(reply.error.message()) == Utf8Ending::whole,
          "an error's words are UTF-8, cut short too");
}

void authentication(const Reply& reply) {
  std::array<char, 1024> memory;
  Redactor redactor(memory);
  PROMISE(redactor.credential().assign(token).ok(), "room for the token");
  const auto verdict = agent_gate::read_auth_answer(reply, redactor, depth_max);
  const bool refused = verdict.answer == agent_gate::AuthAnswer::refused;
  PROMISE(refused == static_cast<bool>(verdict.error), "a refusal has an error, and nothing else has");
  PROMISE(!refused || verdict.error.kind() == ErrorKind::authentication, "of kind authentication");
  PROMISE(verdict.error.message().find(token.substr(0, 8)) == std::string_view::npos,
          "no error holds the token, nor its beginning");
  PROMISE(verdict.answer != agent_gate::AuthAnswer::accepted || !reply.error, "an error accepts nobody");
}

void tool_result(std::string_view text) {
  const auto result = agent_gate::read_tool_result(text, depth_max);
  PROMISE(result.status.empty() || result.status == "executed" || result.status == "denied" ||
              result.status == "error",
          "a status is one of three, or could not be read");
  const ErrorKind kind = result.error.kind();
  if (result.status == "executed" && kind == ErrorKind::none) {
    PROMISE(ReferenceJson::valid(result.data, depth_max), "data is JSON");
  } else {
    const bool nobody = result.error.code() == agent_gate::code::approval_timeout;
    PROMISE(!nobody || result.error.message() == "Approval timed out",
            "only those words say that nobody decided");
    PROMISE(kind == (nobody                      ? ErrorKind::timeout
                     : result.status == "denied" ? ErrorKind::denied
                     : result.status == "error"  ? ErrorKind::remote
                                                 : ErrorKind::protocol),
            "what was not executed has the error of its status");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Exact message({reinterpret_cast<const char*>(data), size});
  tool_result(message.text());
  const auto reply = agent_gate::read_reply(message.text(), depth_max);
  if (!reply) {
    PROMISE(reply.error().kind() == ErrorKind::protocol, "what is no answer is a protocol error");
    return 0;
  }
  check(*reply, message.text());
  authentication(*reply);
  tool_result(reply->result);
  const std::string other = respelled(*json::parse(message.text(), depth_max));
  const auto again = agent_gate::read_reply(other, depth_max);
  PROMISE(again && again->id.kind == reply->id.kind && again->id.number == reply->id.number,
          "another spelling of the answer has the same id");
  PROMISE(again->error.code() == reply->error.code() && again->error.kind() == reply->error.kind(),
          "and the same code");
  // A message longer than an Error may be cut at another place when it is written in escapes.
  PROMISE(other.size() > 600 || again->error.message() == reply->error.message(), "and the same words");
  return 0;
}

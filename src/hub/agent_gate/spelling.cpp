#include "spelling.hpp"

#include "rpc.hpp"

namespace kedge::hub::agent_gate {

namespace {

// More than any reader follows.
constexpr std::size_t deep = 300;

std::string data_of(Spelling spelling, const std::string& data) {
  switch (spelling) {
    case Spelling::nan:
      return R"({"value":NaN})";
    case Spelling::infinity:
      return R"({"value":-Infinity})";
    case Spelling::surrogate:
      return R"({"value":"\ud83d"})";
    case Spelling::deep:
      return R"({"value":)" + std::string(deep, '[') + std::string(deep, ']') + "}";
    default:
      return data;
  }
}

// `"result":...` or `"error":...`; the text that stands between the braces of a plain answer, but for its id.
std::string outcome_of(Spelling spelling, const Verdict& verdict) {
  const bool null_beside = spelling == Spelling::null_beside;
  if (verdict.code != 0) {
    const std::string error = R"("error":{"code":)" + std::to_string(verdict.code) + R"(,"message":)" +
                              quoted(verdict.message) + "}";
    return null_beside ? R"("result":null,)" + error : error;
  }
  const std::string result =
      R"("result":{"status":"executed","data":)" + data_of(spelling, verdict.data) + "}";
  return null_beside ? result + R"(,"error":null)" : result;
}

}  // namespace

// No writer of JSON would write some of these, so the text is put together by hand.
std::string spelled_reply(Spelling spelling, std::string_view id, const Verdict& verdict) {
  if (spelling == Spelling::plain) {
    return verdict.code != 0 ? error_reply(id, verdict.code, verdict.message)
                             : result_reply(id, status_data("executed", verdict.data));
  }
  const std::string member = R"("id":)" + std::string(id);
  const std::string outcome = outcome_of(spelling, verdict);
  if (spelling == Spelling::id_first) return "{" + member + R"(,"jsonrpc":"2.0",)" + outcome + "}";
  return R"({"jsonrpc":"2.0",)" + outcome + "," + member + "}";
}

}  // namespace kedge::hub::agent_gate

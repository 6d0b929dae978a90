#include "messages.hpp"

#include "../../codec/json_quote.hpp"
#include "../../codec/utf8.hpp"

namespace kedge::agent_gate {

using codec::write_number;
using codec::write_quoted;

namespace {

Error not_utf8(std::string_view what) noexcept {
  return Error(ErrorKind::config, what).append(" is not UTF-8");
}

Result<void> room(bool written) noexcept {
  return written ? Result<void>{} : Error(ErrorKind::too_large, "no room for the message");
}

}  // namespace

Result<void> encode_auth(Sink& sink, std::string_view token) noexcept {
  if (!codec::utf8_valid(token)) return not_utf8("the token");
  return room(sink.write(R"({"jsonrpc":"2.0","method":"auth","params":{"token":)") &&
              write_quoted(sink, token) && sink.write(R"(},"id":)") && write_quoted(sink, auth_id) &&
              sink.write("}"));
}

Result<void> encode_tool_request(Sink& sink, std::string_view tool, std::string_view args,
                                 std::uint64_t id) noexcept {
  if (!codec::utf8_valid(tool)) return not_utf8("the tool's name");
  return room(sink.write(R"({"jsonrpc":"2.0","method":"tool_request","params":{"tool":)") &&
              write_quoted(sink, tool) && sink.write(R"(,"args":)") && sink.write(args) &&
              sink.write(R"(},"id":)") && write_number(sink, id) && sink.write("}"));
}

Result<void> encode_call(Sink& sink, std::string_view method, std::uint64_t id) noexcept {
  return room(sink.write(R"({"jsonrpc":"2.0","method":)") && write_quoted(sink, method) &&
              sink.write(R"(,"params":{},"id":)") && write_number(sink, id) && sink.write("}"));
}

}  // namespace kedge::agent_gate

#include "messages.hpp"

#include <kedge/json_writer.hpp>

namespace kedge::agent_gate {

namespace {

json::Writer& begin(json::Writer& writer, std::string_view method) noexcept {
  return writer.begin_object().member("jsonrpc", "2.0").member("method", method).key("params").begin_object();
}

}  // namespace

Result<void> encode_auth(Sink& sink, std::string_view token) noexcept {
  json::Writer writer(sink);
  begin(writer, "auth").member("token", token).end_object().member("id", auth_id).end_object();
  return writer.finish();
}

Result<void> encode_tool_request(Sink& sink, std::string_view tool, std::string_view args,
                                 std::uint64_t id) noexcept {
  json::Writer writer(sink);
  begin(writer, "tool_request").member("tool", tool).key("args").raw(args).end_object();
  writer.member("id", id).end_object();
  return writer.finish();
}

Result<void> encode_call(Sink& sink, std::string_view method, std::uint64_t id) noexcept {
  json::Writer writer(sink);
  begin(writer, method).end_object().member("id", id).end_object();
  return writer.finish();
}

}  // namespace kedge::agent_gate

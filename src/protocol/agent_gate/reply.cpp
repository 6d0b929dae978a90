#include "reply.hpp"

#include <kedge/agent_gate.hpp>
#include <kedge/json_value.hpp>

#include <array>
#include <limits>

namespace kedge::agent_gate {

namespace {

// An escape takes six bytes at most for one byte of text: what is longer than this has more text than an
// Error holds.
constexpr std::size_t raw_message_max = 6 * Error::message_max;

Error malformed(std::string_view why) noexcept {
  return {ErrorKind::protocol, Layer::protocol, 0, why};
}

ReplyId read_id(const json::Value& value) noexcept {
  ReplyId id;
  id.kind = ReplyId::Kind::other;
  if (!value.present()) {
    id.kind = ReplyId::Kind::missing;
  } else if (value.is_null()) {
    id.kind = ReplyId::Kind::null;
  } else if (const auto number = value.as_uint64()) {
    id.kind = ReplyId::Kind::number;
    id.number = *number;
  } else if (const auto text = value.as_raw_string()) {
    id.kind = ReplyId::Kind::text;
    id.text = *text;
  }
  return id;
}

// A string's text, or the JSON text of anything else, as far as an Error can hold it.
Error with_text(Error error, const json::Value& value) noexcept {
  const auto raw = value.as_raw_string();
  if (!raw) return error.append(value.text());
  std::array<char, raw_message_max> buffer;
  if (const auto text = json::unescape(*raw, buffer)) return error.append(*text);
  // Longer than the buffer and with escapes: the beginning as it stands there.
  return error.append(*raw);
}

Result<void> read_error(const json::Value& value, Error& error) noexcept {
  const auto code = value.find("code").as_int64();
  if (!code) return code.error();
  if (*code < std::numeric_limits<std::int32_t>::min() || *code > std::numeric_limits<std::int32_t>::max()) {
    return malformed("the error's code is out of range");
  }
  const json::Value message = value.find("message");
  if (const auto text = message.as_raw_string(); !text) return text.error();
  error = with_text(remote_error(static_cast<std::int32_t>(*code), {}), message);
  return {};
}

}  // namespace

ErrorKind kind_of_code(std::int32_t code) noexcept {
  switch (code) {
    case code::denied_by_user:
    case code::denied_by_policy:
      return ErrorKind::denied;
    case code::approval_timeout:
      return ErrorKind::timeout;
    case code::not_authenticated:
      return ErrorKind::authentication;
    default:
      return ErrorKind::remote;
  }
}

Error remote_error(std::int32_t code, std::string_view message) noexcept {
  return Error(kind_of_code(code), Layer::protocol, code, message).with_code(code);
}

Result<Reply> read_reply(std::string_view message, std::uint8_t depth_max) noexcept {
  const auto parsed = json::parse(message, depth_max);
  if (!parsed) return parsed.error();
  const auto object = parsed->as_object();
  if (!object) return malformed("the message is not an object");
  const json::Value id = object->find("id");
  const json::Value result = object->find("result");
  const json::Value error = object->find("error");
  Reply reply;
  reply.id = read_id(id);
  // Many servers write the one that they do not mean as null.
  const bool has_error = error.present() && !(error.is_null() && result.present());
  const bool has_result = result.present() && !(result.is_null() && has_error);
  if (has_result && has_error) return malformed("an answer with both result and error");
  if (!has_result && !has_error) return malformed("neither result nor error");
  if (has_result) {
    reply.result = result.text();
    if (reply.result.empty()) return malformed("an answer with two results");
    return reply;
  }
  if (auto read = read_error(error, reply.error); !read) return read.error();
  return reply;
}

ToolResult read_tool_result(std::string_view text, std::uint8_t depth_max) noexcept {
  ToolResult result;
  const auto parsed = json::parse(text, depth_max);
  if (!parsed) {
    result.error = malformed("the tool's result cannot be read: ").append(parsed.error().message());
    return result;
  }
  const json::Value status = parsed->find("status");
  const json::Value data = parsed->find("data");
  result.data = data.present() ? data.text() : std::string_view("null");
  if (status.equals("executed")) {
    result.status = "executed";
    if (result.data.empty()) result.error = malformed("the tool's result has two data");
  } else if (status.equals("denied")) {
    result.status = "denied";
    // What nobody has decided in time while the agent was away is kept under this status too.
    const bool nobody = data.equals("Approval timed out");
    result.error = with_text(remote_error(nobody ? code::approval_timeout : code::denied_by_user, {}), data);
  } else if (status.equals("error")) {
    result.status = "error";
    result.error = with_text(remote_error(code::execution_failed, {}), data);
  } else {
    result.error = malformed("the tool's result has no known status");
  }
  return result;
}

bool says_authenticated(std::string_view result, std::uint8_t depth_max) noexcept {
  const auto parsed = json::parse(result, depth_max);
  return parsed && parsed->find("status").equals("authenticated");
}

}  // namespace kedge::agent_gate

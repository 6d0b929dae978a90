#include "rpc.hpp"

#include <utility>

namespace kedge::hub::agent_gate {

namespace {

constexpr std::uint8_t depth_max = 64;

std::string finished(json::Writer& writer, StringSink& sink) {
  const bool complete = writer.finish().ok();
  std::string text = sink.take();
  return complete ? text : std::string();
}

}  // namespace

Message read_message(std::string_view text) {
  Message message;
  const auto root = json::parse(text, depth_max);
  if (!root) return message;
  if (!root->is_object()) {
    message.reading = Message::Reading::ignored;
    return message;
  }
  message.reading = Message::Reading::invalid;
  const json::Value id = root->find("id");
  if (!id.is_number() && !id.is_string()) return message;
  message.id = id.text();
  std::optional<std::string> method = string_of(root->find("method"));
  if (!method || !root->find("jsonrpc").equals("2.0")) return message;
  message.method = std::move(*method);
  message.params = root->find("params");
  message.reading = Message::Reading::request;
  return message;
}

std::optional<std::string> string_of(const json::Value& value) {
  std::string buffer(value.text().size(), '\0');
  const auto read = value.as_string(buffer);
  if (!read) return std::nullopt;
  return std::string(*read);
}

std::string id_as_text(std::string_view id) {
  const auto value = json::parse(id, 0);
  if (value && value->is_string()) return string_of(*value).value_or(std::string(id));
  return std::string(id);
}

std::string result_reply(std::string_view id, std::string_view result) {
  StringSink sink;
  json::Writer writer(sink);
  writer.begin_object().member("jsonrpc", "2.0").key("result").raw(result).key("id").raw(id).end_object();
  return finished(writer, sink);
}

std::string error_reply(std::string_view id, int code, std::string_view message) {
  StringSink sink;
  json::Writer writer(sink);
  writer.begin_object().member("jsonrpc", "2.0").key("error").begin_object();
  writer.member("code", code).member("message", message).end_object().key("id").raw(id).end_object();
  return finished(writer, sink);
}

std::string both_reply(std::string_view id, std::string_view result) {
  StringSink sink;
  json::Writer writer(sink);
  writer.begin_object().member("jsonrpc", "2.0").key("result").raw(result).key("error").begin_object();
  writer.member("code", code::execution_failed).member("message", "and an error").end_object();
  writer.key("id").raw(id).end_object();
  return finished(writer, sink);
}

std::string status_data(std::string_view status, std::string_view data) {
  StringSink sink;
  json::Writer writer(sink);
  writer.begin_object().member("status", status).key("data").raw(data).end_object();
  return finished(writer, sink);
}

std::string quoted(std::string_view text) {
  StringSink sink;
  json::Writer writer(sink);
  writer.value(text);
  return finished(writer, sink);
}

}  // namespace kedge::hub::agent_gate

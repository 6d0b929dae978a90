#pragma once
// An agent-gate server that does what a test scripts: it authenticates, and hands every other request to the
// test, which answers when and how it likes.

#include "support/server.hpp"

#include <kedge/json.hpp>

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "cmocka.hpp"

namespace kedge::test {

/// A text as a JSON string.
inline std::string quoted(std::string_view text) {
  std::string out(text.size() * 6 + 2, '\0');
  BufferSink sink(std::span<char>(out.data(), out.size()));
  json::Writer writer(sink);
  writer.value(text);
  EXPECT(writer.finish().ok(), "a text that is UTF-8");
  return std::string(sink.text());
}

/// A row of get_pending_results as the servers write it.
inline std::string row(std::string_view request_id, std::string_view tool, std::string_view args,
                       std::string_view result) {
  return "{\"request_id\":" + quoted(request_id) + ",\"tool_name\":" + quoted(tool) +
         ",\"args\":" + quoted(args) + ",\"signature\":\"s\",\"result\":" + quoted(result) +
         ",\"created_at\":\"2026-01-01T00:00:00Z\",\"expires_at\":\"2026-01-02T00:00:00Z\"}";
}

struct GateRequest {
  std::string method;
  std::string id;  // JSON text
  std::string tool;
  std::string args;
  std::uint64_t number() const { return std::stoull(id); }
};

class GateServer final : public server::Service {
 public:
  // What a test may change.
  std::string token = "let-me-in";
  bool answer_auth = true;
  bool answer_polls = true;
  std::function<void(server::Connection&)> on_connect;  // instead of waiting for auth
  std::function<bool(const GateRequest&)> on_request;   // true: dealt with
  std::vector<std::string> rows;                        // given out by the next poll, then deleted

  // What it saw.
  std::vector<GateRequest> requests;  // all but auth, in order
  std::vector<std::string> first_messages;
  int opened = 0;
  int polls = 0;
  server::Connection* line = nullptr;

  void say(std::string_view text) {
    EXPECT(line != nullptr, "a line to speak on");
    EXPECT(line->send(text), "room for the server's message");
  }
  void answer(const std::string& id, std::string_view result) {
    say("{\"jsonrpc\":\"2.0\",\"result\":" + std::string(result) + ",\"id\":" + id + "}");
  }
  void refuse(const std::string& id, int code, std::string_view message) {
    say("{\"jsonrpc\":\"2.0\",\"error\":{\"code\":" + std::to_string(code) +
        ",\"message\":" + quoted(message) + "},\"id\":" + id + "}");
  }
  void answer_poll(const std::string& id) {
    std::string text = "{\"results\":[";
    for (std::size_t i = 0; i < rows.size(); ++i) text += (i == 0 ? "" : ",") + rows[i];
    rows.clear();
    answer(id, text + "]}");
  }
  /// Which connection `line` is, from 1.
  std::uint64_t line_number() const { return static_cast<std::uint64_t>(opened); }
  /// Requests for tools, in order.
  std::vector<GateRequest> tools() const {
    std::vector<GateRequest> found;
    for (const auto& request : requests) {
      if (request.method == "tool_request") found.push_back(request);
    }
    return found;
  }

  bool serves(std::string_view) const noexcept override { return true; }
  server::Admission admit(const ws::UpgradeServer&) noexcept override { return {}; }
  void on_open(server::Connection& connection) noexcept override {
    ++opened;
    line = &connection;
    fresh_ = true;
    if (on_connect) on_connect(connection);
  }
  void on_message(server::Connection&, ws::MessageType,
                  std::span<const std::byte> payload) noexcept override {
    const std::string text(reinterpret_cast<const char*>(payload.data()), payload.size());
    const auto parsed = json::parse(text, 32);
    EXPECT(parsed.ok(), "the client to send JSON");
    EXPECT(parsed->find("jsonrpc").equals("2.0"), "JSON-RPC 2.0");
    if (std::exchange(fresh_, false)) {
      first_messages.push_back(text);
      if (answer_auth) authenticate(*parsed);
      return;
    }
    const json::Value params = parsed->find("params");
    std::array<char, 128> buffer;
    GateRequest request;
    request.method = std::string(*parsed->find("method").as_string(buffer));
    request.id = std::string(parsed->find("id").text());
    if (params.find("tool").present()) request.tool = std::string(*params.find("tool").as_string(buffer));
    request.args = std::string(params.find("args").text());
    requests.push_back(request);
    if (request.method == "get_pending_results") ++polls;
    if (on_request && on_request(request)) return;
    if (request.method == "get_pending_results" && answer_polls) answer_poll(request.id);
  }
  void on_closed(server::Connection& connection, const Error&) noexcept override {
    if (line == &connection) line = nullptr;
  }

 private:
  void authenticate(const json::Value& message) {
    EXPECT(message.find("id").equals("auth-1"), "the id of auth to be auth-1");
    EXPECT(message.find("method").equals("auth"), "auth to come first");
    if (message.find("params").find("token").equals(token)) {
      answer("\"auth-1\"", "{\"status\":\"authenticated\"}");
    } else {
      refuse("\"auth-1\"", -32005, "Invalid token");
      line->close(1000, "");
    }
  }
  bool fresh_ = false;
};

}  // namespace kedge::test

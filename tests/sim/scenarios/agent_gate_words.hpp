#pragma once
// How the model of an agent-gate server puts its answers together: by hand, and so without the library's
// writer.

#include <string>
#include <string_view>

namespace kedge::rig {

[[nodiscard]] inline std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

[[nodiscard]] inline std::string reply(const std::string& id, const std::string& body) {
  return "{\"jsonrpc\":\"2.0\"," + body + ",\"id\":" + id + "}";
}
[[nodiscard]] inline std::string error_body(int code, std::string_view message) {
  return "\"error\":{\"code\":" + std::to_string(code) + ",\"message\":" + quoted(message) + "}";
}

}  // namespace kedge::rig

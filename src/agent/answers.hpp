#pragma once
// The errors of the daemon's HTTP API.

#include "../program/http/message.hpp"

#include <string_view>

namespace kedge::agent {

using program::HttpAnswer;
using program::HttpRequest;

/// `{"error":...,"message":...}`, the error in the status' own words. `message` need not be UTF-8. For 400,
/// 403, 404, 405, 408, 413, 415, 429, 502 and 503.
[[nodiscard]] HttpAnswer error_answer(int status, std::string_view message);
/// The same, the error in a word of its own.
[[nodiscard]] HttpAnswer error_answer(int status, std::string_view word, std::string_view message);

}  // namespace kedge::agent

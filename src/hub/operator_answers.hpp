#pragma once
// What answers of the operator's API have in common.

#include "../program/http/message.hpp"
#include "../program/string_sink.hpp"
#include "../server/connection.hpp"

#include <optional>
#include <string_view>

namespace kedge::hub {

using program::HttpAnswer;
using program::HttpRequest;

inline constexpr std::string_view read_methods = "GET, HEAD";
inline constexpr std::string_view act_methods = "POST";

/// What was written into the sink. What peers said may be in it, and the reader may be a terminal.
[[nodiscard]] HttpAnswer json_answer(int status, program::StringSink& sink);
/// `{"error":...}`.
[[nodiscard]] HttpAnswer operator_error(int status, std::string_view message);
/// `{"status":...}`.
[[nodiscard]] HttpAnswer operator_done(std::string_view what);
/// 405.
[[nodiscard]] HttpAnswer wrong_method(std::string_view allowed);
/// `?how=` of a request to cut; none when it does not say which.
[[nodiscard]] std::optional<server::CutKind> kind_of_cut(const HttpRequest& request) noexcept;

}  // namespace kedge::hub

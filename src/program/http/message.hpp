#pragma once
// A request and its answer, without a connection: what a program's routes are made of.

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kedge::program {

/// A whole request. Views are valid during the call that it is given to.
struct HttpRequest {
  std::string_view method;
  std::string_view path;                                                  ///< unescaped, without the query
  std::vector<std::pair<std::string_view, std::string_view>> query = {};  ///< unescaped
  std::string_view authority = {};  ///< of a target `http://AUTHORITY/...`; empty for others
  // Headers; empty when absent.
  std::string_view host = {};
  std::string_view origin = {};
  std::string_view content_type = {};
  std::string_view body = {};

  /// The first query parameter of that name.
  [[nodiscard]] std::optional<std::string_view> parameter(std::string_view name) const noexcept {
    const auto found =
        std::find_if(query.begin(), query.end(), [name](const auto& p) { return p.first == name; });
    return found == query.end() ? std::nullopt : std::optional(found->second);
  }
  /// Whether it only reads: GET or HEAD.
  [[nodiscard]] bool reads() const noexcept { return method == "GET" || method == "HEAD"; }
};

struct HttpAnswer {
  int status = 200;
  std::string body;
  std::string_view allow = {};                         ///< with 405: the methods there are. Static storage
  std::string_view content_type = "application/json";  ///< static storage
};

}  // namespace kedge::program

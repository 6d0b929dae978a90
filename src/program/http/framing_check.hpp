#pragma once
// What the head of a request holds that two readers could read differently: a proxy before us, and we
// ourselves. Who sees another end of a request than we do lets a second one through unseen (RFC 9112 section
// 11.2), or judges another host than we do.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kedge::program {

/// What is wrong with method and target as they were sent, in words (static storage); empty when nothing is.
/// Targets are a path with or without a query, `http://` and an authority before it, or `*` for OPTIONS.
[[nodiscard]] std::string_view fault_of_target(std::string_view method, std::string_view target) noexcept;

/// The authority of a target that has one, `http://AUTHORITY/...`; empty for others.
[[nodiscard]] std::string_view authority_of_target(std::string_view target) noexcept;

/// What follows the authority of such a target whose query is cut off already, `/` when nothing does; other
/// targets as they are.
[[nodiscard]] std::string_view path_of_target(std::string_view target) noexcept;

enum class HttpVersion : std::uint8_t { http_1_0, later };

/// Looks at the headers of one request, in any order, then at its trailers.
class FramingCheck {
 public:
  void header(std::string_view name, std::string_view value) noexcept;
  /// A header that follows a body in chunks.
  void trailer(std::string_view name, std::string_view value) noexcept;
  /// A line that goes on with the one before it (RFC 9112 section 5.2).
  void folded_line() noexcept { keep("a header line that is folded"); }

  /// What is wrong with what was seen, in words (static storage); empty when nothing is.
  [[nodiscard]] std::string_view fault(HttpVersion version) const noexcept;
  /// Whether the peer means to send another request on the connection.
  [[nodiscard]] bool keeps_alive(HttpVersion version) const noexcept {
    return !close_ && (version == HttpVersion::later || keep_alive_);
  }

 private:
  void keep(std::string_view fault) noexcept {
    if (fault_.empty()) fault_ = fault;
  }
  void look(std::string_view name, std::string_view value) noexcept;
  void look_at_connection(std::string_view options) noexcept;

  std::string_view fault_;  // the first
  std::uint8_t seen_ = 0;   // those that may be there once, a bit each
  bool close_ = false;
  bool keep_alive_ = false;
};

}  // namespace kedge::program

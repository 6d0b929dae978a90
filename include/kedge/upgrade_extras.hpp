#pragma once
// What a protocol adds to the request of an upgrade.

#include <kedge/result.hpp>
#include <kedge/secret.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace kedge {

/// Collected anew at each attempt, as credentials may be in it; wiped.
class UpgradeExtras {
 public:
  static constexpr std::size_t subprotocols_max = 4;

  /// `storage` bounds all names and values together, with `: ` and CRLF, `=` and `&`. Borrowed.
  explicit UpgradeExtras(std::span<char> storage) noexcept : storage_(storage) {}

  /// Adds a header line. Nothing is added with an error, none of which holds the value:
  /// - config: not a token, control characters in the value, a header that the upgrade itself sets or that
  ///   would give the request a body
  /// - too_large
  Result<void> add_header(std::string_view name, std::string_view value) noexcept;
  /// Adds `Authorization: Basic` with a credential of the form `user:password` (RFC 7617). Nothing is added
  /// with an error:
  /// - authentication: it has no colon, or control characters
  /// - too_large
  Result<void> add_basic(const Secret& credential) noexcept;
  /// Adds `Authorization: Bearer` with a token (RFC 6750 section 2.1). Nothing is added with an error:
  /// - authentication: it is empty, or has characters that no such token has
  /// - too_large
  Result<void> add_bearer(const Secret& token) noexcept;
  /// Adds a query parameter; name and value are percent-encoded.
  /// - config: no name
  /// - too_large
  Result<void> add_query(std::string_view name, std::string_view value) noexcept;
  /// Offers a subprotocol (RFC 6455 section 1.9), the one preferred first. Borrowed until the upgrade is
  /// answered. A server may choose none.
  /// - config: not a token, or offered already
  /// - too_large: more than `subprotocols_max`
  Result<void> add_subprotocol(std::string_view name) noexcept;

  /// Header lines, each ended by CRLF.
  [[nodiscard]] std::string_view headers() const noexcept;
  /// `a=b&c=d`, without a leading `?`.
  [[nodiscard]] std::string_view query() const noexcept;
  [[nodiscard]] std::span<const std::string_view> subprotocols() const noexcept {
    return {subprotocols_.data(), subprotocol_count_};
  }
  /// Wipes everything.
  void clear() noexcept;

 private:
  /// Adds `name: scheme` and a value of so many characters, and returns where that goes; null without room.
  char* begin_header(std::string_view name, std::string_view scheme, std::size_t value_size) noexcept;

  std::span<char> storage_;  // headers from the front; the query at the very end, moved down as it grows
  std::size_t headers_size_ = 0;
  std::size_t query_size_ = 0;
  std::array<std::string_view, subprotocols_max> subprotocols_{};
  std::size_t subprotocol_count_ = 0;
};

}  // namespace kedge

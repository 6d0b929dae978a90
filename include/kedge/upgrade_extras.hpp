#pragma once
// Headers, query parameters and subprotocols that a protocol adds to an upgrade request.

#include <kedge/result.hpp>
#include <kedge/secret.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace kedge {

/// Collected again for each attempt. May contain credentials; wiped afterwards.
class UpgradeExtras {
 public:
  static constexpr std::size_t subprotocols_max = 4;

  /// `storage` must hold all names and values together, with `: ` and CRLF, `=` and `&`. Borrowed.
  explicit UpgradeExtras(std::span<char> storage) noexcept : storage_(storage) {}

  /// Adds a header line. With an error nothing is added; no error contains the value.
  /// Errors:
  /// - config: the name is not a token, the value has control characters, or the upgrade sets this header
  ///   itself or it would give the request a body
  /// - too_large: the storage is full
  Result<void> add_header(std::string_view name, std::string_view value) noexcept;
  /// Adds `Authorization: Basic` with a credential of the form `user:password` (RFC 7617). With an error
  /// nothing is added.
  /// Errors:
  /// - authentication: the credential has no colon, or has control characters
  /// - too_large: the storage is full
  Result<void> add_basic(const Secret& credential) noexcept;
  /// Adds `Authorization: Bearer` with a token (RFC 6750 section 2.1). With an error nothing is added.
  /// Errors:
  /// - authentication: the token is empty, or has characters that a token may not have
  /// - too_large: the storage is full
  Result<void> add_bearer(const Secret& token) noexcept;
  /// Adds a query parameter; name and value are percent-encoded. With an error nothing is added.
  /// Errors:
  /// - config: the name is empty
  /// - too_large: the storage is full
  Result<void> add_query(std::string_view name, std::string_view value) noexcept;
  /// Offers a subprotocol (RFC 6455 section 1.9); add the preferred one first. `name` is borrowed until the
  /// upgrade is answered. The server may choose none.
  /// Errors:
  /// - config: the name is not a token, or is offered already
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
  /// Adds `name: scheme` and room for a value of `value_size` bytes. Returns that room; null if the storage
  /// is full.
  char* begin_header(std::string_view name, std::string_view scheme, std::size_t value_size) noexcept;

  std::span<char> storage_;  // headers from the front; the query at the very end, moved down as it grows
  std::size_t headers_size_ = 0;
  std::size_t query_size_ = 0;
  std::array<std::string_view, subprotocols_max> subprotocols_{};
  std::size_t subprotocol_count_ = 0;
};

}  // namespace kedge
